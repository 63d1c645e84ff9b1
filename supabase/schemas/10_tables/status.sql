-- One row per application OCC ever listed or a person asked for: work queue, retry list, dead letters, and the answer
-- to "why is this application old?" in one place. What is stale stays stale until it is synced, whatever dies in
-- between.

create table sovereign_sync.status (
  g3_application_number text primary key,
  state text not null default 'pending'
    constraint known_state check (state in ('pending', 'synced', 'failed', 'parked', 'gone')),
  listed_last_saved timestamptz,
  listed_at timestamptz,
  settled_last_saved timestamptz,
  synced_at timestamptz,
  stale_since timestamptz default now(),
  next_attempt_at timestamptz default now(),
  attempts integer not null default 0,
  failing_since timestamptz,
  last_error text,
  lapses integer not null default 0,
  claimed_by uuid,
  claimed_at timestamptz,
  attempted_by_run uuid,
  requested_at timestamptz,
  force boolean not null default false,
  held_answer text,
  held_since timestamptz,
  disagreed boolean not null default false,
  rechecking boolean not null default false,
  no_canary_until timestamptz,
  missing_since timestamptz,
  not_found_since timestamptz,
  gone_at timestamptz,
  first_seen_at timestamptz not null default now(),
  constraint due_unless_synced_or_gone
    check ((next_attempt_at is null) = (state = 'synced' or state = 'gone' and missing_since is not null)),
  constraint stale_unless_synced check ((state = 'synced') = (stale_since is null)),
  constraint gone_at_some_time check ((state = 'gone') = (gone_at is not null)),
  constraint claimed_at_some_time check ((claimed_by is null) = (claimed_at is null))
) with (fillfactor = 80);

-- The order in which applications are claimed: requested ones, then what has just been listed, then the backlog. What
-- waits for nothing, nearly all, is not in it.
create index idx_status_due
  on sovereign_sync.status ((requested_at is null), attempts, next_attempt_at desc)
  where next_attempt_at is not null;

create index idx_status_gone
  on sovereign_sync.status (gone_at desc)
  where state = 'gone';

create index idx_status_claimed
  on sovereign_sync.status (claimed_by)
  where claimed_by is not null;

comment on table sovereign_sync.status is
  'What the sync knows of each application: whether it is current, and if not, why and when it is tried again.';
comment on column sovereign_sync.status.state is
  'pending: to be fetched; synced: current; failed: tried again at next_attempt_at; parked: a dead letter, probed daily; '
  'gone: OCC has it no more.';
comment on column sovereign_sync.status.listed_last_saved is
  'The lastSavedDateTime OCC''s list gave last, a version; null when it gave none, or never listed it.';
comment on column sovereign_sync.status.listed_at is
  'When OCC''s list last said something new of it; null when it was never listed.';
comment on column sovereign_sync.status.settled_last_saved is
  'The listed version under which it was last settled: it is stale when the list names another one.';
comment on column sovereign_sync.status.synced_at is
  'When it was last settled as synced.';
comment on column sovereign_sync.status.stale_since is
  'Since when what is stored is known to be out of date; null while it is current.';
comment on column sovereign_sync.status.attempts is
  'Attempts that failed for its own fault since the last success or change.';
comment on column sovereign_sync.status.failing_since is
  'When the first of these attempts failed: it is parked after a day at the earliest.';
comment on column sovereign_sync.status.lapses is
  'Claims whose worker died. From two on the application is claimed alone, so that it takes no others with it.';
comment on column sovereign_sync.status.claimed_by is
  'The lease of the pass that is fetching it. By any other lease than the open run''s the claim is void.';
comment on column sovereign_sync.status.claimed_at is
  'When it was claimed; what is fetched is no older than that.';
comment on column sovereign_sync.status.attempted_by_run is
  'The run that last tried it. A run tries each application once.';
comment on column sovereign_sync.status.requested_at is
  'When somebody asked for it by number; null once a claim made since then has been settled.';
comment on column sovereign_sync.status.force is
  'Whether its next answer is stored whatever its date.';
comment on column sovereign_sync.status.held_answer is
  'Digest of an answer that disagrees with OCC''s list: believed when it is repeated ten minutes after held_since.';
comment on column sovereign_sync.status.disagreed is
  'It was settled although OCC''s details and its list differ: the next reconciliation asks once more.';
comment on column sovereign_sync.status.rechecking is
  'A reconciliation has asked for it once more.';
comment on column sovereign_sync.status.no_canary_until is
  'It failed as a canary: until then others are asked to find out how OCC is.';
comment on column sovereign_sync.status.missing_since is
  'Since when OCC''s list lacks it, though it is complete and reaches back so far: it is suspected to be gone. Null once it '
  'is listed again, or OCC answers with it.';
comment on column sovereign_sync.status.not_found_since is
  'When OCC first answered that it has no such application, since it is missing: gone when OCC says so again ten minutes '
  'later.';
comment on column sovereign_sync.status.gone_at is
  'When it was found to be gone at OCC. Its row stays.';

alter table sovereign_sync.status enable row level security;

create policy "Service role has full access"
  on sovereign_sync.status
  for all
  to service_role
  using (true)
  with check (true);

create view public.sync_status with (security_invoker = true) as
select * from sovereign_sync.status;

comment on view public.sync_status is
  'What the sync knows of each application: whether it is current, and if not, why and when it is tried again.';
