-- The record of every sync, as the specification defines it, and the columns that progress and resuming need.
--
-- "if not exists", because a project may have the table already, from the Vercel version or from an earlier
-- installation.

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

alter table public.tblSovereignApplicationsSyncLog
  drop constraint if exists finished_unless_running,
  drop constraint if exists leased_while_running,
  drop constraint if exists never_completed_when_cancelled,
  drop constraint if exists cancelled_by_somebody,
  add constraint finished_unless_running check ((status = 'running') = (sync_completed_at is null)),
  add constraint leased_while_running check (lease is null or status = 'running'),
  add constraint never_completed_when_cancelled check (cancelled_at is null or status in ('running', 'failed')),
  add constraint cancelled_by_somebody check ((cancelled_at is null) = (cancelled_by is null));

create unique index if not exists one_running_sync
  on public.tblSovereignApplicationsSyncLog ((true))
  where status = 'running';

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

-- Asked every minute, and by whoever looks: the last of a kind is not to be looked for among months of runs.
create index if not exists idx_sync_log_schedule
  on public.tblSovereignApplicationsSyncLog (status, sync_completed_at desc)
  where trigger = 'schedule';

create index if not exists idx_sync_log_reconciliation
  on public.tblSovereignApplicationsSyncLog (sync_started_at desc)
  where trigger = 'reconciliation' and listed_at is not null;

create index if not exists idx_sync_log_anomalies
  on public.tblSovereignApplicationsSyncLog (sync_started_at desc)
  where error_details ? 'anomalies';

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

create view public."tblSovereignApplicationsSyncLog" with (security_invoker = true) as
select
  id, since_date, sync_started_at, sync_completed_at,
  applications_found, applications_fetched, applications_upserted, fetch_failures, upsert_failures,
  status, error_details,
  trigger, force, moves_watermark, lease, heartbeat_at, ended_lease, passes, listed_at, listed_since, listed_parts,
  listed_skipped, claimed_parts, claimed_last_at, applications_unchanged, applications_enqueued, applications_parked,
  applications_locked, applications_missing, applications_gone, changes_missed, cancelled_at, cancelled_by, occ,
  date_offsets
from public.tblsovereignapplicationssynclog;

comment on view public."tblSovereignApplicationsSyncLog" is
  'tblsovereignapplicationssynclog by the name the specification prints.';
