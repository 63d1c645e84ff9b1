-- The record of every sync, as the specification defines it, and what progress and resuming need beside it.
create table if not exists public.tblSovereignApplicationsSyncLog (
  id uuid primary key default gen_random_uuid(),
  since_date date not null,
  sync_started_at timestamptz default now(),
  sync_completed_at timestamptz,
  applications_found integer default 0,
  applications_fetched integer default 0,
  applications_upserted integer default 0,
  fetch_failures integer default 0,
  upsert_failures integer default 0,
  status text check (status in ('running', 'completed', 'failed')),
  error_details jsonb
);

alter table public.tblSovereignApplicationsSyncLog
  add column if not exists trigger text not null default 'manual'
    constraint known_trigger check (trigger in ('schedule', 'manual', 'reconciliation')),
  add column if not exists force boolean not null default false,
  add column if not exists moves_watermark boolean not null default true,
  add column if not exists lease uuid,
  add column if not exists heartbeat_at timestamptz,
  add column if not exists ended_lease uuid,
  add column if not exists passes integer not null default 0,
  add column if not exists listed_at timestamptz,
  add column if not exists listed_since date,
  add column if not exists listed_parts integer not null default 0,
  add column if not exists listed_skipped integer not null default 0,
  add column if not exists claimed_parts integer not null default 0,
  add column if not exists claimed_last_at timestamptz,
  add column if not exists applications_unchanged integer not null default 0,
  add column if not exists applications_enqueued integer not null default 0,
  add column if not exists applications_parked integer not null default 0,
  add column if not exists applications_locked integer not null default 0,
  add column if not exists applications_missing integer not null default 0,
  add column if not exists applications_gone integer not null default 0,
  add column if not exists changes_missed integer,
  add column if not exists cancelled_at timestamptz,
  add column if not exists cancelled_by text,
  add column if not exists occ text constraint known_health_of_occ check (occ in ('well', 'unwell', 'unknown')),
  add column if not exists date_offsets jsonb not null default '{}';

create index if not exists idx_sync_log_status
  on public.tblSovereignApplicationsSyncLog (status);

create index if not exists idx_sync_log_started
  on public.tblSovereignApplicationsSyncLog (sync_started_at desc);

create index if not exists idx_sync_log_since_date
  on public.tblSovereignApplicationsSyncLog (since_date desc);

-- OCC is seldom asked for its health: the last answer is not to be looked for among months of runs.
create index if not exists idx_sync_log_occ
  on public.tblSovereignApplicationsSyncLog (sync_started_at desc)
  where occ is not null;

create index if not exists idx_sync_log_ended_lease
  on public.tblSovereignApplicationsSyncLog (ended_lease)
  where ended_lease is not null;

comment on table public.tblSovereignApplicationsSyncLog is
  'One row a sync run. Counts add up: found = unchanged + enqueued; upserted + upsert failures = fetched.';
comment on column public.tblSovereignApplicationsSyncLog.trigger is
  'What asked for the run: the schedule, a manual invocation, or the nightly reconciliation.';
comment on column public.tblSovereignApplicationsSyncLog.force is
  'Whether everything listed is fetched, also what is known to be current.';
comment on column public.tblSovereignApplicationsSyncLog.moves_watermark is
  'Whether the next scheduled run may list from the start of this one; false for a manual since.';
comment on column public.tblSovereignApplicationsSyncLog.lease is
  'Held by the pass that works on this run; null between passes and when the run has ended.';
comment on column public.tblSovereignApplicationsSyncLog.heartbeat_at is
  'Last sign of life of the pass. Older than 90 seconds while running: whoever comes next closes the run and opens another.';
comment on column public.tblSovereignApplicationsSyncLog.ended_lease is
  'The lease of the pass that ended last, so that it can be told what became of the run when that answer was lost.';
comment on column public.tblSovereignApplicationsSyncLog.passes is
  'How many invocations have worked on this run.';
comment on column public.tblSovereignApplicationsSyncLog.listed_at is
  'When the list of changed applications was stored; from then on the watermark may move.';
comment on column public.tblSovereignApplicationsSyncLog.listed_since is
  'The date OCC listed from: later than since_date when it could not give so long a list.';
comment on column public.tblSovereignApplicationsSyncLog.listed_parts is
  'Parts of the list that are stored.';
comment on column public.tblSovereignApplicationsSyncLog.listed_skipped is
  'Listed applications that somebody held locked; the list is then made again.';
comment on column public.tblSovereignApplicationsSyncLog.claimed_parts is
  'Claims the pass has made, so that one whose answer was lost can be told from the next.';
comment on column public.tblSovereignApplicationsSyncLog.claimed_last_at is
  'When the pass made its last claim: claimed_at of what it brought.';
comment on column public.tblSovereignApplicationsSyncLog.applications_unchanged is
  'Listed applications that were known to be current.';
comment on column public.tblSovereignApplicationsSyncLog.applications_enqueued is
  'Listed applications that are not current: to be fetched now, or waiting for their next attempt.';
comment on column public.tblSovereignApplicationsSyncLog.applications_parked is
  'Of the failures: applications that have failed so often that they are parked.';
comment on column public.tblSovereignApplicationsSyncLog.applications_locked is
  'Of the upsert failures: applications whose row somebody held locked.';
comment on column public.tblSovereignApplicationsSyncLog.applications_missing is
  'Of a reconciliation: applications that its list lacks, and that are asked for to see whether OCC still has them.';
comment on column public.tblSovereignApplicationsSyncLog.applications_gone is
  'Of the fetch failures: applications that are gone at OCC.';
comment on column public.tblSovereignApplicationsSyncLog.changes_missed is
  'Of a reconciliation: listed changes that the five-minute runs should have found and had not.';
comment on column public.tblSovereignApplicationsSyncLog.cancelled_at is
  'When somebody asked for its end (cancel_sync()). It ends as failed: the specification knows no other state.';
comment on column public.tblSovereignApplicationsSyncLog.cancelled_by is
  'The database role that asked, or: an operator; sync_actions knows more.';
comment on column public.tblSovereignApplicationsSyncLog.occ is
  'How OCC was found to be when a pass asked it: well; unwell (applications it served before fail too); unknown (nothing '
  'could be fetched, and there is nothing it ever served).';
comment on column public.tblSovereignApplicationsSyncLog.date_offsets is
  'How many details were off their listed date by so many seconds: the same for most of them points at OCC_TIME_ZONE.';

alter table public.tblSovereignApplicationsSyncLog enable row level security;

revoke all on table public.tblSovereignApplicationsSyncLog from public, anon, authenticated, service_role;

grant select on table public.tblSovereignApplicationsSyncLog to authenticated;
grant select, insert, update, delete on table public.tblSovereignApplicationsSyncLog to service_role;

drop policy if exists "Service role has full access" on public.tblSovereignApplicationsSyncLog;
create policy "Service role has full access"
  on public.tblSovereignApplicationsSyncLog
  for all
  to service_role
  using (true)
  with check (true);

drop policy if exists "Authenticated users may read" on public.tblSovereignApplicationsSyncLog;
create policy "Authenticated users may read"
  on public.tblSovereignApplicationsSyncLog
  for select
  to authenticated
  using (true);
