-- One row per application OCC ever listed or somebody asked for: work queue, retry list, dead letters, and the answer to
-- "why is this application old?" in one place. What is stale stays stale until it is synced, whatever dies in between.
create table public.sync_status (
  g3_application_number text primary key,
  state text not null default 'pending'
    constraint known_state check (state in ('pending', 'synced', 'failed', 'parked')),
  listed_last_saved timestamptz,
  synced_last_saved timestamptz,
  attempts integer not null default 0,
  lapses integer not null default 0,
  next_attempt_at timestamptz default now(),
  last_error text,
  claimed_by uuid,
  claimed_at timestamptz,
  attempted_by_run uuid,
  requested_at timestamptz,
  stale_since timestamptz default now(),
  first_listed_at timestamptz not null default now(),
  listed_at timestamptz not null default now(),
  synced_at timestamptz,
  constraint due_unless_synced check ((state = 'synced') = (next_attempt_at is null)),
  constraint stale_unless_synced check ((state = 'synced') = (stale_since is null)),
  constraint claimed_at_some_time check ((claimed_by is null) = (claimed_at is null))
) with (fillfactor = 80);

-- The order in which applications are claimed: requested ones first. Synced ones, nearly all, are not in it.
create index idx_sync_status_due
  on public.sync_status ((requested_at is null), attempts, next_attempt_at)
  where state <> 'synced';

create index idx_sync_status_claimed
  on public.sync_status (claimed_by)
  where claimed_by is not null;

comment on table public.sync_status is
  'What the sync knows of each application: whether it is current, and if not, why and when it is tried again.';
comment on column public.sync_status.state is
  'pending: to be fetched; synced: current; failed: tried again at next_attempt_at; parked: a dead letter, probed daily.';
comment on column public.sync_status.listed_last_saved is
  'The newest lastSavedDateTime OCC''s list gave; null when it gave none.';
comment on column public.sync_status.synced_last_saved is
  'The lastSavedDateTime of the detail that is stored.';
comment on column public.sync_status.attempts is
  'Claims since the last success or newer change; a claim counts even when its worker dies.';
comment on column public.sync_status.lapses is
  'Claims whose worker died. From two on the application is claimed alone, so that it takes no others with it.';
comment on column public.sync_status.claimed_by is
  'The lease of the pass that is fetching it. By any other lease than the open run''s the claim is void.';
comment on column public.sync_status.claimed_at is
  'When it was claimed; what is fetched is no older than that.';
comment on column public.sync_status.attempted_by_run is
  'The run that last tried it. A run tries each application once.';
comment on column public.sync_status.requested_at is
  'When somebody asked for it by number; null once a claim made since then has been settled.';
comment on column public.sync_status.stale_since is
  'Since when what is stored is known to be out of date; null while it is current.';

alter table public.sync_status enable row level security;

revoke all on table public.sync_status from public, anon, authenticated, service_role;

grant select, insert, update, delete on table public.sync_status to service_role;

create policy "Service role has full access"
  on public.sync_status
  for all
  to service_role
  using (true)
  with check (true);
