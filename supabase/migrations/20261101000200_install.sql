-- The installation: supabase/schemas in one file. Written by `deno task migration`; never edit it, edit the schemas.
set local check_function_bodies = off;

-- 01_schema.sql =======================================================================================================
-- Everything internal has a schema of its own: tables, rules, triggers' functions, what reads secrets. The Data API
-- does not expose it. public holds the specification's two tables and the API: the sync_… views people select from and
-- the functions that people, the dashboard and the Edge Function call.
create schema if not exists sovereign_sync;

comment on schema sovereign_sync is 'Internals of the applications sync; not exposed by the Data API.';

-- 10_tables/actions.sql ===============================================================================================
-- The record of what operators did. Every operator function writes what it was asked and what it answered, in its own
-- transaction: a call that raised an error changed nothing and leaves no row.

create table sovereign_sync.actions (
  id bigint generated always as identity primary key,
  acted_at timestamptz not null default now(),
  action text not null,
  arguments jsonb not null,
  result text not null,
  role_name text not null,
  user_id text,
  email text,
  application_name text
);

create index idx_actions_acted on sovereign_sync.actions (acted_at desc);

comment on table sovereign_sync.actions is
  'What operators did, and what they were answered. Through the Data API nobody can write it, and only service_role read '
  'it: it names people.';
comment on column sovereign_sync.actions.action is 'The function that was called, or: update sync_settings.';
comment on column sovereign_sync.actions.arguments is
  'What it was called with; of a setting that was changed, from and to.';
comment on column sovereign_sync.actions.role_name is
  'The database role: postgres in Studio''s SQL editor, service_role for whoever came with a secret key, authenticated for an '
  'operator who signed in.';
comment on column sovereign_sync.actions.user_id is 'auth.uid() of the request, where a person''s token came with it.';
comment on column sovereign_sync.actions.email is 'The email claim of that token.';
comment on column sovereign_sync.actions.application_name is
  'What the database session calls itself: a hint, no proof.';

alter table sovereign_sync.actions enable row level security;

create policy "Service role may read"
  on sovereign_sync.actions
  for select
  to service_role
  using (true);

create view public.sync_actions with (security_invoker = true) as
select * from sovereign_sync.actions;

comment on view public.sync_actions is
  'What operators did, and what they were answered. Through the Data API nobody can write it, and only service_role read '
  'it: it names people.';

-- 10_tables/alerts.sql ================================================================================================
-- What is wrong and since when. The database raises alerts alone, so they also come while the function is down.

create table sovereign_sync.alerts (
  id bigint generated always as identity primary key,
  condition text not null constraint known_condition check (
    condition in (
      'not connected', 'not scheduled', 'no completed run', 'failures in a row', 'dispatch failed', 'list too large',
      'applications parked', 'stale applications', 'changes missed', 'data quality', 'refused requests', 'ticks missed'
    )
  ),
  message text not null,
  size bigint,
  opened_at timestamptz not null default now(),
  resolved_at timestamptz,
  told_at timestamptz,
  told_size bigint,
  post_request_id bigint,
  post_error text
);

create unique index one_open_alert_a_condition
  on sovereign_sync.alerts (condition)
  where resolved_at is null;

comment on table sovereign_sync.alerts is
  'What was wrong and since when; at most one open row a condition.';
comment on column sovereign_sync.alerts.message is 'What is wrong, as it stands now or stood last.';
comment on column sovereign_sync.alerts.size is
  'How many applications, runs, days, requests, ticks or minutes the message is about.';
comment on column sovereign_sync.alerts.told_at is
  'When it was last posted to the webhook, or would have been if there were one.';
comment on column sovereign_sync.alerts.told_size is 'The size it was told with. At twice that it is told again.';
comment on column sovereign_sync.alerts.post_request_id is
  'pg_net''s request that posted it, until its answer is known.';
comment on column sovereign_sync.alerts.post_error is 'Why the last post failed; it is posted again after ten minutes.';

alter table sovereign_sync.alerts enable row level security;

create policy "Service role has full access"
  on sovereign_sync.alerts
  for all
  to service_role
  using (true)
  with check (true);

create view public.sync_alerts with (security_invoker = true) as
select * from sovereign_sync.alerts;

comment on view public.sync_alerts is
  'What was wrong and since when; at most one open row a condition.';

-- 10_tables/applications.sql ==========================================================================================
-- The applications, as the specification defines them. Its names are unquoted, so Postgres folds them to lower case.
-- The primary key's index has the name the specification gives it (idx_sovereign_apps_g3_number): a second unique index
-- on the same column would cost every write and find nothing.
--
-- "if not exists", because a project may have the table already, from the Vercel version or from an earlier
-- installation.

create table if not exists public.tblSovereignApplications (
  G3_application_number text constraint idx_sovereign_apps_g3_number primary key,
  applicationInternalNumber text,
  applicationName text,
  clientApplication text,
  loadedByClientNumber text,
  owner text,
  applicationTitle text,
  tradingBranch text,
  salesChannel text,
  subPrime text,
  comparisonRatesSupplied text,
  paymentMethod text,
  type text,
  appStatusDesc text,
  appStatusCode text,
  currentTaskWith text,
  lastSavedDateTime timestamptz,
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);

create index if not exists idx_sovereign_apps_status
  on public.tblSovereignApplications (appStatusCode);

create index if not exists idx_sovereign_apps_last_saved
  on public.tblSovereignApplications (lastSavedDateTime desc);

create index if not exists idx_sovereign_apps_trading_branch
  on public.tblSovereignApplications (tradingBranch);

create index if not exists idx_sovereign_apps_created
  on public.tblSovereignApplications (created_at desc);

comment on table public.tblSovereignApplications is
  'Loan applications of OCC (Sovereign), one row each, kept current by the sync-applications Edge Function.';
comment on column public.tblSovereignApplications.lastSavedDateTime is
  'When OCC last saved the application; a write with an older value changes nothing.';
comment on column public.tblSovereignApplications.updated_at is
  'When this row last really changed; a write that changes nothing leaves it.';

alter table public.tblSovereignApplications enable row level security;

drop policy if exists "Service role has full access" on public.tblSovereignApplications;

create policy "Service role has full access"
  on public.tblSovereignApplications
  for all
  to service_role
  using (true)
  with check (true);

drop policy if exists "Authenticated users may read" on public.tblSovereignApplications;

create policy "Authenticated users may read"
  on public.tblSovereignApplications
  for select
  to authenticated
  using (true);

-- OCC's answers may arrive out of order: an older detail must never replace a newer one, whoever writes it and by
-- whatever statement. A trigger holds for the bulk upsert, for supabase-js and for Studio alike.
create function sovereign_sync.guard_application()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  -- The sync decides itself what may go back in time (sovereign_sync.store_answers).
  if new.lastsaveddatetime < old.lastsaveddatetime
    and coalesce(current_setting('sovereign_sync.settling', true), '') = ''
  then
    return null;
  end if;
  -- What the caller says of updated_at is no change of the application.
  new.created_at := old.created_at;
  new.updated_at := old.updated_at;
  if new is not distinct from old then
    return null;
  end if;
  new.updated_at := now();
  return new;
end;
$$;

comment on function sovereign_sync.guard_application() is
  'Skips an update that is older than the stored row or changes nothing; else moves updated_at.';

create or replace trigger guard_application
  before update on public.tblSovereignApplications
  for each row execute function sovereign_sync.guard_application();

create view public."tblSovereignApplications" with (security_invoker = true) as
select
  g3_application_number as "G3_application_number",
  applicationinternalnumber as "applicationInternalNumber",
  applicationname as "applicationName",
  clientapplication as "clientApplication",
  loadedbyclientnumber as "loadedByClientNumber",
  owner,
  applicationtitle as "applicationTitle",
  tradingbranch as "tradingBranch",
  saleschannel as "salesChannel",
  subprime as "subPrime",
  comparisonratessupplied as "comparisonRatesSupplied",
  paymentmethod as "paymentMethod",
  type,
  appstatusdesc as "appStatusDesc",
  appstatuscode as "appStatusCode",
  currenttaskwith as "currentTaskWith",
  lastsaveddatetime as "lastSavedDateTime",
  created_at,
  updated_at
from public.tblsovereignapplications;

comment on view public."tblSovereignApplications" is
  'tblsovereignapplications by the names the specification prints.';

-- 10_tables/changes.sql ===============================================================================================
-- The history of the applications: what changed, when, from what to what, and by which run. The statement that makes a
-- change writes it, whoever makes it, so the history has exactly the changes that were committed. An update that
-- changes nothing writes nothing, and a new application has no history yet.

create table sovereign_sync.changes (
  id bigint generated always as identity,
  application text not null,
  changed_at timestamptz not null default now(),
  run uuid,
  attributes text[] not null,
  old text[] not null,
  new text[] not null,
  -- For the history of one application. Its changes are written one after the other, and so are their ids.
  primary key (application, id)
);

-- Rows come in the order of their time, and go in it: so small an index is enough.
create index idx_changes_changed_at on sovereign_sync.changes using brin (changed_at);

comment on table sovereign_sync.changes is
  'What changed in the applications: one row for all that one statement changed in one application; sync_changes has one '
  'row an attribute. One row costs a third of what ten do.';
comment on column sovereign_sync.changes.run is
  'The run that wrote it (the log''s id); null when somebody else did.';
comment on column sovereign_sync.changes.attributes is
  'As the specification prints them: appStatusCode. What they were and are stands at the same place in old and new.';

alter table sovereign_sync.changes enable row level security;

create policy "Service role may read"
  on sovereign_sync.changes
  for select
  to service_role
  using (true);

create policy "Authenticated users may read"
  on sovereign_sync.changes
  for select
  to authenticated
  using (true);

-- Once a statement, not once a row; what the guard has skipped is in neither table. A full join, because it never is a
-- loop: the plan is kept, and may have been made for one row. security definer: nobody who changes an application may
-- write its history.
create function sovereign_sync.record_changes()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if not exists (select from after) or not (select s.history from sovereign_sync.settings as s) then
    return null;
  end if;
  insert into sovereign_sync.changes (application, run, attributes, old, new)
  select
    coalesce(b.g3_application_number, a.g3_application_number),
    nullif(current_setting('sovereign_sync.settling', true), '')::uuid,
    c.attributes, c.old, c.new
  from before as b
  full join after as a on a.g3_application_number = b.g3_application_number
  cross join lateral (
    select array_agg(v.attribute) as attributes, array_agg(v.old) as old, array_agg(v.new) as new
    from (values
      ('G3_application_number', b.g3_application_number, a.g3_application_number),
      ('applicationInternalNumber', b.applicationinternalnumber, a.applicationinternalnumber),
      ('applicationName', b.applicationname, a.applicationname),
      ('clientApplication', b.clientapplication, a.clientapplication),
      ('loadedByClientNumber', b.loadedbyclientnumber, a.loadedbyclientnumber),
      ('owner', b.owner, a.owner),
      ('applicationTitle', b.applicationtitle, a.applicationtitle),
      ('tradingBranch', b.tradingbranch, a.tradingbranch),
      ('salesChannel', b.saleschannel, a.saleschannel),
      ('subPrime', b.subprime, a.subprime),
      ('comparisonRatesSupplied', b.comparisonratessupplied, a.comparisonratessupplied),
      ('paymentMethod', b.paymentmethod, a.paymentmethod),
      ('type', b.type, a.type),
      ('appStatusDesc', b.appstatusdesc, a.appstatusdesc),
      ('appStatusCode', b.appstatuscode, a.appstatuscode),
      ('currentTaskWith', b.currenttaskwith, a.currenttaskwith),
      (
        'lastSavedDateTime',
        to_json(b.lastsaveddatetime at time zone 'UTC') #>> '{}' || 'Z',
        to_json(a.lastsaveddatetime at time zone 'UTC') #>> '{}' || 'Z'
      )
    ) as v (attribute, old, new)
    where v.old is distinct from v.new
      -- A row that was given another number: the one is gone, the other new.
      and (
        v.attribute = 'G3_application_number'
        or b.g3_application_number is not null and a.g3_application_number is not null
      )
  ) as c
  where c.attributes is not null;
  return null;
end;
$$;

comment on function sovereign_sync.record_changes() is 'Writes what an update has changed to sovereign_sync.changes.';

create function sovereign_sync.record_deletions()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into sovereign_sync.changes (application, run, attributes, old, new)
  select
    b.g3_application_number,
    nullif(current_setting('sovereign_sync.settling', true), '')::uuid,
    array['G3_application_number'], array[b.g3_application_number], array[null::text]
  from before as b
  where (select s.history from sovereign_sync.settings as s);
  return null;
end;
$$;

comment on function sovereign_sync.record_deletions() is
  'Writes which applications a delete has taken to sovereign_sync.changes.';

create trigger record_changes
  after update on public.tblSovereignApplications
  referencing old table as before new table as after
  for each statement execute function sovereign_sync.record_changes();

create trigger record_deletions
  after delete on public.tblSovereignApplications
  referencing old table as before
  for each statement execute function sovereign_sync.record_deletions();

create view public.sync_changes with (security_invoker = true) as
select h.application, h.changed_at, h.run, c.attribute, c.old, c.new, h.id
from sovereign_sync.changes as h
cross join lateral unnest(h.attributes, h.old, h.new) as c (attribute, old, new);

comment on view public.sync_changes is
  'What changed in an application: one row an attribute. A row that was deleted, or given another number, has one for '
  'G3_application_number, from the number to null; truncate leaves no trace. A lastSavedDateTime is in ISO 8601, in UTC.';

create view public."tblSovereignApplicationsChanges" with (security_invoker = true) as
select c.application as "G3_application_number", c.changed_at, c.run, c.attribute, c.old, c.new, c.id
from public.sync_changes as c;

comment on view public."tblSovereignApplicationsChanges" is
  'sync_changes, with the number by the name the specification prints.';

-- A change ends one status and begins another. Since when an application was in the status it had before its first
-- change, or has if there is none, nobody knows: OCC does not say, and the row may be older than the history.
create view public.sync_time_in_status with (security_invoker = true) as
with noted as (
  select
    c.application, c.attribute, c.old, c.new, c.changed_at,
    lag(c.attribute) over w is distinct from 'appStatusCode' as is_first,
    lead(c.changed_at) over w as ended_at
  from public.sync_changes as c
  where c.attribute in ('appStatusCode', 'G3_application_number')
  window w as (partition by c.application order by c.id)
)
select n.application, p.status, p.entered_at, p.left_at, coalesce(p.left_at, now()) - p.entered_at as duration
from noted as n
cross join lateral (
  select n.old as status, null::timestamptz as entered_at, n.changed_at as left_at where n.is_first
  union all
  select n.new, n.changed_at, n.ended_at
) as p
where n.attribute = 'appStatusCode'
union all
select m.g3_application_number, m.appstatuscode, null, null, null
from public.tblsovereignapplications as m
where (
  select c.attribute
  from public.sync_changes as c
  where c.application = m.g3_application_number and c.attribute in ('appStatusCode', 'G3_application_number')
  order by c.id desc
  limit 1
) is distinct from 'appStatusCode';

comment on view public.sync_time_in_status is
  'Which appStatusCode each application had, and for how long, from sync_changes. left_at is null for the one it has; '
  'entered_at and duration are null where nobody knows since when: before the first change.';

-- 10_tables/data_quality.sql ==========================================================================================
-- What OCC has sent so far: its status codes and how often it sends each attribute. A new code and an attribute that no
-- longer comes are told apart from the usual by these two tables.

create table sovereign_sync.known_status_codes (
  appstatuscode text primary key,
  first_seen_at timestamptz not null default now()
);

comment on table sovereign_sync.known_status_codes is 'Status codes OCC ever sent, so that a new one can be told.';

alter table sovereign_sync.known_status_codes enable row level security;

create policy "Service role has full access"
  on sovereign_sync.known_status_codes
  for all
  to service_role
  using (true)
  with check (true);

-- What OCC sends of an application varies: an attribute is missed only if it used to come, and more often than this.
create table sovereign_sync.known_attributes (
  attribute text primary key,
  position integer not null unique,
  answers bigint not null default 0,
  present bigint not null default 0,
  absent bigint not null default 0
) with (fillfactor = 50);

comment on table sovereign_sync.known_attributes is 'How often OCC sends each of the attributes that are stored.';
comment on column sovereign_sync.known_attributes.position is
  'Its place in what sovereign_sync.note_attributes counts.';
comment on column sovereign_sync.known_attributes.answers is
  'Answers up to the last that had a value for it; halved together with present from time to time, so that what was long '
  'ago counts for less.';
comment on column sovereign_sync.known_attributes.present is 'How many of these answers had a value for it.';
comment on column sovereign_sync.known_attributes.absent is 'How many answers in a row have had none since.';

alter table sovereign_sync.known_attributes enable row level security;

create policy "Service role has full access"
  on sovereign_sync.known_attributes
  for all
  to service_role
  using (true)
  with check (true);

-- 10_tables/dispatches.sql ============================================================================================
-- The database's calls of the Edge Function. pg_cron's "succeeded" only means that a request was queued, and a crash
-- empties pg_net's own tables and restarts their ids. So each call is remembered here, with its outcome once that is
-- known.

create table sovereign_sync.dispatches (
  id bigint generated always as identity primary key,
  dispatched_at timestamptz not null default now(),
  request_id bigint,
  trigger text not null constraint known_trigger check (
    trigger in ('schedule', 'manual', 'reconciliation', 'next_pass')
  ),
  outcome text constraint known_outcome check (
    outcome in (
      'accepted', 'busy', 'refused', 'redirected', 'failed', 'timed out', 'unreachable', 'no response', 'not sent'
    )
  ),
  status_code integer,
  message text,
  silent_since timestamptz,
  run uuid
);

create index idx_dispatches_dispatched on sovereign_sync.dispatches (dispatched_at desc);

create index idx_dispatches_open on sovereign_sync.dispatches (id) where outcome is null;

comment on table sovereign_sync.dispatches is
  'Each request to the sync-applications Edge Function that the database queued, and what became of it as far as the watch '
  'has read it back. To be read through the view public.sync_dispatches.';

alter table sovereign_sync.dispatches enable row level security;

create policy "Service role may read"
  on sovereign_sync.dispatches
  for select
  to service_role
  using (true);

-- 10_tables/errors.sql ================================================================================================
-- Failures by cause: one row a fingerprint, which is the message without the application's number. The status table
-- says what is wrong with an application now; this one remembers what was wrong, and since when.

create table sovereign_sync.errors (
  fingerprint text primary key,
  count bigint not null,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  examples text[] not null
);

comment on table sovereign_sync.errors is 'The errors applications have failed with, one row a cause.';
comment on column sovereign_sync.errors.count is 'How many attempts have failed with it.';
comment on column sovereign_sync.errors.examples is 'The numbers of up to five applications, the last ones first.';

alter table sovereign_sync.errors enable row level security;

create policy "Service role has full access"
  on sovereign_sync.errors
  for all
  to service_role
  using (true)
  with check (true);

-- 10_tables/gaps.sql ==================================================================================================
-- Days that OCC could not list. A list that OCC cannot give whole is cut at its old end, so that fresh changes still
-- arrive; the days cut off are a gap, open until a list covers it or an operator accepts it.

create table sovereign_sync.gaps (
  id bigint generated always as identity primary key,
  from_date date not null,
  to_date date not null,
  opened_at timestamptz not null default now(),
  closed_at timestamptz,
  closed_by text constraint known_end check (closed_by in ('covered', 'accepted')),
  constraint closed_by_something check ((closed_at is null) = (closed_by is null)),
  constraint some_days check (from_date < to_date)
);

create unique index one_open_gap on sovereign_sync.gaps ((true)) where closed_at is null;

comment on table sovereign_sync.gaps is
  'Days that were not listed, because OCC''s list was too large or took too long; at most one open gap.';
comment on column sovereign_sync.gaps.from_date is 'The day the list should have begun.';
comment on column sovereign_sync.gaps.to_date is
  'The day it did begin. No scheduled list begins earlier while the gap is open.';
comment on column sovereign_sync.gaps.closed_by is
  'covered: a complete list began at from_date; accepted: accept_gap().';

alter table sovereign_sync.gaps enable row level security;

create policy "Service role has full access"
  on sovereign_sync.gaps
  for all
  to service_role
  using (true)
  with check (true);

create view public.sync_gaps with (security_invoker = true) as
select * from sovereign_sync.gaps;

comment on view public.sync_gaps is
  'Days that were not listed, because OCC''s list was too large or took too long; at most one open gap.';

-- 10_tables/listed_applications.sql ===================================================================================
-- The list of the reconciliation under way. The parts of a list come in calls of their own, so the table must survive a
-- crash: an unlogged one would lose parts, and the applications in them would look missing.

-- A table that survives a crash: the parts of a list come in calls of their own, and what an unlogged one had forgotten
-- would be missing.
create table sovereign_sync.listed_applications (
  g3_application_number text primary key
);

comment on table sovereign_sync.listed_applications is
  'What the list of the reconciliation that is under way names, until it is stored to its last part.';

alter table sovereign_sync.listed_applications enable row level security;

create policy "Service role has full access"
  on sovereign_sync.listed_applications
  for all
  to service_role
  using (true)
  with check (true);

-- 10_tables/log.sql ===================================================================================================
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

-- 10_tables/queued_sync.sql ===========================================================================================
-- The sync that sync_now() was asked for, until it begins. One run at a time: a request made during a run waits here
-- for its end. A crash empties pg_net's queue, and the schedule may open a run first; so the row is deleted only when a
-- run opens that covers it, whoever opened that run.

create table sovereign_sync.queued_sync (
  one_row boolean primary key default true constraint only_one_waits check (one_row),
  requested_at timestamptz not null default now(),
  since date,
  force boolean not null,
  sent_at timestamptz
);

comment on table sovereign_sync.queued_sync is
  'The sync that was asked for and has not begun yet; one at most.';
comment on column sovereign_sync.queued_sync.since is 'From which day on; null: from the last sync.';
comment on column sovereign_sync.queued_sync.sent_at is
  'When the function was last called for it; null while it waits for the end of the run that was open.';

alter table sovereign_sync.queued_sync enable row level security;

create policy "Service role has full access"
  on sovereign_sync.queued_sync
  for all
  to service_role
  using (true)
  with check (true);

-- 10_tables/settings.sql ==============================================================================================
-- The settings an operator may change, in one row: whether the schedule runs, when to raise an alert, how long records
-- are kept. Changes made by hand, in Studio's table editor or through the Data API, are recorded like any other action.

create function sovereign_sync.is_time_zone(name text)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  -- The list of all zones is read from their files, in a tenth of a second.
  return is_time_zone.name = 'UTC'
    or exists (select from pg_catalog.pg_timezone_names as z where z.name = is_time_zone.name);
end;
$$;

comment on function sovereign_sync.is_time_zone(text) is
  'Whether there is a time zone of this name, such as Pacific/Auckland.';

create table sovereign_sync.settings (
  one_row boolean primary key default true constraint only_one_row check (one_row),
  paused_at timestamptz,
  resumed_at timestamptz,
  connected_at timestamptz,
  start_from date,
  installed_at timestamptz not null default now(),
  alert_no_completed_run_after interval not null default '15 minutes',
  alert_failures_in_a_row integer not null default 3 constraint some_failures check (alert_failures_in_a_row > 0),
  alert_oldest_stale_after interval not null default '30 minutes',
  alert_parked_from integer not null default 1 constraint some_parked check (alert_parked_from > 0),
  alert_changes_missed_from integer not null default 1
    constraint some_changes_missed check (alert_changes_missed_from > 0),
  alert_missed_ticks_from integer not null default 2 constraint some_missed_ticks check (alert_missed_ticks_from > 0),
  alert_refused_per_hour integer not null default 20 constraint some_refused check (alert_refused_per_hour > 0),
  alert_format text not null default 'slack' constraint known_format check (alert_format in ('slack', 'teams', 'json')),
  alert_link text constraint link_is_a_url check (alert_link ~ '^https?://[^[:space:]]+$'),
  project_name text constraint name_is_short check (project_name ~ '^[^[:cntrl:]]{1,60}$'),
  keep_log_for interval not null default '90 days',
  keep_job_runs_for interval not null default '7 days',
  keep_resolved_alerts_for interval not null default '90 days',
  keep_actions_for interval not null default '400 days',
  history boolean not null default true,
  keep_history_for interval not null default '400 days',
  reconcile_days integer not null default 30 constraint days_of_a_list check (reconcile_days between 1 and 3650),
  time_zone text not null default 'UTC' constraint known_time_zone check (sovereign_sync.is_time_zone(time_zone))
);

comment on table sovereign_sync.settings is
  'One row: thresholds of the alerts, retention, and whether the schedule is paused.';
comment on column sovereign_sync.settings.paused_at is
  'Since when the schedule is paused (pause_sync()); null while it runs.';
comment on column sovereign_sync.settings.resumed_at is
  'When resume_sync() was last called: what stood still before does not count as late.';
comment on column sovereign_sync.settings.connected_at is
  'When sovereign_sync.connect_sync() was last called: what became of earlier calls of the function says nothing any more.';
comment on column sovereign_sync.settings.start_from is
  'The date the next scheduled run lists from, if an operator said so (start_from()); null once it has.';
comment on column sovereign_sync.settings.alert_changes_missed_from is
  'From how many changes on that a reconciliation found, and the five-minute runs had missed, an alert is raised.';
comment on column sovereign_sync.settings.alert_format is
  'What the webhook takes: slack ({"text": …}), teams (an Adaptive Card, for a Teams workflow), or json (all of it by name).';
comment on column sovereign_sync.settings.alert_link is
  'Where whoever reads an alert is to look, such as the project''s dashboard: an http(s) URL. Each alert carries it.';
comment on column sovereign_sync.settings.project_name is
  'What alerts call the project; without it, the name in Vault''s project_url.';
comment on column sovereign_sync.settings.history is
  'Whether sync_changes keeps what changes in the applications.';
comment on column sovereign_sync.settings.reconcile_days is
  'How far back the nightly reconciliation lists.';
comment on column sovereign_sync.settings.time_zone is
  'Where the credit union is: what its night is, and its today. To be the same as the function''s OCC_TIME_ZONE.';

alter table sovereign_sync.settings enable row level security;

create policy "Service role has full access"
  on sovereign_sync.settings
  for all
  to service_role
  using (true)
  with check (true);

-- Settings are also changed by hand, in Studio's table editor or through the Data API.
create function sovereign_sync.record_settings_change()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
  stack text;
  changed jsonb;
begin
  get diagnostics stack = pg_context;
  -- These record themselves, or are the sync's own doing.
  if stack ~ '(public\.(pause_sync|resume_sync|start_from)|sovereign_sync\.(connect_sync|move_watermark))\(' then
    return null;
  end if;
  changed := (
    select jsonb_object_agg(n.key, jsonb_build_object('from', o.value, 'to', n.value))
    from jsonb_each(to_jsonb(new)) as n
    join jsonb_each(to_jsonb(old)) as o using (key)
    where n.value <> o.value
  );
  perform sovereign_sync.record_action(
    'update sync_settings', changed,
    'Changed: ' || (select string_agg(c.key, ', ' order by c.key) from jsonb_object_keys(changed) as c (key)) || '.'
  );
  return null;
end;
$$;

comment on function sovereign_sync.record_settings_change() is
  'Records a change of sync_settings that was made directly, not by an operator function.';

create trigger record_settings_change
  after update on sovereign_sync.settings
  for each row
  when (old.* is distinct from new.*)
  execute function sovereign_sync.record_settings_change();

create view public.sync_settings with (security_invoker = true) as
select * from sovereign_sync.settings;

comment on view public.sync_settings is
  'One row: thresholds of the alerts, retention, and whether the schedule is paused.';

create function sovereign_sync.today()
returns date
language sql
stable
set search_path = ''
as $$ select (now() at time zone s.time_zone)::date from sovereign_sync.settings as s; $$;

comment on function sovereign_sync.today() is 'The day it is where the credit union is.';

create function sovereign_sync.time_zone()
returns text
language sql
stable
security definer
set search_path = ''
as $$ select s.time_zone from sovereign_sync.settings as s; $$;

comment on function sovereign_sync.time_zone() is
  'The time zone the credit union is in; security definer: the other settings are for operators.';

-- 10_tables/status.sql ================================================================================================
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

-- 10_tables/unauthorized_requests.sql =================================================================================
-- Requests without a valid secret, as the function counts them: at most one row a minute and worker.

create table sovereign_sync.unauthorized_requests (
  id bigint generated always as identity primary key,
  reported_at timestamptz not null default now(),
  requests integer not null constraint some_requests check (requests > 0)
);

create index idx_unauthorized_requests_reported on sovereign_sync.unauthorized_requests (reported_at desc);

comment on table sovereign_sync.unauthorized_requests is
  'How many requests the function refused with 401, as it reported them.';

alter table sovereign_sync.unauthorized_requests enable row level security;

create policy "Service role has full access"
  on sovereign_sync.unauthorized_requests
  for all
  to service_role
  using (true)
  with check (true);

create view public.sync_refusals with (security_invoker = true) as
select * from sovereign_sync.unauthorized_requests;

comment on view public.sync_refusals is
  'How many requests the function refused with 401, as it reported them.';

-- 10_tables/uptime_ping.sql ===========================================================================================
-- The last call of the outside check: one row. How it is made is in 50_monitoring/uptime_ping.sql.

create table sovereign_sync.uptime_ping (
  one_row boolean primary key default true constraint only_one_row check (one_row),
  completed_at timestamptz not null default '-infinity',
  sent_at timestamptz,
  request_id bigint,
  error text
);

comment on table sovereign_sync.uptime_ping is
  'One row: the last call of the URL that Vault names heartbeat_url, and what became of it.';
comment on column sovereign_sync.uptime_ping.completed_at is 'When the run completed that was told last.';
comment on column sovereign_sync.uptime_ping.request_id is 'pg_net''s request, until its answer is known.';
comment on column sovereign_sync.uptime_ping.error is 'Why the last call failed; null when it arrived.';

alter table sovereign_sync.uptime_ping enable row level security;

create policy "Service role may read"
  on sovereign_sync.uptime_ping
  for select
  to service_role
  using (true);

-- 20_queue/answers.sql ================================================================================================
-- What becomes of OCC's answers. Storing and settling are two things: an answer is stored when it is no step back; a
-- claim is settled only when the answer agrees with OCC's list, or when OCC gives the same answer ten minutes later. So
-- a lagging replica is never taken for OCC's last word, and a date that was corrected downwards is.

-- The functions a settlement calls are in plpgsql, which keeps their plans; those of SQL would be planned for each call.
create type sovereign_sync.answer_decision as (
  id text,
  answer text,
  began_at timestamptz,
  disagrees boolean,
  requested_again boolean,
  is_locked boolean,
  is_stored boolean,
  is_settled boolean,
  date_offset interval
);

create function sovereign_sync.decide_answers(lease uuid, applications jsonb)
returns setof sovereign_sync.answer_decision
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    with answers as materialized (
      select
        e.value ->> 'g3_application_number' as id,
        (e.value ->> 'lastsaveddatetime')::timestamptz as last_saved,
        (e.value ->> 'began_at')::timestamptz as began_at,
        e.value as answer
      from jsonb_array_elements(decide_answers.applications) as e (value)
    ),
    answered as materialized (
      -- A claim whose status somebody else holds locked is left as it is: not stored, and due again.
      select
        s.g3_application_number as id,
        s.listed_last_saved,
        s.force or coalesce(s.requested_at <= s.claimed_at, false) as is_forced,
        coalesce(s.requested_at > s.claimed_at, false) as requested_again,
        s.held_answer,
        s.held_since,
        a.last_saved,
        a.began_at,
        coalesce(a.last_saved = s.listed_last_saved, false) as agrees,
        -- Most answers agree with the list, and are never compared with another.
        case when a.last_saved = s.listed_last_saved and (s.requested_at > s.claimed_at) is not true then null
          else md5((a.answer - 'began_at')::text)
        end as digest
      from answers as a
      join sovereign_sync.status as s on s.g3_application_number = a.id
      where s.claimed_by = decide_answers.lease
      order by s.g3_application_number
      for update of s skip locked
    ),
    -- No key update: whoever refers to the row by a foreign key does not stand in the way.
    unlocked as materialized (
      select a.*, m.lastsaveddatetime as stored
      from answered as a
      join public.tblsovereignapplications as m on m.g3_application_number = a.id
      order by m.g3_application_number
      for no key update of m skip locked
    ),
    known as (
      select u.*, false as is_locked from unlocked as u
      union all
      -- "Not in" is hashed. A join would compare each answer with each other: of a claim the planner expects one row.
      select a.*, null, exists (select from public.tblsovereignapplications as m where m.g3_application_number = a.id)
      from answered as a
      where a.id not in (select u.id from unlocked as u)
    ),
    compared as (
      select
        k.*,
        coalesce(k.last_saved < k.stored, false) as is_older,
        coalesce(k.held_answer = k.digest and k.began_at >= k.held_since + sovereign_sync.settled_apart(), false) as is_repeated
      from known as k
    )
    select
      c.id,
      c.digest,
      c.began_at,
      c.listed_last_saved is not null and not c.agrees,
      c.requested_again,
      c.is_locked,
      not c.is_locked and (c.agrees or c.is_repeated or c.is_forced or not c.is_older),
      not c.is_locked and not c.requested_again
        and (c.agrees or c.is_repeated or c.listed_last_saved is null and (c.is_forced or not c.is_older)),
      c.last_saved - c.listed_last_saved
    from compared as c;
end;
$$;

comment on function sovereign_sync.decide_answers(uuid, jsonb) is
  'What becomes of each answer of OCC. Stored: it agrees with OCC''s list, is not older than what is stored, was repeated '
  'after ten minutes, or is forced. Settled: it agrees or was repeated; without a listed version, when it is stored.';

create function sovereign_sync.store_answers(
  run_id uuid,
  applications public.tblsovereignapplications[],
  decisions sovereign_sync.answer_decision[]
)
returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
  -- The guard lets a step back pass that has been decided on here, and the history names the run.
  perform set_config('sovereign_sync.settling', store_answers.run_id::text, true);
  insert into public.tblsovereignapplications as m (
    g3_application_number, applicationinternalnumber, applicationname, clientapplication, loadedbyclientnumber,
    owner, applicationtitle, tradingbranch, saleschannel, subprime, comparisonratessupplied, paymentmethod, type,
    appstatusdesc, appstatuscode, currenttaskwith, lastsaveddatetime
  )
  select
    a.g3_application_number, a.applicationinternalnumber, a.applicationname, a.clientapplication,
    a.loadedbyclientnumber, a.owner, a.applicationtitle, a.tradingbranch, a.saleschannel, a.subprime,
    a.comparisonratessupplied, a.paymentmethod, a.type, a.appstatusdesc, a.appstatuscode, a.currenttaskwith,
    a.lastsaveddatetime
  from unnest(store_answers.applications) as a
  join unnest(store_answers.decisions) as d on d.id = a.g3_application_number
  where d.is_stored
  order by a.g3_application_number
  on conflict (g3_application_number) do update set
    applicationinternalnumber = excluded.applicationinternalnumber,
    applicationname = excluded.applicationname,
    clientapplication = excluded.clientapplication,
    loadedbyclientnumber = excluded.loadedbyclientnumber,
    owner = excluded.owner,
    applicationtitle = excluded.applicationtitle,
    tradingbranch = excluded.tradingbranch,
    saleschannel = excluded.saleschannel,
    subprime = excluded.subprime,
    comparisonratessupplied = excluded.comparisonratessupplied,
    paymentmethod = excluded.paymentmethod,
    type = excluded.type,
    appstatusdesc = excluded.appstatusdesc,
    appstatuscode = excluded.appstatuscode,
    currenttaskwith = excluded.currenttaskwith,
    -- An answer without a date says nothing of the one that is stored.
    lastsaveddatetime = coalesce(excluded.lastsaveddatetime, m.lastsaveddatetime);
  perform set_config('sovereign_sync.settling', '', true);
end;
$$;

comment on function sovereign_sync.store_answers(uuid, public.tblsovereignapplications[], sovereign_sync.answer_decision[]) is
  'Stores the answers that are to be stored, also those that go back in time, for a run.';

-- 20_queue/claim.sql ==================================================================================================
-- How the pass that holds the lease claims what is due, and how claims end without an answer: released by a pass that
-- ends, voided when a pass died.

create function public.claim_applications(lease uuid, max_claims integer, part integer)
returns setof text
language plpgsql
set search_path = ''
as $$
declare
  run public.tblsovereignapplicationssynclog := sovereign_sync.hold_sync_run(claim_applications.lease);
  in_flight boolean;
  in_flight_alone boolean;
begin
  -- A claim whose answer was lost is made again, and brings the same.
  if claim_applications.part < run.claimed_parts then
    return query
    select s.g3_application_number
    from sovereign_sync.status as s
    where s.claimed_by = claim_applications.lease and s.claimed_at = run.claimed_last_at
    order by s.requested_at is null, s.attempts, s.next_attempt_at desc;
    return;
  end if;
  update public.tblsovereignapplicationssynclog as l
  set claimed_parts = claim_applications.part + 1, claimed_last_at = now()
  where l.id = run.id;

  select count(*) > 0, coalesce(bool_or(s.lapses >= sovereign_sync.max_lapses()), false) into in_flight, in_flight_alone
  from sovereign_sync.status as s
  where s.claimed_by = claim_applications.lease;
  if in_flight_alone then
    return;
  end if;

  -- Materialized: joined with the update, a plan may run a "limit … for update skip locked" again for each row, and it
  -- would skip what it has locked and take the next ones: more than its limit.
  return query
  with due as materialized (
    select d.g3_application_number
    from sovereign_sync.due_applications as d
    where d.lapses < sovereign_sync.max_lapses()
    order by d.requested_at is null, d.attempts, d.next_attempt_at desc
    limit claim_applications.max_claims
    for update skip locked
  ),
  suspect as materialized (
    -- What has taken its workers with it is fetched alone, after all others.
    select d.g3_application_number
    from sovereign_sync.due_applications as d
    where d.lapses >= sovereign_sync.max_lapses() and not in_flight and not exists (select from due)
    order by d.requested_at is null, d.attempts, d.next_attempt_at desc
    limit 1
    for update skip locked
  ),
  claimed as (
    update sovereign_sync.status as s
    set claimed_by = claim_applications.lease, claimed_at = now()
    from (select * from due union all select * from suspect) as c
    where s.g3_application_number = c.g3_application_number
    returning s.g3_application_number, s.requested_at, s.attempts, s.next_attempt_at
  )
  select c.g3_application_number
  from claimed as c
  order by c.requested_at is null, c.attempts, c.next_attempt_at desc;
end;
$$;

comment on function public.claim_applications(uuid, integer, integer) is
  'Claims applications that are due, in the order in which to fetch them: requested ones, then the least tried, of those '
  'the newest first. part: which claim of the pass it is, counted from 0. Empty while others are in flight can mean: settle those first.';

-- The death of a worker counts as an attempt only for an application that was in flight alone: any other may be innocent.
create function sovereign_sync.void_claims(lease uuid)
returns void
language sql
set search_path = ''
as $$
  -- Somebody else may hold one locked; that one's claim is void all the same.
  with void as materialized (
    select
      s.g3_application_number as id,
      s.lapses >= sovereign_sync.max_lapses() as was_alone,
      s.attempts + 1 as attempts,
      coalesce(s.failing_since, now()) as failing_since
    from sovereign_sync.status as s
    where s.claimed_by = void_claims.lease
    order by s.g3_application_number
    for update skip locked
  ),
  judged as (
    select v.*, v.attempts >= sovereign_sync.max_attempts() and v.failing_since <= now() - interval '1 day' as is_parked
    from void as v
  ),
  voided as (
    update sovereign_sync.status as s
    set
      lapses = s.lapses + 1,
      claimed_by = null,
      claimed_at = null,
      state = case when not j.was_alone then s.state when j.is_parked then 'parked' else 'failed' end,
      gone_at = case when not j.was_alone then s.gone_at end,
      attempts = case when j.was_alone then j.attempts else s.attempts end,
      failing_since = case when j.was_alone then j.failing_since else s.failing_since end,
      next_attempt_at = case
        when not j.was_alone then s.next_attempt_at
        when j.is_parked then now() + interval '1 day'
        else sovereign_sync.next_attempt_at(j.attempts)
      end,
      last_error = case when j.was_alone then 'The worker that fetched it, and nothing else, died' else s.last_error end
    from judged as j
    where s.g3_application_number = j.id
    returning s.g3_application_number as id, j.was_alone, s.last_error as error
  )
  select sovereign_sync.note_errors(coalesce(jsonb_agg(v) filter (where v.was_alone), '[]')) from voided as v;
$$;

comment on function sovereign_sync.void_claims(uuid) is
  'Gives back the claims of a dead pass, each as a lapse; all are due at once.';

create function sovereign_sync.release_claims(lease uuid)
returns void
language sql
set search_path = ''
as $$
  with released as materialized (
    select s.g3_application_number as id
    from sovereign_sync.status as s
    where s.claimed_by = release_claims.lease
    order by s.g3_application_number
    for update skip locked
  )
  update sovereign_sync.status as s
  set claimed_by = null, claimed_at = null
  from released as r
  where s.g3_application_number = r.id;
$$;

comment on function sovereign_sync.release_claims(uuid) is
  'Gives back the claims of a pass that ends, as if they had not been made.';

-- 20_queue/data_quality.sql ===========================================================================================
-- What is noticed about the data OCC sends: status codes never seen before, attributes that no longer come, and dates
-- that are off by whole quarters of an hour.

create function sovereign_sync.note_status_codes(applications public.tblsovereignapplications[], run_started_at timestamptz)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  new_codes text[];
begin
  with added as (
    insert into sovereign_sync.known_status_codes (appstatuscode)
    select distinct left(a.appstatuscode, 40) as code
    from unnest(note_status_codes.applications) as a
    where a.appstatuscode is not null
    order by code
    on conflict do nothing
    returning appstatuscode
  )
  select array_agg(a.appstatuscode order by a.appstatuscode) into new_codes from added as a;
  -- The first run of all knows none of them.
  if new_codes is null or not exists (
    select from sovereign_sync.known_status_codes as k where k.first_seen_at < note_status_codes.run_started_at
  ) then
    return '[]'::jsonb;
  end if;
  return jsonb_build_array('Status codes never seen before: ' || array_to_string(new_codes[1:10], ', '));
end;
$$;

comment on function sovereign_sync.note_status_codes(public.tblsovereignapplications[], timestamptz) is
  'Remembers the status codes of these applications; warns of those that a run is the first to bring.';

create function sovereign_sync.note_attributes(
  applications public.tblsovereignapplications[],
  decisions sovereign_sync.answer_decision[]
)
returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
    with counted as (
      select
        count(*) as answers,
        array[
          count(a.applicationinternalnumber), count(a.applicationname), count(a.clientapplication),
          count(a.loadedbyclientnumber), count(a.owner), count(a.applicationtitle), count(a.tradingbranch),
          count(a.saleschannel), count(a.subprime), count(a.comparisonratessupplied), count(a.paymentmethod),
          count(a.type), count(a.appstatusdesc), count(a.appstatuscode), count(a.currenttaskwith),
          count(a.lastsaveddatetime)
        ] as present
      from unnest(note_attributes.applications) as a
      -- An answer that is settled again, because the first reply was lost, counts once.
      join unnest(note_attributes.decisions) as d on d.id = a.g3_application_number
    )
    update sovereign_sync.known_attributes as k
    set (answers, present, absent) = (
      select
        case when p.present > 0 then k.answers / f.fading + k.absent + c.answers else k.answers end,
        case when p.present > 0 then k.present / f.fading + p.present else k.present end,
        case when p.present > 0 then 0 else k.absent + c.answers end
      from (select case when k.answers > 1000 then 2 else 1 end as fading) as f
      cross join (select c.present[k.position] as present) as p
    )
    from counted as c
    where c.answers > 0;
end;
$$;

comment on function sovereign_sync.note_attributes(public.tblsovereignapplications[], sovereign_sync.answer_decision[]) is
  'Remembers which attributes these answers had a value for.';

-- Ten times as many answers without it as it took on average until one had it: by chance that is one in 20,000. The
-- ten answers more are for what has hardly been seen yet.
create function sovereign_sync.missing_attributes()
returns table (attributes text[], absent bigint)
language sql
stable
set search_path = ''
as $$
  select array_agg(k.attribute order by k.attribute), min(k.absent)
  from sovereign_sync.known_attributes as k
  where k.present > 0 and k.absent >= 20 and k.absent * k.present >= 10 * (k.answers + 10)
  having count(*) > 0;
$$;

comment on function sovereign_sync.missing_attributes() is
  'Attributes OCC used to send and sends no longer, and in how many answers in a row none of them was.';

-- Local time read in the wrong zone is off by whole quarters of an hour, and by the same for all.
create function sovereign_sync.count_date_offsets(counts jsonb, decisions sovereign_sync.answer_decision[])
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return (
    with offsets as (
      select extract(epoch from d.date_offset)::integer as seconds, count(*) as found
      from unnest(count_date_offsets.decisions) as d
      where d.disagrees and d.date_offset between interval '-14 hours' and interval '14 hours'
      group by 1
    )
    select count_date_offsets.counts || coalesce((
      select jsonb_object_agg(o.seconds, coalesce((count_date_offsets.counts ->> o.seconds::text)::integer, 0) + o.found)
      from offsets as o
      where o.seconds % 900 = 0
    ), '{}')
  );
end;
$$;

comment on function sovereign_sync.count_date_offsets(jsonb, sovereign_sync.answer_decision[]) is
  'How often the details were off their listed date by so many seconds, as far as it may be a matter of time zones.';

create function sovereign_sync.date_offset_warning(run public.tblsovereignapplicationssynclog)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(jsonb_agg(format(
    'The details of %s of %s applications are dated %s hours %s than OCC''s list says: is OCC_TIME_ZONE right?',
    o.value, run.applications_fetched, round(abs(o.key::numeric) / 3600, 2),
    case when o.key::numeric > 0 then 'later' else 'earlier' end
  )), '[]')
  from jsonb_each_text(run.date_offsets) as o
  where o.key <> '0' and o.value::integer >= 5 and o.value::integer * 2 > run.applications_fetched;
$$;

comment on function sovereign_sync.date_offset_warning(public.tblsovereignapplicationssynclog) is
  'A warning when list and details of most of a run differ by one and the same offset.';

-- 20_queue/enqueue.sql ================================================================================================
-- How applications enter the queue: OCC lists them.

-- A listed lastSavedDateTime is a version, not a clock: another one than the one listed when the application was last
-- settled is news, whichever way it moved.
create function sovereign_sync.judge_listed(applications jsonb, force boolean)
returns table (
  id text,
  last_saved timestamptz,
  is_new boolean,
  was_synced boolean,
  was_missing boolean,
  is_changed boolean,
  is_stale boolean
)
language sql
stable
set search_path = ''
as $$
  with listed as (
    -- A list may repeat itself.
    select a.id, max(a.last_saved) as last_saved
    from jsonb_to_recordset(judge_listed.applications) as a (id text, last_saved timestamptz)
    group by a.id
  )
  select
    l.id,
    l.last_saved,
    s.g3_application_number is null,
    coalesce(s.state = 'synced', false),
    s.missing_since is not null,
    s.listed_at is null or s.listed_last_saved is distinct from l.last_saved
      -- OCC has it again.
      or s.state = 'gone' and s.missing_since is not null,
    case
      when judge_listed.force or m.g3_application_number is null then true
      -- Without a date nobody can tell: once an hour it is asked for.
      when l.last_saved is null and s.state = 'synced' then s.synced_at < now() - interval '1 hour'
      -- What was never settled under a listed version is compared with what is stored: adopted rows are not fetched again.
      else l.last_saved is distinct from coalesce(s.settled_last_saved, m.lastsaveddatetime)
    end
  from listed as l
  left join sovereign_sync.status as s on s.g3_application_number = l.id
  left join public.tblsovereignapplications as m on m.g3_application_number = l.id;
$$;

comment on function sovereign_sync.judge_listed(jsonb, boolean) is
  'What OCC listed, [{"id", "last_saved"}], compared with what is known: new, listed with another version than before, or '
  'stale (to be fetched).';

create function sovereign_sync.covered_range()
returns tstzrange
language sql
stable
set search_path = ''
as $$
  select tstzrange(c.from_date::timestamptz + interval '1 day', c.last_list_at - interval '10 minutes')
  from (
    select
      greatest(min(l.since_date), (select g.to_date from sovereign_sync.gaps as g where g.closed_at is null)) as from_date,
      max(l.sync_started_at) as last_list_at
    from public.tblsovereignapplicationssynclog as l
    where l.moves_watermark and l.listed_at is not null and l.sync_started_at <= now()
  ) as c
  where c.from_date::timestamptz + interval '1 day' < c.last_list_at - interval '10 minutes';
$$;

comment on function sovereign_sync.covered_range() is
  'What OCC saved in this time, the scheduled runs have had their chance to list. Days of an open gap are none of it.';

create function sovereign_sync.check_list(run public.tblsovereignapplicationssynclog, listed_since date, skipped integer)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(jsonb_agg(w.warning), '[]')
  from (
    select 'OCC''s list is empty, although applications are stored that were saved since: it does not move the watermark'
      as warning
    where run.applications_found = 0
      and (select max(m.lastsaveddatetime) from public.tblsovereignapplications as m)
        >= check_list.listed_since + interval '1 day'
    union all
    select format('%s listed applications were locked by somebody: they are listed again', check_list.skipped)
    where check_list.skipped > 0
  ) as w;
$$;

comment on function sovereign_sync.check_list(public.tblsovereignapplicationssynclog, date, integer) is
  'Why a list must not move the watermark, in words; empty when nothing is wrong with it.';

create function public.enqueue_applications(
  lease uuid,
  applications jsonb,
  part integer,
  listed_since date,
  complete boolean
)
returns integer
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  run public.tblsovereignapplicationssynclog := sovereign_sync.hold_sync_run(enqueue_applications.lease);
  covered constant tstzrange := case when run.trigger = 'reconciliation' then sovereign_sync.covered_range() end;
  found_count integer;
  enqueued_count integer;
  missed_count integer;
  skipped_count integer;
  stale_ids text[];
  warnings jsonb;
begin
  -- A part whose answer was lost is sent again, and counted once.
  if enqueue_applications.part >= run.listed_parts then
    with judged as materialized (
      select j.* from sovereign_sync.judge_listed(enqueue_applications.applications, run.force) as j
    ),
    -- Before any row is locked, and in order: it waits for whoever is inserting the same number just now.
    added as materialized (
      insert into sovereign_sync.status
        (g3_application_number, state, listed_last_saved, listed_at, settled_last_saved, force, next_attempt_at,
          stale_since, synced_at)
      select
        j.id,
        case when j.is_stale then 'pending' else 'synced' end,
        j.last_saved,
        now(),
        case when not j.is_stale then j.last_saved end,
        run.force,
        case when j.is_stale then now() end,
        case when j.is_stale then now() end,
        case when not j.is_stale then now() end
      from judged as j
      where j.is_new
      order by j.id
      on conflict do nothing
      returning 1
    ),
    news as materialized (
      select j.*
      from judged as j
      where not j.is_new and (j.is_changed or j.was_missing or run.force or j.was_synced and j.is_stale)
    ),
    -- What somebody else holds locked is not waited for.
    unlocked as materialized (
      select s.g3_application_number as id
      from sovereign_sync.status as s
      where s.g3_application_number in (select n.id from news as n) and (select count(*) from added) >= 0
      order by s.g3_application_number
      for update skip locked
    ),
    moved as (
      update sovereign_sync.status as s
      set
        listed_last_saved = n.last_saved,
        listed_at = now(),
        force = s.force or run.force,
        missing_since = null,
        next_attempt_at = case when s.state = 'gone' then now() else s.next_attempt_at end
      from news as n
      join unlocked as u on u.id = n.id
      where s.g3_application_number = n.id
      returning
        s.g3_application_number as id,
        case when n.was_synced then n.is_stale else n.is_changed or run.force end as is_pending
    )
    select
      count(*),
      count(*) filter (where j.is_stale or not (j.is_new or j.was_synced)),
      count(*) filter (where j.is_stale and j.was_synced and not run.force and j.last_saved <@ covered),
      (select count(*) from news) - (select count(*) from moved),
      array(select m.id from moved as m where m.is_pending)
    into found_count, enqueued_count, missed_count, skipped_count, stale_ids
    from judged as j;

    perform sovereign_sync.make_pending(stale_ids);
    if run.trigger = 'reconciliation' then
      perform sovereign_sync.note_listed(enqueue_applications.applications, enqueue_applications.part);
    end if;
    update public.tblsovereignapplicationssynclog as l
    set
      listed_parts = enqueue_applications.part + 1,
      applications_found = l.applications_found + found_count,
      applications_enqueued = l.applications_enqueued + enqueued_count,
      applications_unchanged = l.applications_unchanged + found_count - enqueued_count,
      changes_missed = case when run.trigger = 'reconciliation' then coalesce(l.changes_missed, 0) + missed_count end,
      listed_skipped = l.listed_skipped + skipped_count
    where l.id = run.id
    returning l.* into run;
  end if;

  if enqueue_applications.complete and run.listed_at is null then
    warnings := sovereign_sync.check_list(run, enqueue_applications.listed_since, run.listed_skipped);
    update public.tblsovereignapplicationssynclog as l
    set
      listed_at = now(),
      listed_since = enqueue_applications.listed_since,
      moves_watermark = l.moves_watermark and jsonb_array_length(warnings) = 0,
      error_details = sovereign_sync.append_details(l.error_details, 'warnings', warnings)
    where l.id = run.id
    returning l.* into run;
    if jsonb_array_length(warnings) = 0 then
      perform sovereign_sync.move_watermark(run, enqueue_applications.listed_since);
    end if;
    if run.trigger = 'reconciliation' then
      perform sovereign_sync.suspect_missing(run);
      perform sovereign_sync.recheck_disagreed();
    end if;
  end if;
  return case
    when enqueue_applications.complete then (select count(*) from sovereign_sync.due_applications)
    else 0
  end;
end;
$$;

comment on function public.enqueue_applications(uuid, jsonb, integer, date, boolean) is
  'Stores a part of OCC''s list since a date, [{"id", "last_saved"}], parts counted from 0, and marks what is stale as '
  'pending. complete: it was the last part; returns then how many applications are due now, backlog and all.';

-- At most so many a night, and only what was settled lately: OCC is not asked for all of its past.
create function sovereign_sync.recheck_disagreed()
returns void
language plpgsql
set search_path = ''
as $$
declare
  rechecked constant sovereign_sync.status[] := array(
    select s
    from sovereign_sync.status as s
    where s.disagreed and s.state = 'synced' and s.synced_at > now() - interval '2 days'
    order by s.g3_application_number
    limit 200
    for update skip locked
  );
begin
  perform sovereign_sync.make_pending(array(select d.g3_application_number from unnest(rechecked) as d));
  -- OCC has said it twice already: the same answer a third time settles it at once.
  update sovereign_sync.status as s
  set disagreed = false, rechecking = true, held_answer = d.held_answer, held_since = d.held_since
  from unnest(rechecked) as d
  where s.g3_application_number = d.g3_application_number;
end;
$$;

comment on function sovereign_sync.recheck_disagreed() is
  'Asks once more for what was settled although OCC''s details and its list differed.';

-- 20_queue/errors.sql =================================================================================================
-- Failures by cause: the fingerprint of an error, the count of those that were seen, and the view people read.

create function sovereign_sync.fingerprint(error text, id text)
returns text
language sql
immutable
set search_path = ''
as $$ select left(replace(fingerprint.error, 'application ' || fingerprint.id, 'application'), 500); $$;

comment on function sovereign_sync.fingerprint(text, text) is
  'An application''s error without its number: the same for all that fail for the same cause.';

create function sovereign_sync.note_errors(errors jsonb)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if jsonb_array_length(note_errors.errors) = 0 then
    return;
  end if;
  insert into sovereign_sync.errors as k (fingerprint, count, examples)
  select f.fingerprint, count(*), (array_agg(f.id order by f.id))[1:5]
  from (
    select e.id, sovereign_sync.fingerprint(e.error, e.id) as fingerprint
    from jsonb_to_recordset(note_errors.errors) as e (id text, error text)
  ) as f
  group by f.fingerprint
  order by f.fingerprint
  on conflict (fingerprint) do update set
    count = k.count + excluded.count,
    last_seen_at = now(),
    examples = (
      excluded.examples || array(select k.id from unnest(k.examples) as k (id) where k.id <> all (excluded.examples))
    )[1:5];
end;
$$;

comment on function sovereign_sync.note_errors(jsonb) is
  'Remembers the errors of attempts that count: [{"id", "error"}].';

create view public.sync_errors with (security_invoker = true) as
with failing as (
  select
    f.fingerprint,
    count(*) as applications,
    min(f.failing_since) as since,
    (array_agg(f.id order by f.failing_since desc, f.id))[1:5] as examples
  from (
    select
      s.g3_application_number as id,
      sovereign_sync.fingerprint(s.last_error, s.g3_application_number) as fingerprint,
      coalesce(s.failing_since, s.stale_since) as failing_since
    from sovereign_sync.status as s
    where s.next_attempt_at is not null and s.state in ('failed', 'parked') and s.last_error is not null
  ) as f
  group by f.fingerprint
)
select
  coalesce(k.fingerprint, f.fingerprint) as fingerprint,
  f.fingerprint is not null as is_happening,
  coalesce(f.applications, 0) as applications,
  k.count,
  coalesce(k.first_seen_at, f.since) as first_seen_at,
  coalesce(k.last_seen_at, f.since) as last_seen_at,
  coalesce(f.examples, k.examples) as examples,
  'select retry(fingerprint => ' || quote_literal(f.fingerprint) || ');' as what_to_do
from sovereign_sync.errors as k
full join failing as f on f.fingerprint = k.fingerprint;

comment on view public.sync_errors is
  'Why applications fail or have failed, one row a cause: how many fail with it now (applications), how many attempts have '
  '(count), a few of them, and how to try them again.';

-- 20_queue/gone.sql ===================================================================================================
-- What OCC has no more. A list says what there is; what it lacks may be gone, or the list may be short, late or wrong.
-- So an application that is missing from a reconciliation's list is only suspected, and asked for: it is gone when OCC
-- answers twice, ten minutes apart, that it does not have it, and answers with other applications meanwhile
-- (sovereign_sync.settle_failures). Its row is never deleted.

create function sovereign_sync.note_listed(applications jsonb, part integer)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- The first part of a list: what is left of another one, whose pass died, says nothing. Hosted projects want a where.
  if note_listed.part = 0 then
    delete from sovereign_sync.listed_applications where true;
  end if;
  insert into sovereign_sync.listed_applications (g3_application_number)
  select distinct a.id from jsonb_to_recordset(note_listed.applications) as a (id text)
  on conflict do nothing;
end;
$$;

comment on function sovereign_sync.note_listed(jsonb, integer) is
  'Remembers what a part of a reconciliation''s list names.';

-- An empty list, or one that was cut at its old end, says nothing of what it lacks; nor does any while there is a gap.
create function sovereign_sync.is_complete(run public.tblsovereignapplicationssynclog)
returns boolean
language sql
stable
set search_path = ''
as $$
  select run.applications_found > 0
    and run.listed_since <= run.since_date
    and not exists (select from sovereign_sync.gaps as g where g.closed_at is null);
$$;

comment on function sovereign_sync.is_complete(public.tblsovereignapplicationssynclog) is
  'Whether a run''s list names all that OCC has since its date.';

create function sovereign_sync.suspect_missing(run public.tblsovereignapplicationssynclog)
returns void
language plpgsql
set search_path = ''
as $$
declare
  was_synced text[];
  -- A day inside the range, so that it is in it whatever the time zone.
  inside constant timestamptz := (run.since_date + 1)::timestamp at time zone 'UTC';
  suspects text[] := '{}'::text[];
begin
  if sovereign_sync.is_complete(run) then
    suspects := array(
      select s.g3_application_number
      from sovereign_sync.status as s
      join public.tblsovereignapplications as m using (g3_application_number)
      where s.state <> 'gone' and s.missing_since is null
        and least(m.lastsaveddatetime, s.listed_last_saved) >= inside
        -- Follows from it, and is what the index of the dates can answer.
        and (m.lastsaveddatetime >= inside or m.lastsaveddatetime is null)
        -- What OCC listed or served within the hour, a list that lags may lack.
        and greatest(s.synced_at, s.listed_at) <= run.sync_started_at - interval '1 hour'
        and not exists (
          select from sovereign_sync.listed_applications as l where l.g3_application_number = s.g3_application_number
        )
      -- Those first that have not been asked for longest: what is always missing, and always there, keeps nobody out.
      order by s.synced_at
      limit greatest(0, sovereign_sync.max_suspects() - sovereign_sync.suspects_of_night(run))
      for update of s skip locked
    );
    was_synced := array(
      select s.g3_application_number
      from sovereign_sync.status as s
      where s.g3_application_number = any (suspects) and s.state = 'synced'
    );
    perform sovereign_sync.make_pending(was_synced);
    update sovereign_sync.status as s
    set
      missing_since = now(),
      -- The list names no version of it any more: the answer, if there is one, settles it.
      listed_last_saved = case when s.g3_application_number <> all (was_synced) then s.listed_last_saved end
    where s.g3_application_number = any (suspects);

    -- OCC listed these and did not have them; now it lists them no more. Listed again, they are back.
    update sovereign_sync.status as s
    set missing_since = now(), next_attempt_at = null
    from (
      select g.g3_application_number as id
      from sovereign_sync.status as g
      where g.state = 'gone' and g.missing_since is null and g.listed_last_saved >= inside
        and not exists (
          select from sovereign_sync.listed_applications as l where l.g3_application_number = g.g3_application_number
        )
      order by g.g3_application_number
      for update skip locked
    ) as g
    where s.g3_application_number = g.id;

    update public.tblsovereignapplicationssynclog as l
    set applications_missing = cardinality(suspects)
    where l.id = run.id;
  end if;
  delete from sovereign_sync.listed_applications where true;
end;
$$;

comment on function sovereign_sync.suspect_missing(public.tblsovereignapplicationssynclog) is
  'After the last part of a reconciliation''s list: asks for what is stored and missing from it, at most 50 a night.';

create function sovereign_sync.suspects_of_night(run public.tblsovereignapplicationssynclog)
returns integer
language sql
stable
set search_path = ''
as $$
  select coalesce(sum(l.applications_missing), 0)::integer
  from public.tblsovereignapplicationssynclog as l
  where l.trigger = 'reconciliation' and l.listed_at is not null
    and l.sync_started_at between run.sync_started_at - interval '20 hours' and run.sync_started_at;
$$;

comment on function sovereign_sync.suspects_of_night(public.tblsovereignapplicationssynclog) is
  'How many missing applications the reconciliations of this night have asked for.';

-- 20_queue/occ_health.sql =============================================================================================
-- Whether OCC itself is well. Failures count against an application only when OCC serves others: canaries, which it
-- served before, tell. What failed because OCC did is given back, due at once.

create function sovereign_sync.occ_was()
returns text
language sql
stable
set search_path = ''
as $$
  select l.occ
  from public.tblsovereignapplicationssynclog as l
  where l.occ is not null and l.sync_started_at <= now()
  order by l.sync_started_at desc
  limit 1;
$$;

comment on function sovereign_sync.occ_was() is
  'How OCC was found to be when it was last asked: well, unwell, or unknown (nothing could be fetched, and nothing is synced).';

-- Found unwell, OCC has still not answered: what failed before canaries could tell may have been its fault.
create function sovereign_sync.is_in_doubt()
returns boolean
language sql
stable
set search_path = ''
as $$
  select coalesce((
    select l.occ = 'unknown'
    from public.tblsovereignapplicationssynclog as l
    where l.occ in ('unknown', 'well') and l.sync_started_at <= now()
    order by l.sync_started_at desc
    limit 1
  ), false);
$$;

comment on function sovereign_sync.is_in_doubt() is
  'Whether failures were counted that may be OCC''s: nobody could tell, and OCC has not been found well since.';

create function sovereign_sync.has_canaries()
returns boolean
language sql
stable
set search_path = ''
as $$
  select exists (
    select
    from sovereign_sync.status as s
    join public.tblsovereignapplications as m using (g3_application_number)
    where s.state = 'synced' and (s.no_canary_until > now()) is not true
  );
$$;

comment on function sovereign_sync.has_canaries() is 'Whether there is a canary that has not failed lately.';

-- Canaries that have failed already say nothing new: OCC may be well, and they themselves gone.
create function sovereign_sync.asks_canaries_first()
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  if sovereign_sync.occ_was() is distinct from 'unwell' then
    return false;
  end if;
  return sovereign_sync.has_canaries();
end;
$$;

comment on function sovereign_sync.asks_canaries_first() is
  'Whether OCC was found unwell last, and there are canaries that have not failed yet.';

create function public.choose_canaries(lease uuid)
returns setof text
language plpgsql
set search_path = ''
as $$
begin
  perform sovereign_sync.hold_sync_run(choose_canaries.lease);
  return query
  select s.g3_application_number
  from sovereign_sync.status as s
  join public.tblsovereignapplications as m using (g3_application_number)
  where s.state = 'synced'
    -- What failed as a canary is asked again only when there is nothing else, and the one that failed last at the very last.
    and ((s.no_canary_until > now()) is not true or not sovereign_sync.has_canaries())
  order by greatest(s.no_canary_until, now()), random()
  limit 3;
end;
$$;

comment on function public.choose_canaries(uuid) is
  'Up to three applications OCC has served before: when one of them fails too, it is OCC that fails.';

-- What failed because OCC did is due at once, and none the worse for it.
create function sovereign_sync.give_back_failures(lease uuid, failures jsonb)
returns integer
language sql
set search_path = ''
as $$
  with failed as materialized (
    select s.g3_application_number as id, f.error
    from jsonb_to_recordset(give_back_failures.failures) as f (id text, error text)
    join sovereign_sync.status as s on s.g3_application_number = f.id
    where s.claimed_by = give_back_failures.lease
    order by s.g3_application_number
    for update of s skip locked
  ),
  given_back as (
    update sovereign_sync.status as s
    set last_error = f.error, lapses = 0, claimed_by = null, claimed_at = null
    from failed as f
    where s.g3_application_number = f.id
    returning 1
  )
  select count(*)::integer from given_back;
$$;

comment on function sovereign_sync.give_back_failures(uuid, jsonb) is
  'Ends the claims of what failed because OCC failed as a whole: not counted, due at once.';

create function sovereign_sync.revive_failures()
returns void
language sql
set search_path = ''
as $$
  with failed as materialized (
    select s.g3_application_number as id
    from sovereign_sync.status as s
    where s.state in ('failed', 'parked') and s.claimed_by is null
    order by s.g3_application_number
    for update skip locked
  )
  update sovereign_sync.status as s
  set state = 'failed', next_attempt_at = now()
  from failed as f
  where s.g3_application_number = f.id;
$$;

comment on function sovereign_sync.revive_failures() is
  'Makes all failed and parked applications due: it was OCC that failed, before anybody could tell.';

-- Their own waits are up to an hour: nobody would notice sooner that OCC is back. Of those tried equally often, the one
-- whose wait ends first is the one tried longest ago. It is one a run, and none that has been tried often: what fails for
-- its own fault, and there is nothing else, would be fetched at each tick for ever.
create function sovereign_sync.keep_asking()
returns void
language sql
set search_path = ''
as $$
  with chosen as materialized (
    select s.g3_application_number as id
    from sovereign_sync.status as s
    where s.state = 'failed' and s.claimed_by is null and s.attempts < sovereign_sync.attempts_in_doubt()
    order by s.attempts, s.next_attempt_at
    limit 1
    for update skip locked
  )
  update sovereign_sync.status as s
  set next_attempt_at = least(s.next_attempt_at, now())
  from chosen as c
  where s.g3_application_number = c.id;
$$;

comment on function sovereign_sync.keep_asking() is
  'Makes the failed application that was tried least, and longest ago, due: while nobody can tell how OCC is, it stands in '
  'for a canary.';

-- Something is stored, or canaries answer, after a time in which nobody could tell whose fault it was that nothing could
-- be fetched: it was OCC's. What is fetched and not stored leaves no canary behind: a row that Postgres rejects would
-- prove it again at each attempt, and revive all others.
create function sovereign_sync.note_occ(run public.tblsovereignapplicationssynclog, occ text, failed_canaries text[])
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  was_in_doubt boolean := sovereign_sync.is_in_doubt();
  has_revived boolean := false;
begin
  with failed as materialized (
    select s.g3_application_number as id
    from sovereign_sync.status as s
    where s.g3_application_number = any (note_occ.failed_canaries)
    order by s.g3_application_number
    for update skip locked
  )
  update sovereign_sync.status as s
  set no_canary_until = now() + interval '1 day'
  from failed as f
  where s.g3_application_number = f.id;
  if run.applications_upserted > 0 and (was_in_doubt or occ = 'unknown') then
    occ := coalesce(nullif(occ, 'unknown'), 'well');
  end if;
  if was_in_doubt and (run.applications_upserted > 0 or occ = 'well') then
    perform sovereign_sync.revive_failures();
    has_revived := true;
  elsif was_in_doubt or occ = 'unknown' then
    perform sovereign_sync.keep_asking();
  end if;
  update public.tblsovereignapplicationssynclog as l
  set occ = coalesce(note_occ.occ, l.occ)
  where l.id = run.id;
  return has_revived;
end;
$$;

comment on function sovereign_sync.note_occ(public.tblsovereignapplicationssynclog, text, text[]) is
  'Remembers how a pass found OCC to be, and which canaries not to ask again for a day. Whether what had failed is due '
  'again, because OCC is back.';

-- 20_queue/requests.sql ===============================================================================================
-- The other ways into the queue: a person asks for applications by number, or their rows are deleted.

create function public.request_applications(ids text[])
returns void
language sql
set search_path = ''
as $$
  -- By whoever posted them to the function, too. The first hundred say which they were.
  select sovereign_sync.record_action(
    'request_applications', jsonb_build_object('ids', request_applications.ids[1:100]),
    'Asked for: ' || coalesce(cardinality(request_applications.ids), 0) || '.'
  );

  -- In order, so that two requests never wait for each other in a circle.
  insert into sovereign_sync.status as s (g3_application_number, requested_at)
  select distinct i.id, now() from unnest(request_applications.ids) as i (id) order by i.id
  on conflict (g3_application_number) do update set requested_at = excluded.requested_at;

  select sovereign_sync.make_pending(request_applications.ids);
$$;

comment on function public.request_applications(text[]) is
  'Asks for applications by number, whatever is known of them: the open run or the next one fetches them before all others.';

-- The status table must know at once: the application may not be listed again for years.
create function sovereign_sync.requeue_deleted_applications()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if tg_op = 'TRUNCATE' then
    perform sovereign_sync.make_pending(array(
      select s.g3_application_number from sovereign_sync.status as s where s.state = 'synced'
    ));
  else
    perform sovereign_sync.make_pending(array(
      select s.g3_application_number
      from sovereign_sync.status as s
      where s.state = 'synced' and s.g3_application_number in (select d.g3_application_number from deleted as d)
    ));
  end if;
  return null;
end;
$$;

comment on function sovereign_sync.requeue_deleted_applications() is
  'Marks applications deleted from the main table as pending, so that the next run fetches them again.';

create or replace trigger requeue_deleted_applications
  after delete on public.tblSovereignApplications
  referencing old table as deleted
  for each statement execute function sovereign_sync.requeue_deleted_applications();

-- A key edited by hand leaves its application without a row, as if it had been deleted.
create function sovereign_sync.requeue_renamed_application()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform sovereign_sync.make_pending(array[old.g3_application_number]);
  return null;
end;
$$;

comment on function sovereign_sync.requeue_renamed_application() is
  'Marks an application whose row was given another number as pending, so that the next run fetches it again.';

create or replace trigger requeue_renamed_application
  after update of g3_application_number on public.tblSovereignApplications
  for each row
  when (old.g3_application_number is distinct from new.g3_application_number)
  execute function sovereign_sync.requeue_renamed_application();

create or replace trigger requeue_truncated_applications
  after truncate on public.tblSovereignApplications
  for each statement execute function sovereign_sync.requeue_deleted_applications();

-- 20_queue/rules.sql ==================================================================================================
-- The rules of the queue, each in one place: what is due, when to try again, when to give up. How an application moves
-- between its states is a table in docs/architecture.md.
--
-- A function that sets its search_path, as Supabase's advisor wants of every one, is never inlined: asked of each row,
-- it would be a call and hide its condition from the index. So the thresholds are immutable functions, which the
-- planner replaces by their values, and what is asked of each row, whether it is due, is a view, which it takes apart.

create function sovereign_sync.max_attempts()
returns integer
language sql
immutable
set search_path = ''
as $$ select 8; $$;

comment on function sovereign_sync.max_attempts() is
  'After so many attempts, and a day, an application is parked.';

create function sovereign_sync.max_lapses()
returns integer
language sql
immutable
set search_path = ''
as $$ select 2; $$;

comment on function sovereign_sync.max_lapses() is
  'An application that has taken so many workers with it is claimed alone from then on.';

-- Each try is one of those after which it is parked: more of them, and what fails for good would be fetched too often.
create function sovereign_sync.attempts_in_doubt()
returns integer
language sql
immutable
set search_path = ''
as $$ select 7; $$;

comment on function sovereign_sync.attempts_in_doubt() is
  'While nobody can tell how OCC is, what failed fewer times than this is asked for before its wait ends.';

create function sovereign_sync.settled_apart()
returns interval
language sql
immutable
set search_path = ''
as $$ select interval '10 minutes'; $$;

comment on function sovereign_sync.settled_apart() is
  'An answer that disagrees with OCC''s list is believed when a fetch begun so much later brings it again.';

create function sovereign_sync.max_suspects()
returns integer
language sql
immutable
set search_path = ''
as $$ select 50; $$;

comment on function sovereign_sync.max_suspects() is
  'So many applications that are missing from OCC''s list are asked for a night.';

-- The lease and the run are those of the one open run; without one, nothing is claimed nor has been tried.
create view sovereign_sync.due_applications with (security_invoker = true) as
select s.*
from sovereign_sync.status as s
where s.next_attempt_at <= now()
  and (s.attempted_by_run = (
    select l.id from public.tblsovereignapplicationssynclog as l where l.status = 'running'
  )) is not true
  and (s.claimed_by = (
    select l.lease from public.tblsovereignapplicationssynclog as l where l.status = 'running'
  )) is not true;

comment on view sovereign_sync.due_applications is
  'What the open run has to fetch now: due, not yet tried by it, and not in flight. A claim by another lease is void.';

create function sovereign_sync.next_attempt_at(attempts integer)
returns timestamptz
language sql
volatile
set search_path = ''
as $$
  select now() + (0.5 + random() / 2)
    * least(interval '1 hour', interval '1 minute' * power(2, least(next_attempt_at.attempts, 10) - 1));
$$;

comment on function sovereign_sync.next_attempt_at(integer) is
  'When an application that failed so many attempts is tried again: 1 minute doubling to 1 hour, jitter over the upper half.';

-- In order of their keys, as everybody locks several of them, so that nobody waits in a circle. The open run may have
-- tried one already: it tries it again. A claim stays, so that its pass can settle it.
create function sovereign_sync.make_pending(ids text[])
returns void
language sql
set search_path = ''
as $$
  with locked as materialized (
    select s.g3_application_number as id
    from sovereign_sync.status as s
    where s.g3_application_number = any (make_pending.ids)
    order by s.g3_application_number
    for update
  )
  update sovereign_sync.status as s
  set
    state = 'pending',
    next_attempt_at = now(),
    stale_since = coalesce(s.stale_since, now()),
    attempts = 0,
    failing_since = null,
    lapses = 0,
    held_answer = null,
    held_since = null,
    not_found_since = null,
    gone_at = null,
    attempted_by_run = null
  from locked as l
  where s.g3_application_number = l.id;
$$;

comment on function sovereign_sync.make_pending(text[]) is
  'Applications to be fetched now, whatever is known of them, with all their attempts before them.';

-- 20_queue/settle.sql =================================================================================================
-- Claims are settled together with the rows they brought, in one transaction.

create function sovereign_sync.settle_answers(run_id uuid, decisions sovereign_sync.answer_decision[])
returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
    update sovereign_sync.status as s
    set
      state = case when d.is_locked then 'failed' when d.is_settled then 'synced' else 'pending' end,
      settled_last_saved = case when d.is_settled then s.listed_last_saved else s.settled_last_saved end,
      synced_at = case when d.is_settled then now() else s.synced_at end,
      stale_since = case when not d.is_settled then coalesce(s.stale_since, now()) end,
      next_attempt_at = case
        when d.is_settled then null
        when d.requested_again then now()
        when d.is_locked then sovereign_sync.next_attempt_at(s.attempts + 1)
        else now() + interval '1 minute'
      end,
      -- A lock passes: it never parks an application.
      attempts = case when d.is_locked then s.attempts + 1 else 0 end,
      failing_since = null,
      last_error = case
        when d.is_locked then 'Cannot upsert application ' || d.id || ': somebody holds its row locked'
        when d.is_settled or d.requested_again then null
        else 'OCC''s details and its list differ: asked again, until it says the same ten minutes later'
      end,
      lapses = 0,
      -- Kept when it was settled in spite of the list: asked for once more, it need not be repeated again.
      held_answer = case
        when d.is_settled and not d.disagrees then null
        when d.is_locked then s.held_answer
        else d.answer
      end,
      held_since = case
        when d.is_settled and not d.disagrees then null
        when d.is_locked or s.held_answer = d.answer then s.held_since
        else d.began_at
      end,
      -- What was settled although it disagrees is asked for once more by the next reconciliation, and no more after that.
      disagreed = d.is_settled and d.disagrees and not s.rechecking,
      rechecking = s.rechecking and not d.is_settled,
      -- OCC has it.
      missing_since = null,
      not_found_since = null,
      gone_at = null,
      force = s.force and d.is_locked,
      requested_at = case when d.requested_again or d.is_locked then s.requested_at end,
      attempted_by_run = case when not d.requested_again then settle_answers.run_id end,
      claimed_by = null,
      claimed_at = null
    from unnest(settle_answers.decisions) as d
    where s.g3_application_number = d.id;
end;
$$;

comment on function sovereign_sync.settle_answers(uuid, sovereign_sync.answer_decision[]) is
  'Ends the claims of what was fetched: synced, or pending until OCC''s list and details agree, or failed when locked.';

create function sovereign_sync.settle_failures(lease uuid, run_id uuid, failures jsonb)
returns table (fetch_failed integer, upsert_failed integer, parked integer, gone integer, errors jsonb)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    with failed as materialized (
      select
        s.g3_application_number as id,
        f.error,
        f.step,
        coalesce(s.requested_at > s.claimed_at, false) as requested_again,
        s.attempts + 1 as attempts,
        coalesce(s.failing_since, now()) as failing_since,
        s.listed_at is not null as was_listed,
        s.missing_since is not null and coalesce(f.not_found, false) as is_missing,
        -- Both by the database's clock: when the first answer was here, and when the second was not yet asked for.
        coalesce(s.claimed_at >= s.not_found_since + sovereign_sync.settled_apart(), false) as is_repeated,
        coalesce(f.not_found, false) as not_found
      from jsonb_to_recordset(settle_failures.failures) as f (id text, error text, step text, not_found boolean)
      join sovereign_sync.status as s on s.g3_application_number = f.id
      where s.claimed_by = settle_failures.lease
      order by s.g3_application_number
      for update of s skip locked
    ),
    judged as (
      select
        f.*,
        case
          when f.requested_again then 'pending'
          when f.is_missing then case when f.is_repeated then 'gone' else 'pending' end
          when f.attempts < sovereign_sync.max_attempts() or f.failing_since > now() - interval '1 day' then 'failed'
          when f.not_found and f.was_listed then 'gone'
          else 'parked'
        end as state
      from failed as f
    ),
    settled as (
      update sovereign_sync.status as s
      set
        state = j.state,
        attempts = case when j.requested_again then 0 when j.is_missing then s.attempts else j.attempts end,
        failing_since = case
          when j.requested_again then null
          when j.is_missing then s.failing_since
          else j.failing_since
        end,
        next_attempt_at = case
          when j.requested_again then now()
          when j.is_missing and j.state = 'gone' then null
          when j.is_missing then coalesce(s.not_found_since, now()) + sovereign_sync.settled_apart()
          when j.state = 'failed' then sovereign_sync.next_attempt_at(j.attempts)
          else now() + interval '1 day'
        end,
        not_found_since = case
          when not j.is_missing then s.not_found_since
          when j.state = 'pending' then coalesce(s.not_found_since, now())
        end,
        gone_at = case when j.state = 'gone' then coalesce(s.gone_at, now()) end,
        stale_since = coalesce(s.stale_since, now()),
        last_error = j.error,
        lapses = 0,
        requested_at = case when j.requested_again then s.requested_at end,
        attempted_by_run = case when not j.requested_again then settle_failures.run_id end,
        claimed_by = null,
        claimed_at = null
      from judged as j
      where s.g3_application_number = j.id
      returning j.id, j.error, j.step, s.state
    )
    select
      count(*) filter (where s.step = 'fetch')::integer,
      count(*) filter (where s.step = 'upsert')::integer,
      count(*) filter (where s.state = 'parked')::integer,
      count(*) filter (where s.state = 'gone')::integer,
      coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'error', s.error) order by s.id), '[]')
    from settled as s;
end;
$$;

comment on function sovereign_sync.settle_failures(uuid, uuid, jsonb) is
  'Ends the claims of what failed for its own fault: tried again later, or parked after eight attempts and a day. What is '
  'missing from OCC''s list and not found ("not_found") twice ten minutes apart is gone; what OCC lists and does not find is '
  'gone where it would be parked.';

create function public.settle_applications(lease uuid, applications jsonb, failures jsonb default '[]')
returns integer
language plpgsql
set search_path = ''
-- For what cannot be skipped: a row somebody is inserting at this moment.
set lock_timeout = '5s'
as $$
declare
  run public.tblsovereignapplicationssynclog := sovereign_sync.hold_sync_run(settle_applications.lease);
  rows public.tblsovereignapplications[];
  decisions sovereign_sync.answer_decision[];
  stored_count integer := 0;
  new_codes jsonb;
  locked_errors jsonb;
  failed record;
begin
  if jsonb_array_length(settle_applications.applications) > 0 then
    rows := array(
      select a
      from jsonb_populate_recordset(null::public.tblsovereignapplications, settle_applications.applications) as a
    );
    decisions := array(select d from sovereign_sync.decide_answers(run.lease, settle_applications.applications) as d);
    perform sovereign_sync.store_answers(run.id, rows, decisions);
    perform sovereign_sync.settle_answers(run.id, decisions);
    perform sovereign_sync.note_attributes(rows, decisions);
    new_codes := sovereign_sync.note_status_codes(rows, run.sync_started_at);
    select
      count(*) filter (where d.is_stored),
      coalesce(jsonb_agg(jsonb_build_object(
        'id', d.id, 'error', 'Cannot upsert application ' || d.id || ': somebody holds its row locked'
      )) filter (where d.is_locked), '[]')
    into stored_count, locked_errors
    from unnest(decisions) as d;
    update public.tblsovereignapplicationssynclog as l
    set
      applications_fetched = l.applications_fetched + stored_count + jsonb_array_length(locked_errors),
      applications_upserted = l.applications_upserted + stored_count,
      upsert_failures = l.upsert_failures + jsonb_array_length(locked_errors),
      applications_locked = l.applications_locked + jsonb_array_length(locked_errors),
      date_offsets = sovereign_sync.count_date_offsets(l.date_offsets, decisions),
      error_details = sovereign_sync.append_errors(
        sovereign_sync.append_details(l.error_details, 'warnings', new_codes),
        locked_errors
      )
    where l.id = run.id;
    perform sovereign_sync.note_errors(locked_errors);
  end if;

  if jsonb_array_length(settle_applications.failures) > 0 then
    select f.* into failed from sovereign_sync.settle_failures(run.lease, run.id, settle_applications.failures) as f;
    update public.tblsovereignapplicationssynclog as l
    set
      applications_fetched = l.applications_fetched + failed.upsert_failed,
      fetch_failures = l.fetch_failures + failed.fetch_failed,
      upsert_failures = l.upsert_failures + failed.upsert_failed,
      applications_parked = l.applications_parked + failed.parked,
      applications_gone = l.applications_gone + failed.gone,
      error_details = sovereign_sync.append_errors(l.error_details, failed.errors)
    where l.id = run.id;
    perform sovereign_sync.note_errors(failed.errors);
  end if;
  return stored_count;
end;
$$;

comment on function public.settle_applications(uuid, jsonb, jsonb) is
  'Stores fetched applications (keys are the table''s columns, and began_at: when the fetch began) and failures '
  '[{"id", "error", "step", "not_found"}], their status, the counters and the heartbeat in one transaction. Returns how '
  'many it stored.';

-- 30_runs/error_details.sql ===========================================================================================
-- What the log keeps of a run's troubles, in error_details: errors, warnings and anomalies, each a list; and who
-- cancelled it.

create function sovereign_sync.append_details(details jsonb, key text, entries jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  if jsonb_array_length(append_details.entries) = 0 then
    return append_details.details;
  end if;
  return coalesce(append_details.details, '{}') || jsonb_build_object(
    append_details.key, coalesce(append_details.details -> append_details.key, '[]') || append_details.entries
  );
end;
$$;

comment on function sovereign_sync.append_details(jsonb, text, jsonb) is
  'A run''s error_details with entries added to one of its lists: errors, warnings, or anomalies, which raise an alert.';

create function sovereign_sync.append_errors(details jsonb, errors jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  -- The first hundred say what is wrong; the status table has them all.
  if jsonb_array_length(coalesce(append_errors.details -> 'errors', '[]')) >= 100 then
    return append_errors.details;
  end if;
  return sovereign_sync.append_details(append_errors.details, 'errors', append_errors.errors);
end;
$$;

comment on function sovereign_sync.append_errors(jsonb, jsonb) is
  'A run''s error_details with errors added, up to about a hundred.';

create function sovereign_sync.to_errors(failures jsonb)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'error', f.error)), '[]')
  from jsonb_to_recordset(to_errors.failures) as f (id text, error text);
$$;

comment on function sovereign_sync.to_errors(jsonb) is
  'Failures as the log keeps them: the application and what is wrong.';

create function sovereign_sync.describe_cancellation(run public.tblsovereignapplicationssynclog)
returns text
language sql
stable
set search_path = ''
as $$
  select format(
    'Cancelled by %s at %s UTC; what it left goes on in the next run',
    run.cancelled_by, to_char(run.cancelled_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
  );
$$;

comment on function sovereign_sync.describe_cancellation(public.tblsovereignapplicationssynclog) is
  'Who cancelled a run, and when, in words.';

-- 30_runs/finish.sql ==================================================================================================
-- How a pass ends: the run is closed as completed or failed, or released for its next pass. A cancelled run is closed.

-- One application that fails for its own fault is no failure of the run.
create function sovereign_sync.sync_run_failed(run public.tblsovereignapplicationssynclog, broke_off boolean)
returns boolean
language sql
immutable
set search_path = ''
as $$
  select sync_run_failed.broke_off
    or run.listed_at is null
    or run.applications_fetched = 0 and coalesce(run.occ in ('unwell', 'unknown'), false)
    or run.applications_upserted = 0 and run.upsert_failures >= 5;
$$;

comment on function sovereign_sync.sync_run_failed(public.tblsovereignapplicationssynclog, boolean) is
  'Whether a run that ends now has failed: it had no list, it broke off, or nothing at all could be fetched or written '
  'and that was not the applications'' fault.';

create function sovereign_sync.close_sync_run(run public.tblsovereignapplicationssynclog, reason text, broke_off boolean)
returns public.tblsovereignapplicationssynclog
language sql
set search_path = ''
as $$
  update public.tblsovereignapplicationssynclog as l
  set
    status = case when sovereign_sync.sync_run_failed(l, close_sync_run.broke_off) then 'failed' else 'completed' end,
    sync_completed_at = now(),
    lease = null,
    ended_lease = l.lease,
    heartbeat_at = now(),
    error_details = case
      when close_sync_run.reason is null then l.error_details
      else coalesce(l.error_details, '{}') || jsonb_build_object('reason', close_sync_run.reason)
    end
  where l.id = run.id
  returning l.*;
$$;

comment on function sovereign_sync.close_sync_run(public.tblsovereignapplicationssynclog, text, boolean) is
  'Ends a run as completed or failed.';

-- Same transaction: the next pass is asked for exactly when the lease is free. The next tick is the safety net. Pausing
-- stops the schedule only: a run that has begun goes on to its end.
create function sovereign_sync.hand_over_run(run public.tblsovereignapplicationssynclog)
returns public.tblsovereignapplicationssynclog
language sql
set search_path = ''
as $$
  select sovereign_sync.dispatch_sync('next_pass', jsonb_build_object('syncLogId', run.id));

  update public.tblsovereignapplicationssynclog as l
  set lease = null, ended_lease = l.lease, heartbeat_at = now()
  where l.id = run.id
  returning l.*;
$$;

comment on function sovereign_sync.hand_over_run(public.tblsovereignapplicationssynclog) is
  'Releases a run and asks for its next pass.';

create function public.finish_sync_pass(
  lease uuid,
  hand_over boolean,
  reason text default null,
  broke_off boolean default false,
  warnings jsonb default '[]',
  anomalies jsonb default '[]',
  occ text default null,
  failed_canaries text[] default '{}',
  given_back jsonb default '[]'
)
returns table (
  status text,
  remaining integer,
  applications_found integer,
  unchanged integer,
  fetched integer,
  upserted integer,
  fetch_failed integer,
  upsert_failed integer,
  errors jsonb,
  cancelled text
)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  run public.tblsovereignapplicationssynclog;
  given_back_count integer;
  has_revived boolean;
  is_asked_for boolean;
begin
  -- Repeated, because its answer was lost: what it did is done.
  select l.* into run
  from public.tblsovereignapplicationssynclog as l
  where l.ended_lease = finish_sync_pass.lease and l.lease is distinct from finish_sync_pass.lease;

  if run.id is null then
    run := sovereign_sync.prove_lease(finish_sync_pass.lease);
    given_back_count := sovereign_sync.give_back_failures(run.lease, finish_sync_pass.given_back);
    has_revived := sovereign_sync.note_occ(run, finish_sync_pass.occ, finish_sync_pass.failed_canaries);
    update public.tblsovereignapplicationssynclog as l
    set
      fetch_failures = l.fetch_failures + given_back_count,
      error_details = sovereign_sync.append_details(
        sovereign_sync.append_details(
          sovereign_sync.append_errors(l.error_details, sovereign_sync.to_errors(finish_sync_pass.given_back)),
          'warnings',
          finish_sync_pass.warnings
        ),
        'anomalies',
        finish_sync_pass.anomalies
      )
    where l.id = run.id
    returning l.* into run;
    perform sovereign_sync.release_claims(run.lease);

    -- What somebody holds locked could not be claimed by the next pass either, nor by the one after it.
    select d.requested_at is not null into is_asked_for
    from sovereign_sync.due_applications as d
    order by d.requested_at is null, d.attempts, d.next_attempt_at desc
    limit 1
    for update skip locked;
    if run.cancelled_at is not null then
      run := sovereign_sync.close_sync_run(run, sovereign_sync.describe_cancellation(run), broke_off => true);
      perform sovereign_sync.send_waiting_sync();
    elsif
      finish_sync_pass.hand_over and (is_asked_for is not null or run.listed_at is null)
      or (is_asked_for or has_revived and is_asked_for is not null)
        and not finish_sync_pass.broke_off and run.occ is distinct from 'unwell'
    then
      run := sovereign_sync.hand_over_run(run);
    else
      update public.tblsovereignapplicationssynclog as l
      set error_details = sovereign_sync.append_details(l.error_details, 'anomalies', sovereign_sync.date_offset_warning(run))
      where l.id = run.id;
      run := sovereign_sync.close_sync_run(run, finish_sync_pass.reason, finish_sync_pass.broke_off);
      perform sovereign_sync.send_waiting_sync();
    end if;
  end if;

  return query select
    run.status,
    (select count(*)::integer from sovereign_sync.status as s where s.next_attempt_at <= now()),
    run.applications_found, run.applications_unchanged, run.applications_fetched,
    run.applications_upserted, run.fetch_failures, run.upsert_failures, coalesce(run.error_details -> 'errors', '[]'),
    case when run.cancelled_at is null then '' else sovereign_sync.describe_cancellation(run) end;
end;
$$;

comment on function public.finish_sync_pass(uuid, boolean, text, boolean, jsonb, jsonb, text, text[], jsonb) is
  'Ends a pass: closes the run as completed or failed, or releases it and asks for the next pass in one transaction. '
  'occ: how it was found to be. given_back: failures that are OCC''s, [{"id", "error"}]. cancelled: by whom and when, or empty.';

-- 30_runs/lease.sql ===================================================================================================
-- One run at a time. The row lock on the running row decides every race; the lease fences off a pass that lost it.

create function sovereign_sync.run_is_dead(heartbeat_at timestamptz)
returns boolean
language sql
stable
set search_path = ''
as $$
  select coalesce(run_is_dead.heartbeat_at, '-infinity') <= now() - interval '90 seconds';
$$;

comment on function sovereign_sync.run_is_dead(timestamptz) is
  'Whether an open run has shown no sign of life for so long that whoever comes next takes its place.';

create function sovereign_sync.run_is_abandoned(heartbeat_at timestamptz)
returns boolean
language sql
stable
set search_path = ''
as $$
  select coalesce(run_is_abandoned.heartbeat_at, '-infinity') <= now() - interval '10 minutes';
$$;

comment on function sovereign_sync.run_is_abandoned(timestamptz) is
  'Whether a dead run has waited so long for whoever comes next that the minutely watch ends it.';

-- Every call of a pass starts here: proves the lease, locks the run against a takeover, shows a sign of life.
create function sovereign_sync.prove_lease(lease uuid)
returns public.tblsovereignapplicationssynclog
language plpgsql
set search_path = ''
as $$
declare
  run public.tblsovereignapplicationssynclog;
begin
  update public.tblsovereignapplicationssynclog as l
  set heartbeat_at = now()
  where l.status = 'running' and l.lease = prove_lease.lease
  returning l.* into run;
  if run.id is null then
    raise exception 'The lease on the sync run is lost' using errcode = 'PT409';
  end if;
  return run;
end;
$$;

comment on function sovereign_sync.prove_lease(uuid) is
  'Returns the running row held by this lease, locked and with a fresh heartbeat; raises PT409 when the lease is lost.';

create function sovereign_sync.hold_sync_run(lease uuid)
returns public.tblsovereignapplicationssynclog
language plpgsql
set search_path = ''
as $$
declare
  run constant public.tblsovereignapplicationssynclog := sovereign_sync.prove_lease(hold_sync_run.lease);
begin
  if run.cancelled_at is not null then
    raise exception 'The sync run is cancelled' using errcode = 'PT410';
  end if;
  return run;
end;
$$;

comment on function sovereign_sync.hold_sync_run(uuid) is
  'The same for all a pass does but its end: raises PT410 when the run is cancelled, and the pass has to end.';

create function sovereign_sync.close_dead_run(run public.tblsovereignapplicationssynclog)
returns void
language sql
set search_path = ''
as $$
  select sovereign_sync.void_claims(run.lease);

  update public.tblsovereignapplicationssynclog as l
  set
    status = 'failed',
    sync_completed_at = now(),
    lease = null,
    error_details = coalesce(l.error_details, '{}') || jsonb_build_object(
      'reason', case
        when l.cancelled_at is not null then sovereign_sync.describe_cancellation(l)
        when l.lease is null then 'Its next pass never came; what it left goes on in the next run'
        else 'Its worker died; what it left goes on in the next run'
      end
    )
  where l.id = run.id;
$$;

comment on function sovereign_sync.close_dead_run(public.tblsovereignapplicationssynclog) is
  'Ends a run that shows no sign of life. What it enqueued stays enqueued, what it had claimed is due at once.';

create function sovereign_sync.close_abandoned_run()
returns void
language sql
set search_path = ''
as $$
  with abandoned as materialized (
    select l as run
    from public.tblsovereignapplicationssynclog as l
    where l.status = 'running' and sovereign_sync.run_is_abandoned(l.heartbeat_at)
    for update skip locked
  )
  select sovereign_sync.close_dead_run(a.run) from abandoned as a;
$$;

comment on function sovereign_sync.close_abandoned_run() is
  'Ends a run that has been dead for long and that nobody came to take over, such as while the schedule is paused.';

-- 30_runs/open.sql ====================================================================================================
-- How a pass begins: it opens a run, or resumes the one that was released for it.

create function sovereign_sync.default_since()
returns integer
language sql
immutable
set search_path = ''
as $$ select 7; $$;

comment on function sovereign_sync.default_since() is 'So many days ago the first run of all begins to list.';

create function sovereign_sync.resume_sync_run(run_id uuid, lease uuid)
returns public.tblsovereignapplicationssynclog
language sql
set search_path = ''
as $$
  update public.tblsovereignapplicationssynclog as l
  set
    lease = resume_sync_run.lease,
    heartbeat_at = now(),
    passes = l.passes + 1,
    claimed_parts = 0,
    -- Without a finished list the next pass lists again, from nothing.
    listed_parts = case when l.listed_at is not null then l.listed_parts else 0 end,
    listed_skipped = case when l.listed_at is not null then l.listed_skipped else 0 end,
    applications_found = case when l.listed_at is not null then l.applications_found else 0 end,
    applications_unchanged = case when l.listed_at is not null then l.applications_unchanged else 0 end,
    applications_enqueued = case when l.listed_at is not null then l.applications_enqueued else 0 end
  where l.id = resume_sync_run.run_id
  returning l.*;
$$;

comment on function sovereign_sync.resume_sync_run(uuid, uuid) is 'Gives a released run to its next pass.';

-- run_id: with the trigger next_pass, the run to go on with. The lease is the caller's, so that a call whose answer was
-- lost can be repeated.
create function public.open_sync_run(
  lease uuid,
  since date default null,
  trigger text default 'manual',
  force boolean default false,
  moves_watermark boolean default true,
  run_id uuid default null,
  time_zone text default 'UTC'
)
returns table (
  outcome text,
  sync_log_id uuid,
  since_date date,
  has_watermark boolean,
  may_shorten boolean,
  listed boolean,
  pass integer,
  due integer,
  occ_unwell boolean
)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  run public.tblsovereignapplicationssynclog;
  answer text := 'opened';
  watermark constant date := case
    when open_sync_run.since is null and open_sync_run.trigger <> 'next_pass'
    then (select w.last_sync_date from public.read_watermark(open_sync_run.time_zone) as w)
  end;
begin
  select l.* into run from public.tblsovereignapplicationssynclog as l where l.status = 'running' for update;

  if run.lease = open_sync_run.lease then
    answer := 'opened';
  elsif open_sync_run.trigger = 'next_pass' then
    if run.id is null or run.id is distinct from open_sync_run.run_id then
      answer := 'ended';
    elsif run.lease is not null and not sovereign_sync.run_is_dead(run.heartbeat_at) then
      answer := 'running';
    elsif run.cancelled_at is not null then
      perform sovereign_sync.close_dead_run(run);
      answer := 'ended';
    else
      perform sovereign_sync.void_claims(run.lease);
      run := sovereign_sync.resume_sync_run(run.id, open_sync_run.lease);
    end if;
  elsif run.id is not null and not sovereign_sync.run_is_dead(run.heartbeat_at) then
    -- A released one counts too: its next pass is on the way.
    answer := 'running';
  else
    if run.id is not null then
      perform sovereign_sync.close_dead_run(run);
    end if;
    insert into public.tblsovereignapplicationssynclog as l
      (since_date, trigger, force, moves_watermark, status, lease, heartbeat_at, passes)
    values (
      coalesce(
        open_sync_run.since, watermark, (now() at time zone open_sync_run.time_zone)::date - sovereign_sync.default_since()
      ),
      open_sync_run.trigger, open_sync_run.force, open_sync_run.moves_watermark,
      'running', open_sync_run.lease, now(), 1
    )
    on conflict ((true)) where status = 'running' do nothing
    returning l.* into run;
    if found then
      perform sovereign_sync.begin_waiting_sync(run);
    else
      -- Somebody opened a run between the look and the insert.
      select l.* into run from public.tblsovereignapplicationssynclog as l where l.status = 'running';
      answer := 'running';
    end if;
  end if;

  return query select
    answer,
    case when answer = 'ended' then open_sync_run.run_id else run.id end,
    run.since_date,
    watermark is not null,
    run.trigger <> 'manual',
    run.listed_at is not null,
    run.passes,
    case when answer = 'opened' then (select count(*)::integer from sovereign_sync.due_applications) else 0 end,
    sovereign_sync.asks_canaries_first();
end;
$$;

comment on function public.open_sync_run(uuid, date, text, boolean, boolean, uuid, text) is
  'Opens a run, or with next_pass goes on with the one that was released. Without since it lists from the watermark, in '
  'OCC''s time zone, or if there is none (has_watermark) from 7 days ago. outcome: opened; running (another pass works on '
  'the open run, or will); ended (there is no such run to go on with). due: how many applications are to be fetched now. '
  'may_shorten: whether a later date may stand in when OCC cannot list from this one. occ_unwell: canaries are to be asked '
  'before anything is fetched.';

-- 30_runs/queued_sync.sql =============================================================================================
-- The sync that waits for the end of the run under way: asked for, widened, sent, and cleared when a run covers it.

create function sovereign_sync.manual_sync(since date, force boolean)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_strip_nulls(jsonb_build_object('since', manual_sync.since, 'force', case when manual_sync.force then true end));
$$;

comment on function sovereign_sync.manual_sync(date, boolean) is 'What the function is asked for, as it takes it.';

-- The schedule looks after what is newer than its last sync: of two, the day says more than its absence.
create function sovereign_sync.let_sync_wait(since date, force boolean, sent_at timestamptz default null)
returns sovereign_sync.queued_sync
language sql
set search_path = ''
as $$
  insert into sovereign_sync.queued_sync as w (since, force, sent_at)
  values (let_sync_wait.since, let_sync_wait.force, let_sync_wait.sent_at)
  on conflict (one_row) do update set
    since = least(w.since, excluded.since),
    force = w.force or excluded.force,
    sent_at = coalesce(excluded.sent_at, w.sent_at)
  returning w.*;
$$;

comment on function sovereign_sync.let_sync_wait(date, boolean, timestamptz) is
  'Remembers a sync that was asked for; what waited already is widened, so that it does for both.';

create function sovereign_sync.begin_waiting_sync(run public.tblsovereignapplicationssynclog)
returns void
language sql
set search_path = ''
as $$
  delete from sovereign_sync.queued_sync as w
  where (run.force or not w.force)
    -- The schedule's runs may list less far back than they were to.
    and case when w.since is null then run.moves_watermark else run.trigger = 'manual' and run.since_date <= w.since end;
$$;

comment on function sovereign_sync.begin_waiting_sync(public.tblsovereignapplicationssynclog) is
  'Forgets what waits when the run that opens does it.';

-- The watch asks again for what was lost on its way, or was overtaken by a run that has ended since.
create function sovereign_sync.send_waiting_sync()
returns void
language sql
set search_path = ''
as $$
  with waiting as materialized (
    select w.since, w.force
    from sovereign_sync.queued_sync as w
    where coalesce(w.sent_at, '-infinity') < now() - interval '5 minutes'
      and not exists (
        select from public.tblsovereignapplicationssynclog as l
        where l.status = 'running' and not sovereign_sync.run_is_dead(l.heartbeat_at)
      )
    for update skip locked
  ),
  sent as materialized (
    select sovereign_sync.dispatch_sync('manual', sovereign_sync.manual_sync(w.since, w.force)) from waiting as w
  )
  update sovereign_sync.queued_sync as w set sent_at = now() where exists (select from sent);
$$;

comment on function sovereign_sync.send_waiting_sync() is
  'Calls the function for the sync that waits, when nothing is in its way; again after 5 minutes in which it has not begun.';

-- 30_runs/watermark.sql ===============================================================================================
-- Where the next list begins.

create function sovereign_sync.lookback()
returns integer
language sql
immutable
set search_path = ''
as $$ select 1; $$;

comment on function sovereign_sync.lookback() is
  'Days a list begins before the last one was made: for OCC''s clock, and for changes it shows late.';

create function public.read_watermark(time_zone text default 'UTC')
returns table (last_sync_date date)
language sql
stable
set search_path = ''
as $$
  select coalesce(
    (select s.start_from from sovereign_sync.settings as s),
    greatest(
      (
        -- A row from the future, however it came here, says nothing.
        select (l.sync_started_at at time zone read_watermark.time_zone)::date - sovereign_sync.lookback()
        from public.tblsovereignapplicationssynclog as l
        where l.moves_watermark and (l.listed_at is not null or l.status = 'completed') and l.sync_started_at <= now()
        order by l.sync_started_at desc
        limit 1
      ),
      (select g.to_date from sovereign_sync.gaps as g where g.closed_at is null)
    )
  );
$$;

comment on function public.read_watermark(text) is
  'The watermark: the date the next scheduled run lists from, in OCC''s time zone. Null when no run has listed yet.';

create function sovereign_sync.move_watermark(run public.tblsovereignapplicationssynclog, listed_since date)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update sovereign_sync.gaps as g
  set closed_at = now(), closed_by = 'covered'
  where g.closed_at is null and move_watermark.listed_since <= g.from_date;

  if not run.moves_watermark then
    return;
  end if;
  update sovereign_sync.settings as s set start_from = null where s.start_from = run.since_date;
  if run.trigger = 'schedule' and move_watermark.listed_since > run.since_date then
    insert into sovereign_sync.gaps as g (from_date, to_date)
    values (run.since_date, move_watermark.listed_since)
    on conflict ((true)) where closed_at is null do update set
      from_date = least(g.from_date, excluded.from_date),
      to_date = greatest(g.to_date, excluded.to_date);
  end if;
end;
$$;

comment on function sovereign_sync.move_watermark(public.tblsovereignapplicationssynclog, date) is
  'After the last part of a list that began at a date: opens a gap for what it lacks, closes the one it covers.';

-- 40_calls/connection.sql =============================================================================================
-- What ties the database to the Edge Function: its URL and its secret, both in Vault. connect_sync() may be run at any
-- time, by the owner alone, and says what it did; it is also the remedy for a value that is missing.

create function sovereign_sync.read_secret(secret_name text)
returns text
language sql
stable
security definer
set search_path = ''
as $$ select s.decrypted_secret from vault.decrypted_secrets as s where s.name = read_secret.secret_name; $$;

comment on function sovereign_sync.read_secret(text) is
  'A secret of Vault, at call time. security definer: neither a cron job''s command nor service_role need access to Vault.';

create function sovereign_sync.check_project_url(project_url text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  url constant text := rtrim(check_project_url.project_url, '/');
begin
  -- Never the value itself: it may hold a password.
  if url !~ '^https?://[a-zA-Z0-9._-]+(:[0-9]{1,5})?$' then
    raise exception 'Cannot connect the sync: project_url is not the URL of a project'
      using
        errcode = 'invalid_parameter_value',
        hint = 'Give https:// and the host, such as https://<ref>.supabase.co: no path, no blank, no user or password.';
  end if;
  -- The secret travels with every call. What has no dot, and what Docker calls the machine, is no farther than that.
  if url !~ '^https://' and url !~ '^http://([a-zA-Z0-9_-]+|127\.0\.0\.1|host\.docker\.internal)(:|$)' then
    raise exception 'Cannot connect the sync: project_url begins with http://, so its secret could be read on the way'
      using
        errcode = 'invalid_parameter_value',
        hint = 'Give https://; http:// is only for this machine, such as http://kong:8000 or http://127.0.0.1:54321.';
  end if;
  return url;
end;
$$;

comment on function sovereign_sync.check_project_url(text) is
  'The project''s URL without a slash at its end; raises for what is none, without repeating it.';

create function sovereign_sync.check_cron_secret(cron_secret text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  if check_cron_secret.cron_secret !~ '^[!-~]{16,}$' then
    raise exception 'Cannot connect the sync: cron_secret is not 16 or more letters, digits or signs without a blank'
      using
        errcode = 'invalid_parameter_value',
        hint = 'Make one with: openssl rand -hex 32. The function''s CRON_SECRET must have the same value.';
  end if;
  return check_cron_secret.cron_secret;
end;
$$;

comment on function sovereign_sync.check_cron_secret(text) is
  'The secret, fit for a header; raises for what is none, without repeating it.';

create function sovereign_sync.store_secret(secret_name text, value text)
returns text
language plpgsql
set search_path = ''
as $$
declare
  secret_id constant uuid := (select s.id from vault.secrets as s where s.name = store_secret.secret_name);
begin
  if store_secret.value is null then
    return store_secret.secret_name || case when secret_id is null then ' still missing' else ' left as it was' end;
  elsif secret_id is null then
    perform vault.create_secret(store_secret.value, store_secret.secret_name);
    return store_secret.secret_name || ' created';
  end if;
  begin
    perform vault.update_secret(secret_id, store_secret.value);
    return store_secret.secret_name || ' updated';
  exception when others then
    -- One that Vault cannot decrypt it may not update either.
    delete from vault.secrets as s where s.id = secret_id;
    perform vault.create_secret(store_secret.value, store_secret.secret_name);
    return store_secret.secret_name || ' replaced';
  end;
end;
$$;

comment on function sovereign_sync.store_secret(text, text) is
  'Creates or updates a secret of Vault, also one that is empty or cannot be decrypted; null leaves it. Says which.';

create function sovereign_sync.connect_sync(project_url text default null, cron_secret text default null)
returns text
language plpgsql
set search_path = ''
as $$
declare
  url constant text := sovereign_sync.check_project_url(connect_sync.project_url);
  secret constant text := sovereign_sync.check_cron_secret(connect_sync.cron_secret);
begin
  update sovereign_sync.settings as s set connected_at = now() where s.one_row;
  -- Not its arguments: they are secrets.
  return sovereign_sync.record_action('connect_sync', '{}', format(
    'Vault: %s, %s.', sovereign_sync.store_secret('project_url', url), sovereign_sync.store_secret('cron_secret', secret)
  ));
end;
$$;

comment on function sovereign_sync.connect_sync(text, text) is
  'Tells the database where the sync-applications function is and with which secret to call it (Vault: project_url, '
  'cron_secret). Creates or updates; null leaves a value as it is. Says what it did.';

create function sovereign_sync.connection_problem()
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  secret_name text;
  secret text;
  problems text[] := array[]::text[];
  mends text[] := array[]::text[];
begin
  foreach secret_name in array array['project_url', 'cron_secret'] loop
    begin
      secret := sovereign_sync.read_secret(secret_name);
      continue when secret <> '';
      problems := problems || ('Vault has no secret named ' || secret_name);
    exception when others then
      problems := problems || format('Vault''s %s cannot be read (%s)', secret_name, sqlstate);
    end;
    mends := mends || case secret_name
      when 'project_url' then 'project_url => ''https://<ref>.supabase.co'''
      else 'cron_secret => ''<CRON_SECRET>'''
    end;
  end loop;
  return array_to_string(nullif(problems, '{}'), '; ')
    || format(': select sovereign_sync.connect_sync(%s)', array_to_string(mends, ', '));
end;
$$;

comment on function sovereign_sync.connection_problem() is
  'What of Vault''s project_url and cron_secret is missing or cannot be read, with what mends it; null when nothing. '
  'security definer: who looks after the sync needs no access to Vault.';

-- 40_calls/invoke.sql =================================================================================================
-- How the database calls the Edge Function: pg_net posts after commit, and each call is remembered.

-- Nothing of what can go wrong here names a URL or a secret: it is read by people, and by pg_cron's log.
create function sovereign_sync.queue_dispatch(body jsonb)
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  project_url text;
  cron_secret text;
  problem constant text := sovereign_sync.connection_problem();
begin
  -- 'Bearer ' || null would make pg_net drop the header without a word.
  if problem is not null then
    raise exception '%', problem;
  end if;
  project_url := sovereign_sync.read_secret('project_url');
  cron_secret := sovereign_sync.read_secret('cron_secret');
  -- pg_net sends a header as it is: a line break would end it, and the headers after it.
  if cron_secret ~ '[[:cntrl:]]' then
    raise exception 'Vault''s cron_secret has a line break or another control character in it: store it again without';
  end if;
  begin
    return net.http_post(
      url => rtrim(project_url, '/') || '/functions/v1/sync-applications',
      body => queue_dispatch.body,
      headers => jsonb_build_object(
        'Content-Type', 'application/json',
        'Authorization', 'Bearer ' || cron_secret,
        'Prefer', 'respond-async'
      ),
      timeout_milliseconds => 15000
    );
  exception when others then
    raise exception 'pg_net does not take the request (%): is Vault''s project_url a URL such as https://<ref>.supabase.co?',
      sqlstate;
  end;
end;
$$;

comment on function sovereign_sync.queue_dispatch(jsonb) is
  'Queues one call of the sync-applications Edge Function with pg_net, which sends it after commit; returns its request id.';

create function sovereign_sync.ticks_between(since timestamptz, until timestamptz)
returns integer
language sql
immutable
set search_path = ''
as $$
  select greatest(
    0,
    floor(extract(epoch from ticks_between.until) / 300)::integer
      - floor(extract(epoch from ticks_between.since) / 300)::integer - 1
  );
$$;

comment on function sovereign_sync.ticks_between(timestamptz, timestamptz) is
  'How many ticks there should have been between two: one every five minutes, by the clock.';

-- pg_cron makes up for nothing it missed: the tick that comes next is the first to know.
create function sovereign_sync.silent_since()
returns timestamptz
language sql
stable
set search_path = ''
as $$
  select last.at
  from (
    select greatest(s.installed_at, s.resumed_at, (
      select d.dispatched_at from sovereign_sync.dispatches as d where d.trigger = 'schedule' order by d.id desc limit 1
    )) as at
    from sovereign_sync.settings as s
  ) as last
  where sovereign_sync.ticks_between(last.at, now()) > 0;
$$;

comment on function sovereign_sync.silent_since() is
  'When a tick comes after others were missed: since when none had come. Null when none was missed.';

-- The function answers 202 at once: one slow request would hold up every other user of pg_net.
create function sovereign_sync.dispatch_sync(trigger text, body jsonb default '{}')
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  request_id bigint;
  problem text;
  dispatch_id bigint;
begin
  begin
    request_id := sovereign_sync.queue_dispatch(jsonb_build_object('trigger', dispatch_sync.trigger) || dispatch_sync.body);
  exception when others then
    problem := left(sqlerrm, 200);
  end;
  insert into sovereign_sync.dispatches (request_id, trigger, outcome, message, silent_since, run)
  values (
    request_id, dispatch_sync.trigger, case when problem is not null then 'not sent' end, problem,
    case when dispatch_sync.trigger = 'schedule' then sovereign_sync.silent_since() end,
    (dispatch_sync.body ->> 'syncLogId')::uuid
  )
  returning id into dispatch_id;
  return dispatch_id;
end;
$$;

comment on function sovereign_sync.dispatch_sync(text, jsonb) is
  'Asks for one call of the sync-applications Edge Function and remembers it, also when it cannot be sent. Returns the '
  'dispatch''s id.';

create function sovereign_sync.invoke_sync_applications()
returns bigint
language sql
set search_path = ''
as $$
  -- Nothing is sent while the schedule is paused.
  select sovereign_sync.dispatch_sync('schedule') from sovereign_sync.settings as s where s.paused_at is null;
$$;

comment on function sovereign_sync.invoke_sync_applications() is
  'What the schedule runs. Returns the dispatch''s id, or null while paused.';

-- 40_calls/outcome.sql ================================================================================================
-- The outcome of each call, read back from pg_net for as long as pg_net keeps it.

-- Of what a server answers, its message: ours, the platform's, or that of whoever the URL leads to; so without any URL.
create function sovereign_sync.message_of(content text)
returns text
language sql
immutable
set search_path = ''
as $$
  select left(regexp_replace(
    regexp_replace(
      substring(message_of.content from '"(?:message|msg|error)" *: *"((?:[^"\\]|\\.)*)"'), '\\(.)', '\1', 'g'
    ),
    '[a-z]+://[^ ]*', '<URL>', 'gi'
  ), 200);
$$;

comment on function sovereign_sync.message_of(text) is 'The message in an answer''s JSON, if there is one.';

create function sovereign_sync.run_of(content text)
returns uuid
language sql
immutable
set search_path = ''
as $$ select substring(run_of.content from '"syncLogId" *: *"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"')::uuid; $$;

comment on function sovereign_sync.run_of(text) is 'The run that an answer of the function names, if it does.';

-- pg_net follows a redirect, mostly as GET and without the secret on its way to another host, and what it stores is the
-- last answer's status under the first one's headers.
create function sovereign_sync.is_redirected(status_code integer, headers jsonb)
returns boolean
language sql
immutable
set search_path = ''
as $$
  select is_redirected.status_code between 300 and 399
    or exists (select from jsonb_object_keys(is_redirected.headers) as h (name) where lower(h.name) = 'location');
$$;

comment on function sovereign_sync.is_redirected(integer, jsonb) is
  'Whether pg_net came to an answer, or to none, by a redirect.';

-- A response belongs to a dispatch when it came after it. It may come late, when somebody else's slow requests were in
-- front of it; but not when pg_net has begun to count anew since: then the id is somebody else's. (Of dispatches made at
-- the same time the one may have been counted first by pg_net, the other here.) 202 is what the function answers to a
-- dispatch, and nothing else under 300.
--
-- security definer: who may read the view need not be able to read pg_net's answers.
-- pg_net's worker dates an answer with the beginning of its transaction, and the request it then takes may have come after
-- that. Ids begin anew after a crash, so an answer that is much older belongs to another request of this id.
create function sovereign_sync.is_answer_of(answered_at timestamptz, asked_at timestamptz)
returns boolean
language sql
immutable
set search_path = ''
as $$ select is_answer_of.answered_at >= is_answer_of.asked_at - interval '10 seconds'; $$;

comment on function sovereign_sync.is_answer_of(timestamptz, timestamptz) is
  'Whether an answer of pg_net is late enough to be that of a request made at this time.';

create function sovereign_sync.answer_to(dispatch sovereign_sync.dispatches)
returns table (outcome text, status_code integer, message text, run uuid)
language plpgsql
stable
rows 1
security definer
set search_path = ''
as $$
begin
  return query
    select
      case
        when r.status_code = 202 then 'accepted'
        when sovereign_sync.is_redirected(r.status_code, r.headers) then 'redirected'
        when r.status_code = 409 then 'busy'
        when r.status_code in (401, 403) then 'refused'
        when r.status_code is not null then 'failed'
        when r.timed_out then 'timed out'
        else 'unreachable'
      end,
      r.status_code,
      case when r.status_code is null then left(r.error_msg, 200) else sovereign_sync.message_of(r.content) end,
      case when r.status_code = 202 then sovereign_sync.run_of(r.content) end
    from net._http_response as r
    where r.id = dispatch.request_id
      and sovereign_sync.is_answer_of(r.created, dispatch.dispatched_at)
      and r.created <= dispatch.dispatched_at + interval '6 hours'
      and not exists (
        select from sovereign_sync.dispatches as later
        where later.id > dispatch.id and later.request_id <= dispatch.request_id
          and later.dispatched_at > dispatch.dispatched_at + interval '10 seconds'
      );
exception when invalid_schema_name or undefined_table or insufficient_privilege then
  -- Without pg_net there is what the watch has kept; health says what is missing.
  return;
end;
$$;

comment on function sovereign_sync.answer_to(sovereign_sync.dispatches) is
  'What pg_net brought back of a dispatch; no row while there is nothing.';

-- What is kept needs no second look, and pg_net keeps its answers for six hours.
create view public.sync_dispatches with (security_invoker = true) as
select
  d.id,
  d.dispatched_at,
  d.request_id,
  d.trigger,
  coalesce(a.outcome, d.outcome) as outcome,
  coalesce(a.status_code, d.status_code) as status_code,
  coalesce(a.message, d.message) as message,
  d.silent_since,
  coalesce(d.run, a.run) as run
from sovereign_sync.dispatches as d
left join lateral (
  select a.* from sovereign_sync.answer_to(d) as a
  where coalesce(d.outcome, 'no response') = 'no response' and d.dispatched_at > now() - interval '6 hours'
) as a on true;

comment on view public.sync_dispatches is
  'Each request to the sync-applications Edge Function that the database queued, and what became of it up to now.';
comment on column public.sync_dispatches.trigger is
  'What asked for it; next_pass: a pass that ended with work left.';
comment on column public.sync_dispatches.outcome is
  'accepted; busy (a sync was running); refused (wrong secret); redirected (project_url leads elsewhere); failed (another '
  'status); timed out; unreachable; no response; not sent (message says why).';
comment on column public.sync_dispatches.silent_since is
  'Of a tick before which others were missed: since when none had come.';
comment on column public.sync_dispatches.run is
  'The run it was for, as far as that is known: of a next pass the one that goes on, else the one the function answered with.';

create function sovereign_sync.collect_dispatches()
returns void
language sql
set search_path = ''
as $$
  update sovereign_sync.dispatches as d
  set outcome = v.outcome, status_code = v.status_code, message = v.message, run = v.run
  from public.sync_dispatches as v
  where v.id = d.id and coalesce(d.outcome, 'no response') = 'no response' and d.outcome is distinct from v.outcome
    and d.dispatched_at > now() - interval '6 hours';

  update sovereign_sync.dispatches as d
  set outcome = 'no response'
  where d.outcome is null and d.dispatched_at < now() - interval '2 minutes';
$$;

comment on function sovereign_sync.collect_dispatches() is
  'Keeps what became of the dispatches; after 2 minutes without an answer there is none, for the time being.';

create function sovereign_sync.describe_dispatch(dispatch public.sync_dispatches)
returns text
language sql
immutable
set search_path = ''
as $$
  select case dispatch.outcome
    when 'refused' then format(
      'the function refuses the secret (%s); give Vault''s cron_secret and the function''s CRON_SECRET the same value',
      dispatch.status_code
    )
    when 'not sent' then dispatch.message
    when 'redirected' then format(
      'Vault''s project_url must be the project''s own URL, https://<ref>.supabase.co; the one it is leads elsewhere (%s)',
      dispatch.status_code
    )
    when 'timed out' then 'the function did not answer in 15 s; look at its log'
    when 'unreachable' then 'nobody answers at Vault''s project_url; see whether it is right and the project is up'
    when 'no response' then 'pg_net brought no answer; if it stays so: select net.worker_restart()'
    when 'failed' then case dispatch.status_code
      when 404 then 'the function is not deployed (404); deploy it, or mend Vault''s project_url'
      when 546 then 'the platform ended the function''s worker (546); look at its log'
      when 200 then 'somebody else answers at Vault''s project_url (200); see whether it is right'
      -- Only the function's own words: the URL may lead to anybody.
      else format('the function answered %s', dispatch.status_code)
        || case when dispatch.message ~ '^(Cannot|Failed) ' then ': ' || dispatch.message else '' end
    end
    else dispatch.outcome
  end;
$$;

comment on function sovereign_sync.describe_dispatch(public.sync_dispatches) is
  'What became of a dispatch that failed, with what mends it; no URL and no secret.';

create function sovereign_sync.why_not_sent(dispatch_id bigint)
returns text
language sql
stable
set search_path = ''
as $$
  select 'Cannot be sent: ' || d.message
  from sovereign_sync.dispatches as d
  where d.id = why_not_sent.dispatch_id and d.outcome = 'not sent';
$$;

comment on function sovereign_sync.why_not_sent(bigint) is
  'Why a dispatch could not even be queued, in words; else null.';

-- 40_calls/schedule.sql ===============================================================================================
-- The jobs in pg_cron. schedule_sync() may be run at any time, by the owner alone, and says what it did; it is also the
-- remedy for a job that is missing or inactive.

-- A tick every 5 minutes, alerts every minute, upkeep off the five-minute marks; the reconciliation decides itself when it
-- is night.
create function sovereign_sync.sync_jobs()
returns table (jobname text, schedule text, command text)
language sql
immutable
set search_path = ''
as $$
  values
    ('sync-applications', '*/5 * * * *', 'select sovereign_sync.invoke_sync_applications()'),
    ('watch-sync', '* * * * *', 'select sovereign_sync.watch_sync()'),
    ('reconcile-sync', '17 * * * *', 'select sovereign_sync.reconcile_sync()'),
    ('prune-sync-records', '43 3 * * *', 'select sovereign_sync.prune_sync_records()');
$$;

comment on function sovereign_sync.sync_jobs() is 'The jobs of the sync, as they are to be in cron.job.';

create function sovereign_sync.schedule_sync()
returns text
language plpgsql
set search_path = ''
as $$
declare
  strangers constant text := (
    select string_agg(format('%s (job %s of %s)', j.jobname, j.jobid, j.username), ', ' order by j.jobid)
    from cron.job as j join sovereign_sync.sync_jobs() as s on s.jobname = j.jobname
    where j.username <> current_user
  );
begin
  -- By name: scheduling again replaces a job instead of adding one, but leaves one inactive that was.
  perform cron.alter_job(cron.schedule(s.jobname, s.schedule, s.command), active := true) from sovereign_sync.sync_jobs() as s;
  return sovereign_sync.record_action(
    'schedule_sync', '{}',
    'Scheduled: ' || (select string_agg(s.jobname, ', ') from sovereign_sync.sync_jobs() as s) || '.' || coalesce(
      ' Others'' jobs of the same name tick too: ' || strangers || '; as their owner, select cron.unschedule(<job>).', ''
    )
  );
end;
$$;

comment on function sovereign_sync.schedule_sync() is
  'Schedules the jobs of the sync, or makes them again what they should be, and active. Names jobs of the same name that '
  'belong to somebody else: those it cannot take away.';

create function sovereign_sync.schedule_problem()
returns text
language sql
stable
security definer
set search_path = ''
as $$
  with jobs as (
    select s.jobname, bool_or(j.active) as active
    from sovereign_sync.sync_jobs() as s left join cron.job as j on j.jobname = s.jobname
    group by s.jobname
  )
  select concat_ws(
    '; ',
    'Not scheduled: ' || string_agg(j.jobname, ', ' order by j.jobname) filter (where j.active is null),
    'Scheduled, but not active: ' || string_agg(j.jobname, ', ' order by j.jobname) filter (where not j.active)
  ) || ': select sovereign_sync.schedule_sync()'
  from jobs as j
  where j.active is not true
  having count(*) > 0;
$$;

comment on function sovereign_sync.schedule_problem() is
  'Which jobs are missing or not active, with what mends it; null when none. security definer: service_role may not read '
  'cron.job.';

-- 50_monitoring/alerts.sql ============================================================================================
-- Alerts: opened, kept current and resolved by the conditions, and posted to the webhook.

create function sovereign_sync.note_conditions()
returns void
language sql
set search_path = ''
as $$
  with now_true as materialized (select c.* from sovereign_sync.sync_conditions() as c),
  resolved as (
    update sovereign_sync.alerts as a
    set resolved_at = now()
    where a.resolved_at is null and a.condition not in (select n.condition from now_true as n)
  )
  insert into sovereign_sync.alerts as a (condition, message, size)
  select n.condition, n.message, n.size from now_true as n
  on conflict (condition) where resolved_at is null do update set message = excluded.message, size = excluded.size;
$$;

comment on function sovereign_sync.note_conditions() is
  'Opens an alert for each condition that has become true, keeps the open ones current, resolves those that are true no more.';

create function sovereign_sync.project_name()
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  name text;
begin
  name := (select s.project_name from sovereign_sync.settings as s);
  if name is null then
    -- Of a project's own URL its reference, of any other the host: neither path nor password.
    name := regexp_replace(
      substring(sovereign_sync.read_secret('project_url') from '^https?://(?:[^/@]*@)?([a-zA-Z0-9._-]+)'), '\.supabase\.(co|in)$', ''
    );
  end if;
  return name;
exception when others then
  -- Vault cannot be read: an alert without the name is better than none.
  return null;
end;
$$;

comment on function sovereign_sync.project_name() is 'What alerts call the project, or null.';

create function sovereign_sync.alert_words(alert sovereign_sync.alerts)
returns text
language sql
immutable
set search_path = ''
as $$
  select case
    when alert.resolved_at is null then alert.message
    else format(
      'resolved after %s: %s.',
      sovereign_sync.counted(round(extract(epoch from alert.resolved_at - alert.opened_at) / 60)::bigint, 'minute'), alert.condition
    )
  end;
$$;

comment on function sovereign_sync.alert_words(sovereign_sync.alerts) is
  'What an alert says: what is wrong and what mends it, or that it is over.';

-- Slack takes &, < and > for its own; a Teams workflow takes Adaptive Cards only.
create function sovereign_sync.alert_body(alert sovereign_sync.alerts, project text)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select case s.alert_format
    when 'slack' then jsonb_build_object('text', replace(replace(replace(
      concat_ws(E'\n', t.title || ': ' || t.words, s.alert_link), '&', '&amp;'), '<', '&lt;'), '>', '&gt;'
    ))
    when 'teams' then jsonb_build_object(
      'type', 'message',
      'attachments', jsonb_build_array(jsonb_build_object(
        'contentType', 'application/vnd.microsoft.card.adaptive',
        'contentUrl', null,
        'content', jsonb_build_object(
          '$schema', 'http://adaptivecards.io/schemas/adaptive-card.json',
          'type', 'AdaptiveCard',
          'version', '1.4',
          'body', jsonb_build_array(
            jsonb_build_object('type', 'TextBlock', 'text', t.title, 'weight', 'Bolder', 'wrap', true),
            jsonb_build_object('type', 'TextBlock', 'text', t.words, 'wrap', true)
          ),
          'actions', case
            when s.alert_link is null then '[]'
            else jsonb_build_array(jsonb_build_object('type', 'Action.OpenUrl', 'title', 'Open', 'url', s.alert_link))
          end
        )
      ))
    )
    else jsonb_build_object(
      'condition', alert.condition,
      'state', case when alert.resolved_at is null then 'open' else 'resolved' end,
      'message', t.words,
      'size', alert.size,
      'project', alert_body.project,
      'link', s.alert_link,
      'opened_at', alert.opened_at,
      'resolved_at', alert.resolved_at
    )
  end
  from sovereign_sync.settings as s
  cross join (
    select 'Applications sync' || coalesce(' of ' || alert_body.project, '') as title, sovereign_sync.alert_words(alert) as words
  ) as t;
$$;

comment on function sovereign_sync.alert_body(sovereign_sync.alerts, text) is
  'What is posted of an alert, in the form that sync_settings.alert_format names.';

-- security definer: the cron job of an operator without access to Vault evaluates alerts too. The initialisers of a
-- declare are outside the block's handler, so there are none.
create function sovereign_sync.post_alert(alert sovereign_sync.alerts, out request_id bigint, out problem text)
language plpgsql
security definer
set search_path = ''
as $$
declare
  webhook_url text;
begin
  begin
    webhook_url := sovereign_sync.read_secret('alert_webhook_url');
  exception when others then
    problem := format('Vault''s alert_webhook_url cannot be read (%s)', sqlstate);
    return;
  end;
  if coalesce(webhook_url, '') <> '' then
    begin
      request_id := net.http_post(
        url => webhook_url, body => sovereign_sync.alert_body(alert, sovereign_sync.project_name()), timeout_milliseconds => 10000
      );
    exception when others then
      -- Not its message: that quotes the URL.
      problem := format('pg_net does not take Vault''s alert_webhook_url (%s): is it a URL?', sqlstate);
    end;
  end if;
end;
$$;

comment on function sovereign_sync.post_alert(sovereign_sync.alerts) is
  'Posts an alert to the webhook Vault names alert_webhook_url, if there is one. Raises nothing: says what the problem is.';

-- Told are the beginning, the end, and each doubling in between; and what could not be posted, until it is a day old.
create function sovereign_sync.tell_alerts()
returns void
language plpgsql
set search_path = ''
as $$
declare
  alert sovereign_sync.alerts;
  posted record;
begin
  for alert in
    select a.*
    from sovereign_sync.alerts as a
    where coalesce(a.resolved_at, 'infinity') > now() - interval '1 day'
      and (
        a.told_at is null
        or a.told_at < a.resolved_at
        or a.resolved_at is null and a.size >= 2 * greatest(a.told_size, 1)
        or a.post_error is not null and a.told_at < now() - interval '10 minutes'
      )
    order by a.id
  loop
    posted := sovereign_sync.post_alert(alert);
    update sovereign_sync.alerts as a
    set
      told_at = now(),
      told_size = a.size,
      post_request_id = posted.request_id,
      -- What was wrong is so until the answer says otherwise.
      post_error = case when posted.request_id is null then posted.problem else a.post_error end
    where a.id = alert.id;
  end loop;
end;
$$;

comment on function sovereign_sync.tell_alerts() is
  'Posts each change of an alert once, and again when the post failed.';

create function sovereign_sync.collect_posts()
returns void
language sql
set search_path = ''
as $$
  update sovereign_sync.alerts as a
  set
    post_request_id = null,
    post_error = case
      when r.status_code between 200 and 299 then null
      when r.status_code is not null then format('The webhook answered %s', r.status_code)
      when r.timed_out then 'The webhook did not answer in 10 s'
      else 'The webhook cannot be reached'
    end
  from net._http_response as r
  where r.id = a.post_request_id and sovereign_sync.is_answer_of(r.created, a.told_at);

  update sovereign_sync.alerts as a
  set post_request_id = null, post_error = 'pg_net brought no answer of the webhook'
  where a.post_request_id is not null and a.told_at < now() - interval '10 minutes';
$$;

comment on function sovereign_sync.collect_posts() is 'Reads back from pg_net what became of the posts to the webhook.';

-- 50_monitoring/causes.sql ============================================================================================
-- Why the schedule does not do its work, in words, with the remedy.

create function sovereign_sync.sentence(words text)
returns text
language sql
immutable
set search_path = ''
as $$ select case when sentence.words ~ '[.?]$' then sentence.words else sentence.words || '.' end; $$;

comment on function sovereign_sync.sentence(text) is 'Ends words with a full stop, unless they end a sentence already.';

-- Supabase makes a database read-only before its disk is full.
create function sovereign_sync.describe_full_disk()
returns text
language sql
immutable
set search_path = ''
as $$
  select 'the database''s disk is full or nearly so: enlarge it (Dashboard, Database, Settings), or make room; '
    || 'supabase/snippets/Sizes.sql says whose it is';
$$;

comment on function sovereign_sync.describe_full_disk() is 'What mends a database that cannot be written to.';

-- As Supabase does it; the Data API's own transactions say what they are, so it may still write while no job can.
create function sovereign_sync.database_is_read_only()
returns boolean
language sql
stable
set search_path = ''
as $$
  select current_setting('default_transaction_read_only')::boolean or exists (
    select from pg_catalog.pg_db_role_setting as s, unnest(s.setconfig) as c (setting)
    where s.setrole = 0
      and s.setdatabase in (0, (select d.oid from pg_catalog.pg_database as d where d.datname = current_database()))
      and c.setting ~ '^default_transaction_read_only=(on|true|yes|1)$'
  );
$$;

comment on function sovereign_sync.database_is_read_only() is
  'Whether new sessions, those of the jobs among them, may not write; also when this one still may.';

-- The reasons are our own words (the function's, or sovereign_sync.close_dead_run's); what mends them is known for some.
create function sovereign_sync.add_remedy(reason text)
returns text
language sql
immutable
set search_path = ''
as $$
  select left(add_remedy.reason, 300) || case
    when reason ~ 'answered ExpiredTokenException'
      then '; the function''s AWS keys have expired: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY anew (supabase secrets set)'
    when reason ~ 'answered (UnrecognizedClient|InvalidSignature|IncompleteSignature|MissingAuthenticationToken)Exception'
      or reason ~ 'answered InvalidClientTokenIdException'
      then '; AWS refuses the function''s keys: set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION (supabase secrets set)'
    when reason ~ 'answered AccessDeniedException'
      then '; the function''s AWS keys may not call OCC: allow them lambda:InvokeFunction on its Lambda'
    when reason like '%answered ResourceNotFoundException%'
      then '; there is no such Lambda in AWS_REGION: set LAMBDA_FUNCTION_APPLICATIONS_MAIN_PROD or …_TEST (supabase secrets set)'
    when reason ~ '\((53100|25006)\)' then '; ' || sovereign_sync.describe_full_disk()
    when reason like '%worker died%' then '; look at the function''s log, a lower SYNC_APPLICATION_BUDGET may help'
    when reason like '%next pass never came%' then '; sync_dispatches says what became of it'
    when reason like '%database%' then '; look at the project''s database'
    when reason ~ 'OCC|Lambda' then '; it is for OCC to mend, every tick tries again'
    else ''
  end;
$$;

comment on function sovereign_sync.add_remedy(text) is
  'The reason a run failed for, with what mends it as far as that is known.';

create function sovereign_sync.describe_failure(run public.tblsovereignapplicationssynclog)
returns text
language sql
immutable
set search_path = ''
as $$
  select sovereign_sync.add_remedy(coalesce(run.error_details ->> 'reason', 'nothing could be fetched or stored'));
$$;

comment on function sovereign_sync.describe_failure(public.tblsovereignapplicationssynclog) is
  'Why a run failed, in words, with what mends it.';

-- Neither what stood still while the schedule was paused is late, nor what waited for a long run somebody else had asked
-- for: that one kept at least one tick from opening a run of its own.
create function sovereign_sync.schedule_ran_at()
returns timestamptz
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select greatest(
      s.installed_at,
      s.resumed_at,
      (
        select l.sync_completed_at
        from public.tblsovereignapplicationssynclog as l
        where l.trigger = 'schedule' and l.status = 'completed' and l.sync_completed_at <= now()
        order by l.sync_completed_at desc
        limit 1
      ),
      (
        select max(l.sync_completed_at)
        from public.tblsovereignapplicationssynclog as l
        where l.trigger <> 'schedule' and l.sync_started_at > now() - interval '1 day'
          and l.sync_completed_at between l.sync_started_at + interval '5 minutes' and now()
      )
    )
    from sovereign_sync.settings as s
  );
end;
$$;

comment on function sovereign_sync.schedule_ran_at() is
  'When the schedule''s last run completed, or when it began to wait for one.';

create function sovereign_sync.failures_in_a_row()
returns bigint
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select count(*)
    from public.tblsovereignapplicationssynclog as l
    where l.trigger = 'schedule' and l.status = 'failed' and l.cancelled_at is null
      and l.sync_completed_at > coalesce((
        select c.sync_completed_at
        from public.tblsovereignapplicationssynclog as c
        where c.trigger = 'schedule' and c.status = 'completed' and c.sync_completed_at <= now()
        order by c.sync_completed_at desc
        limit 1
      ), '-infinity')
  );
end;
$$;

comment on function sovereign_sync.failures_in_a_row() is
  'How many runs of the schedule have failed since its last one that completed. What people ask for, or cancel, says '
  'nothing of it.';

create function sovereign_sync.last_failed_run()
returns public.tblsovereignapplicationssynclog
language sql
stable
set search_path = ''
as $$
  select l.*
  from public.tblsovereignapplicationssynclog as l
  where l.trigger = 'schedule' and l.status = 'failed' and l.cancelled_at is null and l.sync_completed_at <= now()
  order by l.sync_completed_at desc
  limit 1;
$$;

comment on function sovereign_sync.last_failed_run() is
  'The run of the schedule that failed last; none that was cancelled.';

-- A manual dispatch that the function answers with 400 failed for what its caller asked.
create function sovereign_sync.last_answered_dispatch()
returns public.sync_dispatches
language sql
stable
set search_path = ''
as $$
  select d.*
  from public.sync_dispatches as d
  where d.outcome is not null
    and (d.trigger = 'manual' and d.status_code = 400) is not true
    and d.dispatched_at >= coalesce(
      (select greatest(s.resumed_at, s.connected_at) from sovereign_sync.settings as s), '-infinity'
    )
  order by d.id desc
  limit 1;
$$;

comment on function sovereign_sync.last_answered_dispatch() is
  'The last call of the function of which is known what became of it, since the schedule was resumed or connected anew.';

create function sovereign_sync.dispatch_failed(dispatch public.sync_dispatches)
returns boolean
language sql
immutable
set search_path = ''
as $$ select coalesce(dispatch.outcome not in ('accepted', 'busy'), false); $$;

comment on function sovereign_sync.dispatch_failed(public.sync_dispatches) is
  'Whether a call did not get what it was made for.';

-- From the outside to the inside: no tick, no call, no run, a run that failed, a run that does not end.
create function sovereign_sync.why_no_run_completes()
returns text
language sql
stable
set search_path = ''
as $$
  select case
    when sovereign_sync.database_is_read_only() then 'the database is read-only; ' || sovereign_sync.describe_full_disk()
    when tick.at is null or tick.at < now() - greatest(s.alert_no_completed_run_after, interval '6 minutes')
      then coalesce(sovereign_sync.schedule_problem(), 'no tick has come' || coalesce(' since ' || to_char(tick.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC', '')
        || '; see whether pg_cron runs')
    when sovereign_sync.dispatch_failed(d) then sovereign_sync.describe_dispatch(d)
    when f.sync_completed_at > ran.at then sovereign_sync.describe_failure(f)
    when exists (
      select from public.tblsovereignapplicationssynclog as l
      where l.trigger = 'schedule' and l.cancelled_at is not null and l.sync_completed_at > ran.at
    ) then 'its runs were cancelled; sync_actions says by whom'
    when o.id is not null then format(
      'the run of %s does not come to its end; sync_runs shows it',
      to_char(o.sync_started_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC'
    )
    else 'no run was opened; sync_dispatches shows what became of the ticks'
  end
  from sovereign_sync.settings as s
  cross join (select sovereign_sync.schedule_ran_at() as at) as ran
  cross join (select max(d.dispatched_at) as at from sovereign_sync.dispatches as d where d.trigger = 'schedule') as tick
  left join sovereign_sync.last_answered_dispatch() as d on true
  left join sovereign_sync.last_failed_run() as f on true
  left join public.tblsovereignapplicationssynclog as o on o.status = 'running';
$$;

comment on function sovereign_sync.why_no_run_completes() is
  'Why the schedule brings no completed run, with what mends it.';

-- 50_monitoring/conditions.sql ========================================================================================
-- The conditions that raise alerts, each with its message.

create view sovereign_sync.queue_state with (security_invoker = true) as
select
  count(*) filter (where s.state = 'pending') as pending,
  count(*) filter (where s.state = 'failed') as failed,
  count(*) filter (where s.state = 'parked') as parked,
  count(*) filter (where s.state <> 'parked' and s.last_error is not null) as with_error,
  min(s.stale_since) filter (where s.state <> 'parked') as stale_since,
  min(s.stale_since) as waiting_since
from sovereign_sync.status as s
where s.next_attempt_at is not null and s.state <> 'gone';

comment on view sovereign_sync.queue_state is
  'One row: what is to be fetched, counted, and since when the oldest is out of date, without what is parked and with it.';

-- Which conditions hold now, in words. Counts, days, reasons and names of conditions only, no application's number: the
-- texts leave the database.
create function sovereign_sync.conditions_of(queue sovereign_sync.queue_state)
returns table (condition text, message text, size bigint)
language plpgsql
stable
rows 5
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    with settings as (select s.* from sovereign_sync.settings as s),
    silence as (
      select floor(extract(epoch from now() - sovereign_sync.schedule_ran_at()) / 60)::bigint as minutes
    ),
    failures as (select sovereign_sync.failures_in_a_row() as in_a_row),
    -- What waited while the schedule was paused is late from then on.
    status as (
      select
        (conditions_of.queue).parked,
        (conditions_of.queue).pending + (conditions_of.queue).failed as stale,
        (conditions_of.queue).failed,
        (conditions_of.queue).with_error,
        greatest((conditions_of.queue).stale_since, g.resumed_at) as stale_since
      from settings as g
    ),
    stale as (
      select
        t.stale as applications,
        t.failed,
        floor(extract(epoch from now() - t.stale_since) / 60)::bigint as minutes,
        case when t.with_error > 0 then (
          select replace(s.last_error, 'application ' || s.g3_application_number, 'it')
          from sovereign_sync.status as s
          where s.next_attempt_at is not null and s.state in ('pending', 'failed') and s.last_error is not null
          order by s.state = 'failed' desc, s.stale_since
          limit 1
        ) end as last_error
      from settings as g, status as t
      where g.paused_at is null and t.stale > 0 and t.stale_since < now() - g.alert_oldest_stale_after
    ),
    reconciliation as (
      select coalesce(l.changes_missed, 0) as missed
      from public.tblsovereignapplicationssynclog as l
      where l.trigger = 'reconciliation' and l.listed_at is not null
      order by l.sync_started_at desc
      limit 1
    ),
    -- The last run that noticed something, unless as many applications as say something have come since without it.
    anomalous as (
      select l.error_details -> 'anomalies' ->> -1 as anomaly
      from (
        select l.* from public.tblsovereignapplicationssynclog as l
        where l.error_details ? 'anomalies' and l.status <> 'running'
        order by l.sync_started_at desc
        limit 1
      ) as l
      where 20 > (
        select coalesce(sum(n.applications_fetched), 0)
        from public.tblsovereignapplicationssynclog as n
        where n.sync_started_at > l.sync_started_at and n.status <> 'running'
      )
    ),
    quality as (
      select format(
        'OCC no longer sends: %s (in none of the last %s applications).',
        array_to_string(m.attributes, ', '), m.absent
      ) as anomaly
      from sovereign_sync.missing_attributes() as m
      union all
      select sovereign_sync.sentence(left(a.anomaly, 300)) from anomalous as a
    ),
    missed as (
      select
        sum(sovereign_sync.ticks_between(d.silent_since, d.dispatched_at)) as ticks,
        min(d.silent_since) as since,
        max(d.dispatched_at) as until
      from sovereign_sync.dispatches as d
      where d.silent_since is not null and d.dispatched_at > now() - interval '1 hour'
    ),
    refused as (
      select coalesce(sum(r.requests), 0) as requests
      from sovereign_sync.unauthorized_requests as r where r.reported_at > now() - interval '1 hour'
    )
    -- Before a tick has noticed. A dispatch that was not sent says it itself.
    select 'not connected', sovereign_sync.sentence(sovereign_sync.connection_problem()), null::bigint
    where sovereign_sync.connection_problem() is not null
      and not exists (select from sovereign_sync.last_answered_dispatch() as d where d.outcome = 'not sent')
    union all
    select 'not scheduled', sovereign_sync.sentence(sovereign_sync.schedule_problem()), null
    where sovereign_sync.schedule_problem() is not null
    union all
    select
      'no completed run',
      sovereign_sync.sentence(format(
        'No scheduled sync has completed for %s: %s', sovereign_sync.counted(c.minutes, 'minute'), sovereign_sync.why_no_run_completes()
      )),
      c.minutes
    from settings as s, silence as c
    where s.paused_at is null
      and sovereign_sync.schedule_ran_at() < now() - s.alert_no_completed_run_after
      -- A backlog of hours that moves is not silence.
      and not exists (
        select from public.tblsovereignapplicationssynclog as l
        where l.status = 'running' and l.applications_upserted > 0 and not sovereign_sync.run_is_dead(l.heartbeat_at)
      )
    union all
    select
      'failures in a row',
      sovereign_sync.sentence(format(
        '%s in a row, the last one for this reason: %s',
        sovereign_sync.counted(f.in_a_row, 'scheduled sync has failed', 'scheduled syncs have failed'),
        sovereign_sync.describe_failure(sovereign_sync.last_failed_run())
      )),
      f.in_a_row
    from settings as s, failures as f
    where f.in_a_row >= s.alert_failures_in_a_row
    union all
    select
      'dispatch failed',
      sovereign_sync.sentence(format(
        'The database''s last call of the function failed (%s): %s', d.outcome, sovereign_sync.describe_dispatch(d)
      )),
      null
    from settings as s, sovereign_sync.last_answered_dispatch() as d
    where s.paused_at is null and sovereign_sync.dispatch_failed(d)
    union all
    select
      'list too large',
      format(
        'OCC cannot list so far back: what changed from %s to %s and not since is not known. The nightly reconciliation '
          'tries again; select accept_gap() leaves these days as they are.',
        g.from_date, g.to_date - 1
      ),
      g.to_date - g.from_date
    from sovereign_sync.gaps as g
    where g.closed_at is null
    union all
    select
      'applications parked',
      format(
        '%s after many attempts, and asked for once a day. sync_errors says why, and how to retry(); what nobody wants any '
          'more, select forget_application().',
        sovereign_sync.counted(t.parked, 'application is parked', 'applications are parked')
      ),
      t.parked
    from settings as s, status as t
    where t.parked >= s.alert_parked_from
    union all
    select
      'stale applications',
      sovereign_sync.sentence(format(
        '%s out of date, the oldest for %s%s%s. sync_failures says more',
        sovereign_sync.counted(t.applications, 'application is', 'applications are'),
        sovereign_sync.counted(t.minutes, 'minute'),
        case when t.failed > 0 then format('; %s failed at the last attempt', t.failed) else '; none of them has failed' end,
        coalesce(': ' || left(t.last_error, 200), '')
      )),
      t.minutes
    from stale as t
    union all
    select
      'changes missed',
      format(
        'The last reconciliation found %s that the five-minute runs had missed; they are being fetched. OCC listed them late, '
          'or OCC_TIME_ZONE is wrong.',
        sovereign_sync.counted(r.missed, 'change')
      ),
      r.missed
    from settings as s, reconciliation as r
    where r.missed >= s.alert_changes_missed_from
    union all
    select 'data quality', string_agg(q.anomaly, ' ') || ' If it stays so, ask OCC what has changed.', null
    from quality as q
    having count(q.anomaly) > 0
    union all
    select
      'refused requests',
      format(
        '%s without a valid secret within an hour: give whoever calls the function its CRON_SECRET; if nobody should, somebody '
          'guesses at it, in vain.',
        sovereign_sync.counted(r.requests::bigint, 'request')
      ),
      r.requests::bigint
    from settings as s, refused as r
    where r.requests >= s.alert_refused_per_hour
    union all
    select
      'ticks missed',
      format(
        'pg_cron missed %s between %s and %s UTC: the database was down or its jobs stood still; its log says which. What '
          'changed at OCC in between is fetched now.',
        sovereign_sync.counted(m.ticks, 'tick'),
        to_char(m.since at time zone 'UTC', 'YYYY-MM-DD HH24:MI'),
        to_char(m.until at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
      ),
      m.ticks
    from settings as s, missed as m
    where s.paused_at is null and m.ticks >= s.alert_missed_ticks_from;
end;
$$;

comment on function sovereign_sync.conditions_of(sovereign_sync.queue_state) is
  'The alert conditions that hold at this moment with such a queue, each with its message and, where it has one, its size.';

create function sovereign_sync.sync_conditions()
returns table (condition text, message text, size bigint)
language sql
stable
rows 5
set search_path = ''
as $$
  select c.* from sovereign_sync.queue_state as q cross join lateral sovereign_sync.conditions_of(q) as c;
$$;

comment on function sovereign_sync.sync_conditions() is
  'The alert conditions that hold at this moment, each with its message and, where it has one, its size.';

-- 50_monitoring/prune.sql =============================================================================================
-- Old records go at night, after as long as the settings say.

create function sovereign_sync.prune_sync_records()
returns void
language plpgsql
set search_path = ''
as $$
declare
  settings sovereign_sync.settings;
begin
  select s.* into settings from sovereign_sync.settings as s;
  -- Never the row the watermark rests on, however old: without it the next run would start 7 days ago.
  delete from public.tblsovereignapplicationssynclog as l
  where l.status is distinct from 'running'
    and coalesce(l.sync_completed_at, l.sync_started_at, '-infinity') < now() - settings.keep_log_for
    and l.id is distinct from (
      select w.id from public.tblsovereignapplicationssynclog as w
      where w.moves_watermark and (w.listed_at is not null or w.status = 'completed') and w.sync_started_at <= now()
      order by w.sync_started_at desc limit 1
    );
  delete from sovereign_sync.gaps as g where g.closed_at < now() - settings.keep_log_for;
  delete from sovereign_sync.alerts as a
  where a.resolved_at < now() - settings.keep_resolved_alerts_for;
  delete from sovereign_sync.actions as a where a.acted_at < now() - settings.keep_actions_for;
  delete from sovereign_sync.changes as h where h.changed_at < now() - settings.keep_history_for;
  delete from sovereign_sync.errors as e where e.last_seen_at < now() - settings.keep_log_for;
  delete from sovereign_sync.dispatches as d where d.dispatched_at < now() - settings.keep_job_runs_for;
  delete from sovereign_sync.unauthorized_requests as r where r.reported_at < now() - settings.keep_job_runs_for;
  delete from cron.job_run_details as d
  where d.end_time < now() - settings.keep_job_runs_for
    and d.jobid in (
      select j.jobid from cron.job as j
      where j.jobname in (select s.jobname from sovereign_sync.sync_jobs() as s)
    );
end;
$$;

comment on function sovereign_sync.prune_sync_records() is
  'Deletes log rows, closed gaps, alerts, actions, history, errors, dispatches and our jobs'' run details older than '
  'sync_settings says.';

-- 50_monitoring/uptime_ping.sql =======================================================================================
-- A dead man's switch. What runs inside the database cannot tell that the database is down, paused, or without pg_cron:
-- so after each completed run of the schedule an outside service is called, which raises the alarm when the call does
-- not come.
--
-- The minutely watch calls, not the run that completes: no Vault and no pg_net can fail a run then, and the call also
-- vouches for the watch, without which there are no alerts.

-- Who is called from time to time need not be called again: the next run is five minutes away. security definer: it reads
-- Vault. No error of it is told in its own words: they quote the URL.
create function sovereign_sync.send_heartbeat()
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  last_completed timestamptz;
  heartbeat_url text;
  request bigint;
  problem text;
begin
  begin
    heartbeat_url := sovereign_sync.read_secret('heartbeat_url');
  exception when others then
    problem := format('Vault''s heartbeat_url cannot be read (%s)', sqlstate);
  end;
  if coalesce(heartbeat_url, '') = '' and problem is null then
    update sovereign_sync.uptime_ping as h
    set request_id = null, error = null
    where h.request_id is not null or h.error is not null;
    return;
  end if;

  -- One that completed long ago is no sign of life.
  select l.sync_completed_at into last_completed
  from public.tblsovereignapplicationssynclog as l
  where l.trigger = 'schedule' and l.status = 'completed'
    and l.sync_completed_at between now() - interval '10 minutes' and now()
  order by l.sync_completed_at desc
  limit 1;
  if last_completed is null or last_completed <= (select h.completed_at from sovereign_sync.uptime_ping as h) then
    return;
  end if;
  if problem is null then
    begin
      request := net.http_get(url => heartbeat_url, timeout_milliseconds => 10000);
    exception when others then
      problem := format('pg_net does not take Vault''s heartbeat_url (%s): is it a URL?', sqlstate);
    end;
  end if;
  update sovereign_sync.uptime_ping as h
  set
    completed_at = last_completed,
    sent_at = now(),
    request_id = request,
    -- What was wrong is so until the answer says otherwise.
    error = case when request is null then problem else h.error end
  where h.one_row;
end;
$$;

comment on function sovereign_sync.send_heartbeat() is
  'Calls the URL that Vault names heartbeat_url, if there is one, once for each completed run of the schedule.';

create function sovereign_sync.collect_heartbeat()
returns void
language sql
set search_path = ''
as $$
  update sovereign_sync.uptime_ping as h
  set
    request_id = null,
    error = case
      when r.status_code between 200 and 299 then null
      when r.status_code is not null then format('heartbeat_url answered %s', r.status_code)
      when r.timed_out then 'heartbeat_url did not answer in 10 s'
      else 'heartbeat_url cannot be reached'
    end
  from net._http_response as r
  where r.id = h.request_id and sovereign_sync.is_answer_of(r.created, h.sent_at);

  update sovereign_sync.uptime_ping as h
  set request_id = null, error = 'pg_net brought no answer of heartbeat_url'
  where h.request_id is not null and h.sent_at < now() - interval '3 minutes';
$$;

comment on function sovereign_sync.collect_heartbeat() is 'Reads back from pg_net what became of the last call.';

-- 50_monitoring/watch.sql =============================================================================================
-- Every minute: the outcomes of the calls, which alerts begin, grow and end, and whom to notify.

-- Each step fails alone: what pg_net or Vault cannot do must not silence the others.
create function sovereign_sync.watch_sync()
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- One evaluation at a time; the next one is a minute away.
  if not pg_try_advisory_xact_lock(hashtext('sovereign_sync.watch_sync')) then
    return;
  end if;
  begin
    perform sovereign_sync.collect_dispatches();
    perform sovereign_sync.collect_posts();
  exception when others then
    raise warning 'Cannot read back pg_net''s responses: %', sqlstate;
  end;
  begin
    perform sovereign_sync.collect_heartbeat();
    perform sovereign_sync.send_heartbeat();
  exception when others then
    raise warning 'Cannot send the heartbeat: %', sqlstate;
  end;
  begin
    perform sovereign_sync.close_abandoned_run();
  exception when others then
    raise warning 'Cannot end the abandoned run: %', sqlstate;
  end;
  begin
    perform sovereign_sync.send_waiting_sync();
  exception when others then
    raise warning 'Cannot send the sync that waits: %', sqlstate;
  end;
  perform sovereign_sync.note_conditions();
  perform sovereign_sync.tell_alerts();
end;
$$;

comment on function sovereign_sync.watch_sync() is
  'Every minute: reads back what became of the dispatches, sends the heartbeat, ends an abandoned run, asks again for the '
  'sync that waits, opens and resolves alerts, posts each change once.';

-- 60_operations/cancel.sql ============================================================================================
-- Cancelling the run that is open.

-- The pass at work hears of it at its next call, and ends the run itself: nobody else can tell what it has in flight. A
-- run that no pass is at is ended here; the next pass it asked for finds it ended.
create function public.cancel_sync()
returns text
language plpgsql
set search_path = ''
as $$
declare
  run public.tblsovereignapplicationssynclog;
  is_at_work boolean;
  result text;
begin
  select l.* into run from public.tblsovereignapplicationssynclog as l where l.status = 'running' for update;
  is_at_work := run.lease is not null and not sovereign_sync.run_is_dead(run.heartbeat_at);
  if run.id is null then
    result := 'No sync is running.';
  elsif is_at_work and run.cancelled_at is not null then
    result := format('Sync %s is being cancelled already.', run.id);
  else
    update public.tblsovereignapplicationssynclog as l
    set
      cancelled_at = coalesce(l.cancelled_at, now()),
      -- The log is read by others than operators, so it names nobody.
      cancelled_by = coalesce(
        l.cancelled_by, case when sovereign_sync.acting_role() = 'authenticated' then 'an operator' else sovereign_sync.acting_role() end
      )
    where l.id = run.id
    returning l.* into run;
    if not is_at_work then
      perform sovereign_sync.close_dead_run(run);
    end if;
    delete from sovereign_sync.queued_sync as w where w.one_row;
    result := format(
      'Sync %s %s. What it left goes on with the next tick, unless the schedule is paused.%s',
      run.id, case when is_at_work then 'ends within half a minute' else 'is cancelled' end,
      case when found then ' The sync that waited for its end is cancelled too.' else '' end
    );
  end if;
  return sovereign_sync.record_action('cancel_sync', '{}', result);
end;
$$;

comment on function public.cancel_sync() is
  'Ends the run that is open, as failed with the reason that it was cancelled, and with it the sync that waits for its end. '
  'What it has stored stays, what is in flight is given back.';

-- 60_operations/forget.sql ============================================================================================
-- Taking an application off the queue.

create function public.forget_application(id text, reason text)
returns text
language plpgsql
set search_path = ''
as $$
declare
  forgotten sovereign_sync.status;
  is_stored constant boolean := exists (
    select from public.tblsovereignapplications as m where m.g3_application_number = forget_application.id
  );
begin
  if coalesce(trim(forget_application.reason), '') = '' then
    raise exception 'Cannot forget %: reason is empty', coalesce(forget_application.id, 'null')
      using errcode = '22023', hint = 'Say why, for those who look for it later: sync_actions keeps it.';
  end if;
  delete from sovereign_sync.status as s where s.g3_application_number = forget_application.id returning s.* into forgotten;
  return sovereign_sync.record_action('forget_application', jsonb_build_object('id', id, 'reason', reason), format(
    case
      when forgotten.g3_application_number is null then
        case when is_stored then '%s is stored, and not on the queue.' else 'Nothing is known of %s.' end
      when is_stored then
        '%s is off the queue; it was %s. Its stored row stays. It comes back when OCC lists it with another date than is '
          'stored.'
      else '%s is off the queue; it was %s, and never stored. It comes back when OCC lists it.'
    end,
    forget_application.id, forgotten.state
  ));
end;
$$;

comment on function public.forget_application(text, text) is
  'Takes an application off the queue, such as a wrong number somebody asked for, for a reason that sync_actions keeps. A '
  'stored row stays.';

-- 60_operations/gate.sql ==============================================================================================
-- The one gate for operators who signed in. They have the role authenticated, which may execute none of the functions
-- that change something. sovereign_sync.operate() runs with its owner's rights: it checks who acts, then calls the
-- function, which records the action with the person.

create function sovereign_sync.to_texts(list jsonb)
returns text[]
language sql
immutable
set search_path = ''
as $$
  select case
    when jsonb_typeof(to_texts.list) = 'array' then array(select jsonb_array_elements_text(to_texts.list))
  end;
$$;

comment on function sovereign_sync.to_texts(jsonb) is 'An array of JSON as one of texts; null when it is none.';

create function sovereign_sync.require_applications(applications text[])
returns text[]
language plpgsql
immutable
set search_path = ''
as $$
begin
  if (cardinality(require_applications.applications) between 1 and 500) is not true then
    raise exception 'applications must be 1 to 500 application numbers, not %',
      coalesce(cardinality(require_applications.applications), 0)
      using errcode = '22023';
  end if;
  if exists (
    select from unnest(require_applications.applications) as i (id)
    where (i.id ~ '\S' and length(i.id) <= 200) is not true
  ) then
    raise exception 'applications must not have an empty number, nor one of more than 200 characters' using errcode = '22023';
  end if;
  return array(select distinct i.id from unnest(require_applications.applications) as i (id) order by i.id);
end;
$$;

comment on function sovereign_sync.require_applications(text[]) is
  'Application numbers, each once; raises for what can be none.';

create function sovereign_sync.sync_now_as_operator(since date, force boolean)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  message constant text := public.sync_now(sync_now_as_operator.since, coalesce(sync_now_as_operator.force, false));
begin
  return jsonb_build_object(
    'message', message,
    'run', (select l.id from public.tblsovereignapplicationssynclog as l where l.status = 'running')
  );
end;
$$;

comment on function sovereign_sync.sync_now_as_operator(date, boolean) is
  'sync_now(), with the run whose end it waits for, if there is one.';

create function sovereign_sync.preview_retry(applications text[], fingerprint text, everything boolean)
returns jsonb
language sql
stable
set search_path = ''
as $$
  with previewed as materialized (
    select r.application, r.state
    from public.retry_preview(
      preview_retry.applications, preview_retry.fingerprint, coalesce(preview_retry.everything, false)
    ) as r
  )
  select jsonb_build_object(
    'applications', (select count(*) from previewed),
    'by_state', (
      select coalesce(jsonb_object_agg(s.state, s.count), '{}')
      from (select p.state, count(*) from previewed as p group by p.state) as s
    ),
    'examples', array(select p.application from previewed as p order by p.application limit 10),
    'message', (
      select sovereign_sync.counted(count(*), 'application is', 'applications are') || ' fetched by the next sync.' from previewed
    )
  );
$$;

comment on function sovereign_sync.preview_retry(text[], text, boolean) is
  'How many applications retry() would try again, and which.';

create function sovereign_sync.retry_as_operator(applications text[], fingerprint text, everything boolean)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  retried constant jsonb := sovereign_sync.preview_retry(applications, fingerprint, everything) -> 'applications';
begin
  return jsonb_build_object(
    'message', public.retry(applications, fingerprint, coalesce(everything, false)), 'applications', retried
  );
end;
$$;

comment on function sovereign_sync.retry_as_operator(text[], text, boolean) is 'retry(), with how many it was.';

create function sovereign_sync.preview_forget(applications text[])
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'applications', count(s.g3_application_number),
    'stored', count(m.g3_application_number),
    'message', concat_ws(
      ' ',
      sovereign_sync.counted(count(s.g3_application_number), 'application comes', 'applications come') || ' off the queue.',
      case when count(m.g3_application_number) > 0 then format(
        '%s; %s.',
        sovereign_sync.counted(count(m.g3_application_number), 'stored row stays', 'stored rows stay'),
        'it comes back when OCC lists another date than is stored'
      ) end,
      sovereign_sync.counted(nullif(count(*) filter (where s.g3_application_number is null), 0), 'number is', 'numbers are')
        || ' not on it.'
    )
  )
  from unnest(sovereign_sync.require_applications(preview_forget.applications)) as i (id)
  left join sovereign_sync.status as s on s.g3_application_number = i.id
  left join public.tblsovereignapplications as m on m.g3_application_number = i.id;
$$;

comment on function sovereign_sync.preview_forget(text[]) is
  'How many applications forget_application() would take off the queue.';

-- In order, as everybody locks several of them.
create function sovereign_sync.forget_as_operator(applications text[], reason text)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  ids constant text[] := sovereign_sync.require_applications(forget_as_operator.applications);
  forgotten constant integer := (
    select count(*) from sovereign_sync.status as s where s.g3_application_number = any (ids)
  );
  one text;
  message text;
begin
  foreach one in array ids loop
    message := public.forget_application(one, left(forget_as_operator.reason, 1000));
  end loop;
  return jsonb_build_object(
    'message', case
      when cardinality(ids) = 1 then message
      else sovereign_sync.counted(forgotten, 'application is', 'applications are') || ' off the queue.'
    end,
    'applications', forgotten
  );
end;
$$;

comment on function sovereign_sync.forget_as_operator(text[], text) is 'forget_application() of each.';

create function sovereign_sync.request_as_operator(applications text[])
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  ids constant text[] := sovereign_sync.require_applications(request_as_operator.applications);
  run public.tblsovereignapplicationssynclog;
begin
  perform public.request_applications(ids);
  -- Locked, so that the run cannot end without having seen what is asked for here.
  select l.* into run from public.tblsovereignapplicationssynclog as l where l.status = 'running' for share;
  return jsonb_build_object(
    'message',
    format('%s asked for. ', sovereign_sync.counted(cardinality(ids), 'application is', 'applications are'))
      || case
        when run.id is not null and not sovereign_sync.run_is_dead(run.heartbeat_at)
        then format('The run that is open fetches %s before all others.', case when cardinality(ids) = 1 then 'it' else 'them' end)
        -- A request opens an ordinary run or joins the open one.
        else public.sync_now()
      end,
    'applications', cardinality(ids)
  );
end;
$$;

comment on function sovereign_sync.request_as_operator(text[]) is
  'request_applications(), with what comes of it; with no run open it asks for one.';

create function sovereign_sync.operate(action text, arguments jsonb default '{}')
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  applications text[] := sovereign_sync.to_texts(operate.arguments -> 'applications');
  fingerprint constant text := operate.arguments ->> 'fingerprint';
  everything constant boolean := (operate.arguments ->> 'everything')::boolean;
  since constant date := (operate.arguments ->> 'since')::date;
begin
  perform sovereign_sync.require_operator(replace(operate.action, '_', ' '));
  if applications is not null then
    applications := sovereign_sync.require_applications(applications);
  end if;
  return case operate.action
    when 'sync_now' then sovereign_sync.sync_now_as_operator(since, (operate.arguments ->> 'force')::boolean)
    when 'request_applications' then sovereign_sync.request_as_operator(applications)
    when 'cancel_sync' then jsonb_build_object('message', public.cancel_sync())
    when 'pause_sync' then jsonb_build_object('message', public.pause_sync())
    when 'resume_sync' then jsonb_build_object('message', public.resume_sync())
    when 'accept_gap' then jsonb_build_object('message', public.accept_gap())
    when 'start_from' then
      jsonb_build_object('message', public.start_from((operate.arguments ->> 'day')::date))
    when 'reconcile' then jsonb_build_object('message', public.reconcile(since))
    when 'retry_preview' then sovereign_sync.preview_retry(applications, fingerprint, everything)
    when 'retry' then sovereign_sync.retry_as_operator(applications, fingerprint, everything)
    when 'forget_preview' then sovereign_sync.preview_forget(applications)
    when 'forget' then sovereign_sync.forget_as_operator(applications, operate.arguments ->> 'reason')
    when 'change_thresholds' then
      jsonb_build_object('message', sovereign_sync.change_thresholds(operate.arguments -> 'thresholds'))
    when 'read_actions' then sovereign_sync.read_actions(
      (operate.arguments ->> 'before')::bigint, (operate.arguments ->> 'page_size')::integer
    )
  end;
end;
$$;

comment on function sovereign_sync.operate(text, jsonb) is
  'The one gate of what operators do: asks who it is, then does it. Raises 42501 for anybody else.';

-- 60_operations/operators.sql =========================================================================================
-- Who acts, whether they may, and the record of it.

create function sovereign_sync.acting_role()
returns text
language sql
stable
set search_path = ''
as $$ select coalesce(nullif(current_setting('role'), 'none'), session_user); $$;

comment on function sovereign_sync.acting_role() is
  'The database role that acts, also inside a function that runs with its owner''s rights.';

-- A session may set anything under this name: what is no object of JSON is no claim. It is what auth.jwt() reads, where
-- there is Supabase's schema auth.
create function sovereign_sync.request_claims()
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  claims jsonb;
begin
  claims := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
  return case when jsonb_typeof(claims) = 'object' then claims end;
exception when others then
  return null;
end;
$$;

comment on function sovereign_sync.request_claims() is
  'The claims of the token a request of the Data API came with; null without one, or where they cannot be read.';

-- app_metadata is written with a secret key alone; user_metadata by each user, so it is not looked at.
create function sovereign_sync.is_operator()
returns boolean
language sql
stable
set search_path = ''
as $$
  select case sovereign_sync.acting_role()
    when 'postgres' then true
    when 'service_role' then true
    when 'authenticated' then coalesce(
      c.claims -> 'role' = '"authenticated"' and c.claims #> '{app_metadata,sync_role}' = '"operator"', false
    )
    else false
  end
  from sovereign_sync.request_claims() as c (claims);
$$;

comment on function sovereign_sync.is_operator() is
  'Whether who acts may act: a signed-in user whose app_metadata says {"sync_role": "operator"}, service_role, or postgres.';

create function sovereign_sync.require_operator(action text)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  if not sovereign_sync.is_operator() then
    raise exception 'Only an operator may do this: %', require_operator.action
      using errcode = '42501', hint = 'As postgres: update auth.users set raw_app_meta_data = '
        'coalesce(raw_app_meta_data, ''{}'') || ''{"sync_role": "operator"}'' where email = ''…''; it counts from the next '
        'sign-in on.';
  end if;
end;
$$;

comment on function sovereign_sync.require_operator(text) is 'Raises unless who acts is an operator.';

-- security definer: nobody who acts may write the record. The operator functions run with their caller's rights, so
-- service_role has to be allowed this one too; but the API does not expose the schema, and service_role cannot log in.
create function sovereign_sync.record_action(action text, arguments jsonb, result text)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  claims constant jsonb := sovereign_sync.request_claims();
begin
  insert into sovereign_sync.actions (action, arguments, result, role_name, user_id, email, application_name)
  values (
    record_action.action,
    record_action.arguments,
    record_action.result,
    sovereign_sync.acting_role(),
    left(claims ->> 'sub', 100),
    left(claims ->> 'email', 320),
    nullif(current_setting('application_name'), '')
  );
  return record_action.result;
end;
$$;

comment on function sovereign_sync.record_action(text, jsonb, text) is
  'Records an operator''s action with who took it, and returns its result.';

-- 60_operations/pause.sql =============================================================================================
-- Stopping the schedule, and starting it again.

create function public.pause_sync()
returns text
language plpgsql
set search_path = ''
as $$
begin
  update sovereign_sync.settings as s set paused_at = now() where s.paused_at is null;
  return sovereign_sync.record_action('pause_sync', '{}', case
    when found then 'Paused: ticks send nothing. A run under way goes on to its end; select cancel_sync() ends it.'
    else 'Paused already.'
  end);
end;
$$;

comment on function public.pause_sync() is 'Stops the schedule; sync_now() still works.';

create function public.resume_sync()
returns text
language plpgsql
set search_path = ''
as $$
declare
  dispatch_id bigint;
begin
  update sovereign_sync.settings as s set paused_at = null, resumed_at = now() where s.paused_at is not null;
  if not found then
    return sovereign_sync.record_action('resume_sync', '{}', 'Not paused.');
  end if;
  dispatch_id := sovereign_sync.invoke_sync_applications();
  return sovereign_sync.record_action('resume_sync', '{}', coalesce(
    'Resumed: the schedule goes on, but no sync was requested. ' || sovereign_sync.why_not_sent(dispatch_id),
    'Resumed: a sync was requested, and the schedule goes on.'
  ));
end;
$$;

comment on function public.resume_sync() is 'Lets the schedule go on, beginning now.';

-- 60_operations/reconcile.sql =========================================================================================
-- The nightly reconciliation: a long list finds what the short ones missed.

create function sovereign_sync.reconcile_since()
returns date
language sql
stable
set search_path = ''
as $$
  select least(
    sovereign_sync.today() - s.reconcile_days, (select g.from_date from sovereign_sync.gaps as g where g.closed_at is null)
  )
  from sovereign_sync.settings as s;
$$;

comment on function sovereign_sync.reconcile_since() is
  'The day the nightly reconciliation lists from: 30 days ago, or the beginning of the open gap.';

-- Asked for every hour, because cron knows UTC only; and every hour of the night until it ran: another sync may have
-- been in its way.
create function sovereign_sync.reconcile_sync()
returns bigint
language sql
set search_path = ''
as $$
  select sovereign_sync.dispatch_sync('reconciliation', jsonb_build_object(
    'since', sovereign_sync.reconcile_since()
  ))
  from sovereign_sync.settings as s
  where s.paused_at is null
    and extract(hour from now() at time zone s.time_zone) between 1 and 5
    and not exists (
      select from public.tblsovereignapplicationssynclog as l
      where l.trigger = 'reconciliation' and l.listed_at is not null
        -- Not one that somebody asked for and that goes less far back.
        and l.since_date <= sovereign_sync.today() - s.reconcile_days
        and l.sync_started_at between now() - interval '20 hours' and now()
    );
$$;

comment on function sovereign_sync.reconcile_sync() is
  'At night, where the credit union is: lists the last 30 days, or from the beginning of the open gap. Finds changes the '
  'five-minute runs missed, and says how many (changes_missed), and applications that are gone at OCC.';

create function public.reconcile(since date default null)
returns text
language plpgsql
set search_path = ''
as $$
declare
  dispatch_id bigint;
begin
  perform sovereign_sync.require_past('Cannot reconcile since', reconcile.since);
  dispatch_id := sovereign_sync.dispatch_sync(
    'reconciliation', jsonb_build_object('since', coalesce(reconcile.since, sovereign_sync.reconcile_since()))
  );
  return sovereign_sync.record_action(
    'reconcile', jsonb_build_object('since', reconcile.since),
    coalesce(sovereign_sync.why_not_sent(dispatch_id), format(
      'Requested (dispatch %s) since %s. Watch it in sync_runs; sync_dispatches says whether the function took it. What is '
        'found to be gone at OCC stands in sync_gone a quarter of an hour later.',
      dispatch_id, coalesce(reconcile.since, sovereign_sync.reconcile_since())
    ))
  );
end;
$$;

comment on function public.reconcile(date) is
  'Asks for a reconciliation now, since a date or as the nightly one: finds changes that were missed, and applications that '
  'are gone at OCC.';

-- 60_operations/retry.sql =============================================================================================
-- What failed is tried again by itself; an operator who has fixed the cause need not wait for it.

create function sovereign_sync.to_retry(applications text[], fingerprint text, everything boolean)
returns setof sovereign_sync.status
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  unknown text;
begin
  if num_nonnulls(to_retry.applications, to_retry.fingerprint, nullif(to_retry.everything, false)) <> 1 then
    raise exception 'Cannot retry: say which by exactly one of applications, fingerprint and everything'
      using errcode = '22023', hint = 'applications => array[''G3-…''], fingerprint => ''…'' (one of sync_errors), '
        'everything => true';
  end if;

  unknown := (
    select string_agg(coalesce(i.id, 'null'), ', ' order by i.id)
    from unnest(to_retry.applications) as i (id)
    where not exists (select from sovereign_sync.status as s where s.g3_application_number = i.id)
  );
  if unknown is not null then
    raise exception 'Cannot retry %: nothing is known of it', unknown
      using errcode = '22023', hint = 'select request_applications(array[''G3-…'']) asks OCC for an application.';
  end if;

  if to_retry.fingerprint is not null and not exists (
    select from public.sync_errors as e where e.fingerprint = to_retry.fingerprint
  ) then
    raise exception 'Cannot retry what failed with "%": there is no such fingerprint', to_retry.fingerprint
      using errcode = '22023', hint = 'select fingerprint from sync_errors';
  end if;

  return query
    select s.*
    from sovereign_sync.status as s
    where case
      -- One that is named may be in whatever state it is not fetched in soon.
      when to_retry.applications is not null
        then s.g3_application_number = any (to_retry.applications) and s.state not in ('synced', 'pending')
      else s.state in ('failed', 'parked') and (
        to_retry.everything or sovereign_sync.fingerprint(s.last_error, s.g3_application_number) = to_retry.fingerprint
      )
    end;
end;
$$;

comment on function sovereign_sync.to_retry(text[], text, boolean) is
  'The applications that retry() would try again. Raises unless it is said which, and names what is not known.';

create function public.retry_preview(
  applications text[] default null,
  fingerprint text default null,
  everything boolean default false
)
returns table (application text, state text, attempts integer, last_error text)
language sql
stable
set search_path = ''
as $$
  select s.g3_application_number, s.state, s.attempts, s.last_error
  from sovereign_sync.to_retry(retry_preview.applications, retry_preview.fingerprint, retry_preview.everything) as s
  order by s.state desc, s.g3_application_number;
$$;

comment on function public.retry_preview(text[], text, boolean) is
  'Which applications retry() would try again, called with the same arguments. It changes nothing.';

create function public.retry(
  applications text[] default null,
  fingerprint text default null,
  everything boolean default false
)
returns text
language plpgsql
set search_path = ''
as $$
declare
  retried text[];
  states text;
  others text;
begin
  retried := array(
    select s.g3_application_number
    from sovereign_sync.status as s
    where s.g3_application_number = any (array(
      select t.g3_application_number
      from sovereign_sync.to_retry(retry.applications, retry.fingerprint, retry.everything) as t
    ))
    order by s.g3_application_number
    for update
  );
  states := (
    select string_agg(t.count || ' ' || t.state, ', ' order by t.state desc)
    from (
      select s.state, count(*) from sovereign_sync.status as s
      where s.g3_application_number = any (retried) group by s.state
    ) as t
  );
  others := (
    select string_agg(s.g3_application_number || ' (' || s.state || ')', ', ' order by s.g3_application_number)
    from sovereign_sync.status as s
    where s.g3_application_number = any (retry.applications) and s.g3_application_number <> all (retried)
  );
  perform sovereign_sync.make_pending(retried);
  update sovereign_sync.status as s set force = true where s.g3_application_number = any (retried);
  return sovereign_sync.record_action(
    'retry',
    jsonb_strip_nulls(jsonb_build_object(
      'applications', to_jsonb(retry.applications[1:100]), 'fingerprint', fingerprint, 'everything', nullif(everything, false)
    )),
    concat_ws(
      ' ',
      case
        when states is null then 'Nothing to retry.'
        else sovereign_sync.counted(
          cardinality(retried), 'application is', 'applications are'
        ) || ' fetched by the next sync (' || states || ').'
      end,
      'Left alone: ' || others || '.'
    )
  );
end;
$$;

comment on function public.retry(text[], text, boolean) is
  'Gives applications that failed, parked ones too, all their attempts again: those named, those that fail for one cause '
  '(a fingerprint of sync_errors), or everything. The next answer is stored whatever its date.';

-- 60_operations/signed_in.sql =========================================================================================
-- What an operator does from the dashboard: each function hands its arguments to the gate.

create function public.operator_sync_now(since date default null, force boolean default false)
returns jsonb
language sql
set search_path = ''
return sovereign_sync.operate('sync_now', jsonb_build_object('since', since, 'force', force));

comment on function public.operator_sync_now(date, boolean) is
  'sync_now(), for an operator who signed in. run: the one that is open already, which it has to wait for, or null.';

create function public.operator_request_applications(applications text[])
returns jsonb
language sql
set search_path = ''
return sovereign_sync.operate('request_applications', jsonb_build_object('applications', applications));

comment on function public.operator_request_applications(text[]) is
  'request_applications(), for an operator who signed in: 1 to 500 of them.';

create function public.operator_cancel_sync()
returns jsonb
language sql
set search_path = ''
return sovereign_sync.operate('cancel_sync');

comment on function public.operator_cancel_sync() is 'cancel_sync(), for an operator who signed in.';

create function public.operator_pause_sync()
returns jsonb
language sql
set search_path = ''
return sovereign_sync.operate('pause_sync');

comment on function public.operator_pause_sync() is 'pause_sync(), for an operator who signed in.';

create function public.operator_resume_sync()
returns jsonb
language sql
set search_path = ''
return sovereign_sync.operate('resume_sync');

comment on function public.operator_resume_sync() is 'resume_sync(), for an operator who signed in.';

create function public.operator_accept_gap()
returns jsonb
language sql
set search_path = ''
return sovereign_sync.operate('accept_gap');

comment on function public.operator_accept_gap() is 'accept_gap(), for an operator who signed in.';

create function public.operator_start_from(day date)
returns jsonb
language sql
set search_path = ''
return sovereign_sync.operate('start_from', jsonb_build_object('day', day));

comment on function public.operator_start_from(date) is
  'start_from(), for an operator who signed in. Null takes it back.';

create function public.operator_reconcile(since date default null)
returns jsonb
language sql
set search_path = ''
return sovereign_sync.operate('reconcile', jsonb_build_object('since', since));

comment on function public.operator_reconcile(date) is 'reconcile(), for an operator who signed in.';

create function public.operator_retry_preview(
  applications text[] default null,
  fingerprint text default null,
  everything boolean default false
)
returns jsonb
language sql
stable
set search_path = ''
return sovereign_sync.operate(
  'retry_preview',
  jsonb_build_object('applications', applications, 'fingerprint', fingerprint, 'everything', everything)
);

comment on function public.operator_retry_preview(text[], text, boolean) is
  'What operator_retry() would try again, by the same arguments: how many, in which states, some of them.';

create function public.operator_retry(
  applications text[] default null,
  fingerprint text default null,
  everything boolean default false
)
returns jsonb
language sql
set search_path = ''
return sovereign_sync.operate(
  'retry',
  jsonb_build_object('applications', applications, 'fingerprint', fingerprint, 'everything', everything)
);

comment on function public.operator_retry(text[], text, boolean) is 'retry(), for an operator who signed in.';

create function public.operator_forget_preview(applications text[])
returns jsonb
language sql
stable
set search_path = ''
return sovereign_sync.operate('forget_preview', jsonb_build_object('applications', applications));

comment on function public.operator_forget_preview(text[]) is
  'What operator_forget() would take off the queue, and how many of them are stored.';

create function public.operator_forget(applications text[], reason text)
returns jsonb
language sql
set search_path = ''
return sovereign_sync.operate('forget', jsonb_build_object('applications', applications, 'reason', reason));

comment on function public.operator_forget(text[], text) is
  'forget_application() of 1 to 500, for an operator who signed in.';

create function public.operator_change_thresholds(thresholds jsonb)
returns jsonb
language sql
set search_path = ''
return sovereign_sync.operate('change_thresholds', jsonb_build_object('thresholds', thresholds));

comment on function public.operator_change_thresholds(jsonb) is
  'Changes thresholds of the alerts, by the names and in the limits of sync_thresholds(): {"alert_parked_from": 5}. '
  'All or nothing.';

-- 60_operations/sync_now.sql ==========================================================================================
-- Asking for a sync now.

create function sovereign_sync.require_past(action text, day date)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if require_past.day > sovereign_sync.today() then
    raise exception '% %: it must not be in the future; today is % in %',
      require_past.action, require_past.day, sovereign_sync.today(), (select s.time_zone from sovereign_sync.settings as s)
      using errcode = '22023', hint = 'sync_settings.time_zone says which day it is.';
  end if;
end;
$$;

comment on function sovereign_sync.require_past(text, date) is
  'Raises when a day has not come yet where the credit union is.';

create function sovereign_sync.describe_range(since date, force boolean)
returns text
language sql
immutable
set search_path = ''
as $$
  select coalesce('since ' || describe_range.since, 'since the last sync')
    || case when describe_range.force then ', whatever is current' else '' end;
$$;

comment on function sovereign_sync.describe_range(date, boolean) is 'What a sync covers, in words.';

create function public.sync_now(since date default null, force boolean default false)
returns text
language plpgsql
set search_path = ''
as $$
declare
  run public.tblsovereignapplicationssynclog;
  waiting sovereign_sync.queued_sync;
  dispatch_id bigint;
  result text;
begin
  perform sovereign_sync.require_past('Cannot sync since', sync_now.since);
  -- Locked, so that the run cannot end between this look and the commit, and leave what waits for it behind.
  select l.* into run from public.tblsovereignapplicationssynclog as l where l.status = 'running' for share;
  if run.id is not null and not sovereign_sync.run_is_dead(run.heartbeat_at) then
    waiting := sovereign_sync.let_sync_wait(sync_now.since, coalesce(sync_now.force, false));
    result := format(
      'Sync %s is running. The next one, %s, waits for its end and begins then.',
      run.id, sovereign_sync.describe_range(waiting.since, waiting.force)
    );
  else
    dispatch_id := sovereign_sync.dispatch_sync('manual', sovereign_sync.manual_sync(sync_now.since, sync_now.force));
    result := sovereign_sync.why_not_sent(dispatch_id);
    if result is null then
      perform sovereign_sync.let_sync_wait(sync_now.since, coalesce(sync_now.force, false), now());
      result := format(
        'Requested (dispatch %s) %s. Watch it in sync_runs; sync_dispatches says whether the function took it.',
        dispatch_id, sovereign_sync.describe_range(sync_now.since, sync_now.force)
      );
    end if;
  end if;
  return sovereign_sync.record_action('sync_now', jsonb_build_object('since', sync_now.since, 'force', sync_now.force), result);
end;
$$;

comment on function public.sync_now(date, boolean) is
  'Asks for a sync now, since a date or since the last sync; force fetches everything listed, and stores it whatever its '
  'date. While another one runs it waits for the end of that, one at most: what is asked for meanwhile is done by it too.';

-- 60_operations/thresholds.sql ========================================================================================
-- The thresholds of the alerts, as the dashboard shows and changes them.

create function sovereign_sync.threshold_limits()
returns table (name text, unit text, low integer, high integer, means text)
language sql
immutable
set search_path = ''
as $$
  values
    ('alert_no_completed_run_after', 'seconds', 300, 604800, 'without a completed sync of the schedule'),
    ('alert_failures_in_a_row', 'syncs', 1, 1000, 'of the schedule that failed one after the other'),
    ('alert_oldest_stale_after', 'seconds', 60, 604800, 'for which an application is out of date'),
    ('alert_parked_from', 'applications', 1, 1000000, 'that are parked'),
    ('alert_changes_missed_from', 'changes', 1, 1000000, 'that a reconciliation found and the schedule had missed'),
    ('alert_missed_ticks_from', 'ticks', 1, 1000, 'that the schedule missed within an hour'),
    ('alert_refused_per_hour', 'requests', 1, 1000000, 'without a valid secret within an hour');
$$;

comment on function sovereign_sync.threshold_limits() is
  'The thresholds an operator may change, and what each may be: a whole number of its unit, from low to high.';

create function sovereign_sync.read_thresholds()
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'alert_no_completed_run_after', extract(epoch from s.alert_no_completed_run_after),
    'alert_failures_in_a_row', s.alert_failures_in_a_row,
    'alert_oldest_stale_after', extract(epoch from s.alert_oldest_stale_after),
    'alert_parked_from', s.alert_parked_from,
    'alert_changes_missed_from', s.alert_changes_missed_from,
    'alert_missed_ticks_from', s.alert_missed_ticks_from,
    'alert_refused_per_hour', s.alert_refused_per_hour,
    'time_zone', s.time_zone,
    'reconcile_days', s.reconcile_days,
    'history', s.history,
    'keep_log_for', extract(epoch from s.keep_log_for),
    'keep_job_runs_for', extract(epoch from s.keep_job_runs_for),
    'keep_resolved_alerts_for', extract(epoch from s.keep_resolved_alerts_for),
    'keep_actions_for', extract(epoch from s.keep_actions_for),
    'keep_history_for', extract(epoch from s.keep_history_for),
    'limits', (
      select jsonb_object_agg(
        l.name, jsonb_build_object('unit', l.unit, 'low', l.low, 'high', l.high, 'means', l.means)
      )
      from sovereign_sync.threshold_limits() as l
    )
  )
  from sovereign_sync.settings as s;
$$;

comment on function sovereign_sync.read_thresholds() is 'What sync_thresholds() hands out.';

create function public.sync_thresholds()
returns jsonb
language sql
stable
set search_path = ''
return sovereign_sync.read_thresholds();

comment on function public.sync_thresholds() is
  'The thresholds of the alerts, and in limits what each may be; and how long records are kept, in seconds, which an operator '
  'does not change here.';

-- The table's trigger records what was changed, from what to what, and by whom.
create function sovereign_sync.change_thresholds(thresholds jsonb)
returns text
language plpgsql
set search_path = ''
as $$
declare
  wrong text;
  changed text;
begin
  if (jsonb_typeof(thresholds) = 'object' and thresholds <> '{}') is not true then
    raise exception 'thresholds must be an object of thresholds, such as {"alert_parked_from": 5}' using errcode = '22023';
  end if;
  wrong := (
    select string_agg(
      case
        when l.name is null then format('%s: there is no such threshold', left(t.key, 60))
        else format('%s must be a whole number of %s from %s to %s, not %s', l.name, l.unit, l.low, l.high, left(t.value::text, 40))
      end,
      '; ' order by t.key
    )
    from jsonb_each(change_thresholds.thresholds) as t
    left join sovereign_sync.threshold_limits() as l on l.name = t.key
    where (
      case
        when jsonb_typeof(t.value) = 'number' then t.value::numeric between l.low and l.high and t.value::numeric % 1 = 0
        else false
      end
    ) is not true
  );
  if wrong is not null then
    raise exception 'Cannot change the thresholds: %', wrong
      using errcode = '22023', hint = 'sync_thresholds() says what each may be.';
  end if;
  changed := (
    select string_agg(t.key, ', ' order by t.key)
    from jsonb_each(change_thresholds.thresholds) as t
    where t.value <> sovereign_sync.read_thresholds() -> t.key
  );
  update sovereign_sync.settings as s
  set
    alert_no_completed_run_after = coalesce(
      make_interval(secs => (thresholds ->> 'alert_no_completed_run_after')::numeric), s.alert_no_completed_run_after
    ),
    alert_failures_in_a_row = coalesce((thresholds ->> 'alert_failures_in_a_row')::numeric, s.alert_failures_in_a_row),
    alert_oldest_stale_after = coalesce(
      make_interval(secs => (thresholds ->> 'alert_oldest_stale_after')::numeric), s.alert_oldest_stale_after
    ),
    alert_parked_from = coalesce((thresholds ->> 'alert_parked_from')::numeric, s.alert_parked_from),
    alert_changes_missed_from = coalesce((thresholds ->> 'alert_changes_missed_from')::numeric, s.alert_changes_missed_from),
    alert_missed_ticks_from = coalesce((thresholds ->> 'alert_missed_ticks_from')::numeric, s.alert_missed_ticks_from),
    alert_refused_per_hour = coalesce((thresholds ->> 'alert_refused_per_hour')::numeric, s.alert_refused_per_hour)
  where s.one_row;
  return coalesce('Changed: ' || changed || '.', 'Nothing has changed.');
end;
$$;

comment on function sovereign_sync.change_thresholds(jsonb) is
  'Changes the thresholds that are named; raises for a name or value that is none, and then nothing is changed.';

-- 60_operations/watermark.sql =========================================================================================
-- Moving the watermark by hand, and accepting the days that OCC cannot list.

create function public.start_from(day date)
returns text
language plpgsql
set search_path = ''
as $$
begin
  perform sovereign_sync.require_past('Cannot start from', start_from.day);
  update sovereign_sync.settings as s set start_from = start_from.day where s.one_row;
  return sovereign_sync.record_action('start_from', jsonb_build_object('day', start_from.day), coalesce(
    'The next scheduled sync lists from ' || start_from.day || '.',
    'The next scheduled sync lists from the watermark.'
  ));
end;
$$;

comment on function public.start_from(date) is
  'Moves the watermark, back or forth: the next scheduled sync lists from this day. Null takes that back.';

create function public.accept_gap()
returns text
language plpgsql
set search_path = ''
as $$
declare
  gap sovereign_sync.gaps;
begin
  update sovereign_sync.gaps as g
  set closed_at = now(), closed_by = 'accepted'
  where g.closed_at is null
  returning g.* into gap;
  return sovereign_sync.record_action('accept_gap', '{}', case
    when gap.id is null then 'There is no open gap.'
    else format(
      'Accepted: what changed from %s to %s and not since is left as it is stored.', gap.from_date, gap.to_date - 1
    )
  end);
end;
$$;

comment on function public.accept_gap() is
  'Closes the open gap: the days OCC''s list was too large for are not listed any more.';

-- 70_reading/actions.sql ==============================================================================================
-- What operators did, as the dashboard lists it.

create function sovereign_sync.read_actions(before bigint, page_size integer)
returns jsonb
language sql
stable
set search_path = ''
as $$
  with page as (
    select a.*, row_number() over (order by a.id desc) as place
    from (
      select c.*
      from sovereign_sync.actions as c
      where c.id < coalesce(read_actions.before, 9223372036854775807)
      order by c.id desc
      limit sovereign_sync.require_between('page_size', read_actions.page_size, 1, 200) + 1
    ) as a
  )
  select jsonb_build_object(
    'rows', coalesce(jsonb_agg(jsonb_build_object(
      'id', p.id, 'acted_at', p.acted_at, 'role', p.role_name, 'email', p.email, 'action', p.action,
      'arguments', p.arguments, 'result', p.result
    ) order by p.id desc) filter (where p.place <= read_actions.page_size), '[]'),
    'more', count(*) > read_actions.page_size
  )
  from page as p;
$$;

comment on function sovereign_sync.read_actions(bigint, integer) is 'What sync_actions_page() hands out.';

create function public.sync_actions_page(before bigint default null, page_size integer default 50)
returns jsonb
language sql
stable
set search_path = ''
return sovereign_sync.operate('read_actions', jsonb_build_object('before', before, 'page_size', page_size));

comment on function public.sync_actions_page(bigint, integer) is
  'What operators did, newest first, at most 200 a page, for operators; before: the id of the last one of the page '
  'before.';

-- 70_reading/application.sql ==========================================================================================
-- One application, for the dashboard. What is stored is read with the caller's rights: who narrows the policy
-- "Authenticated users may read" of tblSovereignApplications narrows sync_application() with it.

create function sovereign_sync.read_status(application text)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'state', s.state,
    'words', array[sovereign_sync.describe_state(s)] || case
      when s.state <> 'synced' then array[sovereign_sync.describe_place(s)] else '{}'
    end,
    'listed_at', s.listed_at,
    'listed_last_saved', s.listed_last_saved,
    'synced_at', s.synced_at,
    'stale_since', s.stale_since,
    'attempts', s.attempts,
    'failing_since', s.failing_since,
    'next_attempt_at', s.next_attempt_at,
    'last_error', s.last_error,
    'requested_at', s.requested_at,
    'force', s.force,
    'missing_since', s.missing_since,
    'gone_at', s.gone_at,
    'first_seen_at', s.first_seen_at
  )
  from sovereign_sync.status as s
  where s.g3_application_number = read_status.application;
$$;

comment on function sovereign_sync.read_status(text) is 'What sync_application() says of the queue.';

create function public.sync_application(application text)
returns jsonb
language sql
stable
set search_path = ''
return jsonb_build_object(
  'stored', (
    select to_jsonb(m) from public."tblSovereignApplications" as m where m."G3_application_number" = sync_application.application
  ),
  'state', sovereign_sync.read_status(sync_application.application),
  'history', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'changed_at', h.changed_at, 'attribute', h.attribute, 'old', h.old, 'new', h.new, 'run', h.run
    ) order by h.id desc, h.attribute), '[]')
    from (
      select c.*
      from public.sync_changes as c
      where c.application = sync_application.application
      order by c.id desc, c.attribute
      limit 200
    ) as h
  ),
  'more', exists (
    select from public.sync_changes as c
    where c.application = sync_application.application
    order by c.id desc, c.attribute
    offset 200
  ),
  'statuses', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'status', t.status, 'entered_at', t.entered_at, 'left_at', t.left_at, 'seconds', round(extract(epoch from t.duration))
    ) order by t.left_at), '[]')
    from public.sync_time_in_status as t
    where t.application = sync_application.application
  )
);

comment on function public.sync_application(text) is
  'One application: what is stored, by the printed names, its state, its newest 200 changes, and the time in each status.';

-- 70_reading/counted.sql ==============================================================================================
-- A number with its noun, and a range of numbers.

create function sovereign_sync.counted(number bigint, singular text, plural text default null)
returns text
language sql
immutable
set search_path = ''
as $$
  select counted.number || ' ' || case
    when counted.number = 1 then counted.singular
    else coalesce(counted.plural, counted.singular || 's')
  end;
$$;

comment on function sovereign_sync.counted(bigint, text, text) is
  'A number with its noun, or with its whole sentence: 1 application, 2 applications.';

create function sovereign_sync.require_between(name text, value integer, low integer, high integer)
returns integer
language plpgsql
immutable
set search_path = ''
as $$
begin
  if require_between.value between low and high then
    return require_between.value;
  end if;
  raise exception '% must be a whole number from % to %, not %', name, low, high, coalesce(value::text, 'null')
    using errcode = '22023';
end;
$$;

comment on function sovereign_sync.require_between(text, integer, integer, integer) is
  'A number that is in its range; raises for any other.';

-- 70_reading/explain.sql ==============================================================================================
-- Why is this application old? What the tables know of it, in words. What is stored is read with the reader's rights,
-- so that Row Level Security says who may; what the queue knows with the owner's. A body that begins with return is
-- bound when it is created: whoever may execute what it calls needs no access to the schema that is in.

create function sovereign_sync.describe_time(at timestamptz)
returns text
language sql
stable strict
set search_path = ''
return (
  select format(
    '%s UTC (%s)',
    to_char(describe_time.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'),
    case when distance.seconds < 0 then 'in ' || amount.words else amount.words || ' ago' end
  )
  from (select extract(epoch from now() - describe_time.at) as seconds) as distance
  cross join lateral (
    select case
      when abs(distance.seconds) < 60 then sovereign_sync.counted(abs(round(distance.seconds))::bigint, 'second')
      when abs(distance.seconds) < 5400 then sovereign_sync.counted(round(abs(distance.seconds) / 60)::bigint, 'minute')
      when abs(distance.seconds) < 129600 then sovereign_sync.counted(round(abs(distance.seconds) / 3600)::bigint, 'hour')
      else sovereign_sync.counted(round(abs(distance.seconds) / 86400)::bigint, 'day')
    end as words
  ) as amount
);

comment on function sovereign_sync.describe_time(timestamptz) is
  'A time in words: 2026-01-16 10:00 UTC (5 minutes ago).';

create function sovereign_sync.describe_stored(id text)
returns text[]
language sql
stable
set search_path = ''
return array[
  coalesce(
    (
      select format(
        'Stored is what OCC saved %s, with the status %s; the row last changed %s.',
        coalesce(sovereign_sync.describe_time(m.lastsaveddatetime), 'at a time it does not say'),
        coalesce(m.appstatuscode, 'null'),
        sovereign_sync.describe_time(m.updated_at)
      )
      from public.tblsovereignapplications as m
      where m.g3_application_number = describe_stored.id
    ),
    'It is not stored.'
  ),
  (
    select format(
      'The history''s last change is of %s, by %s: %s.',
      sovereign_sync.describe_time(max(c.changed_at)),
      coalesce('the run ' || max(c.run::text), 'somebody else than the sync'),
      string_agg(distinct c.attribute, ', ')
    )
    from public.sync_changes as c
    where c.application = describe_stored.id
      and c.changed_at = (
        select l.changed_at from public.sync_changes as l
        where l.application = describe_stored.id order by l.id desc limit 1
      )
    having count(*) > 0
  )
];

comment on function sovereign_sync.describe_stored(text) is
  'What is stored of an application and since when, in sentences.';

create function sovereign_sync.describe_errors(id text)
returns text[]
language sql
stable
set search_path = ''
as $$
  select array(
    select format('The run of %s: %s.', sovereign_sync.describe_time(l.sync_started_at), e.value ->> 'error')
    from public.tblsovereignapplicationssynclog as l
    cross join lateral jsonb_array_elements(l.error_details -> 'errors') as e (value)
    where l.error_details @> jsonb_build_object('errors', jsonb_build_array(jsonb_build_object('id', describe_errors.id)))
      and e.value ->> 'id' = describe_errors.id
    order by l.sync_started_at desc
    limit 5
  );
$$;

comment on function sovereign_sync.describe_errors(text) is
  'The last five errors of an application that the log has kept; of one run it keeps the first hundred.';

create function sovereign_sync.describe_place(status sovereign_sync.status)
returns text
language sql
stable
set search_path = ''
as $$
  select case
    when status.claimed_by = r.lease then 'It is being fetched at this moment.'
    when status.next_attempt_at is null then 'It is not tried again by itself.'
    when status.next_attempt_at > now() then 'It is tried again ' || sovereign_sync.describe_time(status.next_attempt_at) || '.'
    when status.attempted_by_run = r.id then 'The run that is open has tried it; the next one tries again.'
    else format('It is due; %s fetched before it.', sovereign_sync.counted(
      (
        select count(*)
        from sovereign_sync.due_applications as d
        where (d.requested_at is null, d.attempts, -extract(epoch from d.next_attempt_at))
          < (status.requested_at is null, status.attempts, -extract(epoch from status.next_attempt_at))
      ),
      'other application is', 'other applications are'
    ))
  end
  from (select) as always
  left join public.tblsovereignapplicationssynclog as r on r.status = 'running';
$$;

comment on function sovereign_sync.describe_place(sovereign_sync.status) is
  'When an application that is not synced is fetched, and its place in the queue.';

create function sovereign_sync.describe_state(status sovereign_sync.status)
returns text
language sql
stable
set search_path = ''
as $$
  select case
    when status.state = 'synced' and not exists (
      select from public.tblsovereignapplications as m where m.g3_application_number = status.g3_application_number
    ) then 'It was settled ' || sovereign_sync.describe_time(status.synced_at) || ', and its row is gone since.'
    when status.state = 'synced'
      then 'It is current, as far as OCC''s list says: settled ' || sovereign_sync.describe_time(status.synced_at) || '.'
    when status.state = 'gone'
      then 'OCC has it no more, as was found ' || sovereign_sync.describe_time(status.gone_at) || '; its row is kept (sync_gone).'
    else format(
      'It is %s%s%s.',
      status.state,
      ', and out of date since ' || sovereign_sync.describe_time(status.stale_since),
      case when status.attempts > 0 then format(
        '; %s since %s',
        sovereign_sync.counted(status.attempts, 'attempt has failed', 'attempts have failed'),
        sovereign_sync.describe_time(coalesce(status.failing_since, status.stale_since))
      ) end
    )
  end;
$$;

comment on function sovereign_sync.describe_state(sovereign_sync.status) is
  'The state of an application and since when.';

create function sovereign_sync.explain_queue(id text)
returns text[]
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  status sovereign_sync.status;
  settings sovereign_sync.settings;
  gap sovereign_sync.gaps;
  sentences text[] := '{}'::text[];
  quoted constant text := quote_literal(explain_queue.id);
begin
  select s.* into status from sovereign_sync.status as s where s.g3_application_number = explain_queue.id;
  select s.* into settings from sovereign_sync.settings as s;
  select g.* into gap from sovereign_sync.gaps as g where g.closed_at is null;
  if status.g3_application_number is null then
    sentences := sentences || array[
      'OCC''s list has never named it and nobody has asked for it, or it was forgotten.',
      (
        select format('Forgotten %s: %s', sovereign_sync.describe_time(a.acted_at), a.arguments ->> 'reason')
        from sovereign_sync.actions as a
        where a.action = 'forget_application' and a.arguments ->> 'id' = explain_queue.id
        order by a.id desc
        limit 1
      )
    ];
  else
    sentences := sentences || array[
      case
        when status.listed_at is null then 'OCC''s list has never named it: somebody asked for it by its number.'
        else format(
          'OCC''s list last said something new of it %s: saved %s.',
          sovereign_sync.describe_time(status.listed_at),
          coalesce(sovereign_sync.describe_time(status.listed_last_saved), 'at a time it does not say')
        )
      end,
      sovereign_sync.describe_state(status),
      case when status.state <> 'gone'
        then 'OCC''s list lacks it, as was found ' || sovereign_sync.describe_time(status.missing_since) || '.'
      end,
      'Somebody asked for it ' || sovereign_sync.describe_time(status.requested_at) || '.',
      'The last error: ' || sovereign_sync.sentence(status.last_error)
    ] || sovereign_sync.describe_errors(explain_queue.id);
  end if;
  if gap.id is not null and (status.listed_last_saved at time zone settings.time_zone < gap.to_date) is not false then
    sentences := sentences || format(
      'OCC could not list %s to %s: what it saved of this application on these days and not since is not known (sync_gaps).',
      gap.from_date, gap.to_date - 1
    );
  end if;
  if status.state <> 'synced' then
    sentences := sentences || array[
      sovereign_sync.describe_place(status),
      'The schedule is paused since ' || sovereign_sync.describe_time(settings.paused_at) || '; select resume_sync();',
      case when settings.paused_at is null then 'No sync completes: ' || (
        select string_agg(c.message, ' ')
        from sovereign_sync.sync_conditions() as c
        where c.condition in ('no completed run', 'dispatch failed')
      ) end
    ];
  end if;
  sentences := sentences || case
    when status.state in ('synced', 'pending') or status.state is null
      then 'To have OCC asked for it now: select request_applications(array[' || quoted || ']);'
    else 'Once its cause is mended: select retry(array[' || quoted || ']); if nobody wants it any more: '
      'select forget_application(' || quoted || ', ''why'');'
  end;
  return sentences;
end;
$$;

comment on function sovereign_sync.explain_queue(text) is
  'What the queue knows of an application, its errors, its place, and what a person can do, in sentences, some of them null.';

create function public.explain_application(id text)
returns table (line integer, sentence text)
language sql
stable
set search_path = ''
begin atomic
  select (row_number() over (order by s.place))::integer, s.words
  from unnest(sovereign_sync.describe_stored(id) || sovereign_sync.explain_queue(id)) with ordinality as s (words, place)
  where s.words is not null;
end;

comment on function public.explain_application(text) is
  'Why an application is as it is, in sentences: what is stored, what OCC listed, its state, its errors, its place in the '
  'queue, and what a person can do.';

-- 70_reading/failures.sql =============================================================================================
-- One line an application that fails, and one line an application that is gone at OCC.

create view public.sync_failures with (security_invoker = true) as
select
  s.g3_application_number as application,
  s.state,
  s.attempts,
  s.failing_since,
  s.next_attempt_at,
  s.last_error,
  s.stale_since,
  s.requested_at,
  s.force,
  s.listed_last_saved,
  s.settled_last_saved
from sovereign_sync.status as s
where s.next_attempt_at is not null and s.state in ('failed', 'parked');

comment on view public.sync_failures is
  'Applications that could not be synced: parked ones want an operator, failed ones are tried again by themselves.';

create view public.sync_gone with (security_invoker = true) as
select
  s.g3_application_number as application,
  s.gone_at,
  case
    when s.missing_since is not null then 'OCC''s list lacks it, and OCC answers that it does not have it'
    else 'OCC lists it, and answers that it does not have it; asked again once a day'
  end as why,
  m.lastsaveddatetime as last_saved,
  m.updated_at as stored_at,
  s.synced_at,
  s.listed_last_saved,
  s.missing_since,
  s.next_attempt_at,
  s.last_error
from sovereign_sync.status as s
left join public.tblsovereignapplications as m using (g3_application_number)
where s.state = 'gone';

comment on view public.sync_gone is
  'Applications that OCC has no more. What was stored of them stays; they come back by themselves when OCC lists them again.';

-- 70_reading/health.sql ===============================================================================================
-- One line for all of it: is the sync well, and if not, why.

create view public.sync_health with (security_invoker = true) as
with queue as materialized (select q from sovereign_sync.queue_state as q),
conditions as materialized (
  select c.condition, c.message from queue as k cross join lateral sovereign_sync.conditions_of(k.q) as c
),
ended as (
  select (
    select l.sync_completed_at
    from public.tblsovereignapplicationssynclog as l
    where l.status = 'completed' and l.sync_started_at <= now()
    order by l.sync_started_at desc
    limit 1
  ) as last_completed_at
),
running as (
  select l.id, l.sync_started_at, sovereign_sync.run_is_dead(l.heartbeat_at) as is_dead, format(
    '%s for %s: the next tick ends it, or else the minutely watch after 10 minutes; what it left goes on in the next run.',
    case
      when l.lease is null then 'The next pass of the sync that is open has not come'
      else 'The worker of the sync that is open has given no sign of life'
    end,
    sovereign_sync.counted(round(extract(epoch from now() - coalesce(l.heartbeat_at, l.sync_started_at)) / 60)::bigint, 'minute')
  ) as why_dead
  from public.tblsovereignapplicationssynclog as l where l.status = 'running'
),
gone as (select count(*) as gone from sovereign_sync.status as s where s.state = 'gone'),
dispatch as (
  select d.dispatched_at, d.outcome, d.status_code, d.message
  from public.sync_dispatches as d order by d.id desc limit 1
),
-- As long as it is posted again.
post as (
  select a.post_error
  from sovereign_sync.alerts as a
  where a.post_error is not null and coalesce(a.resolved_at, 'infinity') > now() - interval '1 day'
  order by a.told_at desc
  limit 1
)
select
  case
    when exists (select from conditions) or r.is_dead then 'unhealthy'
    when g.paused_at is not null then 'paused'
    when r.id is not null then 'syncing'
    else 'healthy'
  end as verdict,
  concat_ws(
    ' ',
    (select string_agg(c.message, ' ') from conditions as c),
    case when r.is_dead then r.why_dead end,
    case
      when g.paused_at is not null
      then 'Paused since ' || to_char(g.paused_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC; select resume_sync().'
      when exists (select from conditions) or r.is_dead then null
      when r.id is not null then 'A sync is running.'
      else coalesce(
        'The last sync completed '
          || sovereign_sync.counted(round(extract(epoch from now() - e.last_completed_at) / 60)::bigint, 'minute') || ' ago.',
        'No sync has completed yet.'
      )
    end,
    case
      when w.requested_at is not null then format(
        'Another one, asked for at %s UTC, %s.',
        to_char(w.requested_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'),
        case when r.id is null then 'has not begun yet' else 'waits for its end' end
      )
    end,
    'Alerts cannot be posted: ' || p.post_error || '.',
    'The heartbeat does not arrive: ' || b.error || '.'
  ) as reason,
  e.last_completed_at,
  round(extract(epoch from now() - e.last_completed_at) / 60, 1) as minutes_since_completed,
  sovereign_sync.failures_in_a_row() as consecutive_failures,
  r.id as running_sync,
  round(extract(epoch from now() - r.sync_started_at)) as running_for_seconds,
  w.requested_at as waiting_since,
  g.paused_at,
  (k.q).pending,
  (k.q).failed,
  (k.q).parked,
  n.gone,
  round(extract(epoch from now() - (k.q).waiting_since) / 60, 1) as oldest_stale_minutes,
  (k.q).stale_since,
  o.from_date as gap_from,
  o.to_date - 1 as gap_to,
  d.dispatched_at as last_dispatch_at,
  coalesce(d.outcome, case when d.dispatched_at is not null then 'no answer yet' end) as last_dispatch_outcome,
  d.status_code as last_dispatch_status,
  d.message as last_dispatch_message,
  (
    select coalesce(sum(f.requests), 0) from sovereign_sync.unauthorized_requests as f where f.reported_at > now() - interval '1 hour'
  ) as refused_last_hour,
  (
    select coalesce(sum(sovereign_sync.ticks_between(m.silent_since, m.dispatched_at)), 0)
    from sovereign_sync.dispatches as m
    where m.silent_since is not null and m.dispatched_at > now() - interval '1 day'
  ) as missed_ticks_last_day,
  p.post_error,
  b.sent_at as last_heartbeat_at,
  b.error as heartbeat_error,
  array(select c.condition from conditions as c) as conditions
from sovereign_sync.settings as g
join sovereign_sync.uptime_ping as b on b.one_row = g.one_row
cross join ended as e
cross join queue as k
cross join gone as n
left join running as r on true
left join sovereign_sync.queued_sync as w on w.one_row = g.one_row
left join dispatch as d on true
left join sovereign_sync.gaps as o on o.closed_at is null
left join post as p on true
-- Its key, so that the planner knows that there is one row and not a thousand: for so many it compiles the query, for a second.
where g.one_row;

comment on view public.sync_health is 'One row: is it well, and if not, why, in words.';

-- 70_reading/history.sql ==============================================================================================
-- The runs of a time in buckets, for the dashboard's charts.

-- freshness: a list that moves the watermark, or reaches farther back, says what OCC had when its run started. Until the
-- next such run has completed, nothing newer is known. It is at its worst just before that, or at the bucket's end.
create function sovereign_sync.read_history(since timestamptz, until timestamptz, buckets integer)
returns table (
  bucket_from timestamptz,
  bucket_to timestamptz,
  completed bigint,
  failed bigint,
  cancelled bigint,
  seconds_avg numeric,
  seconds_max numeric,
  synced bigint,
  failures bigint,
  freshness_seconds numeric
)
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  first constant double precision := date_part('epoch', read_history.since);
  width double precision;
begin
  if (since < until and isfinite(since) and isfinite(until)) is not true then
    raise exception 'since must be a time before until: % and %', coalesce(since::text, 'null'), coalesce(until::text, 'null')
      using errcode = '22023';
  end if;
  width := (date_part('epoch', read_history.until) - first)
    / sovereign_sync.require_between('buckets', read_history.buckets, 1, 500);
  return query
    with frame as (
      select
        b.place,
        to_timestamp(first + b.place * width) as bucket_from,
        to_timestamp(first + (b.place + 1) * width) as bucket_to
      from generate_series(0, read_history.buckets - 1) as b (place)
    ),
    runs as materialized (
      select
        l.sync_started_at as started_at,
        l.sync_completed_at as completed_at,
        l.status,
        l.cancelled_at is not null as is_cancelled,
        l.applications_upserted as synced,
        l.fetch_failures + l.upsert_failures as failures,
        l.status = 'completed' and l.listed_at is not null
          and (l.moves_watermark or l.trigger = 'reconciliation') as refreshes
      from public.tblsovereignapplicationssynclog as l
      -- The longest that a run has been seen to take is some hours.
      where l.sync_started_at >= read_history.since - interval '2 days' and l.sync_started_at < read_history.until
    ),
    counted as (
      select
        floor((date_part('epoch', r.started_at) - first) / width)::integer as place,
        count(*) filter (where r.status = 'completed') as completed,
        count(*) filter (where r.status = 'failed' and not r.is_cancelled) as failed,
        count(*) filter (where r.status = 'failed' and r.is_cancelled) as cancelled,
        avg(date_part('epoch', r.completed_at - r.started_at))::numeric as seconds_avg,
        max(date_part('epoch', r.completed_at - r.started_at))::numeric as seconds_max,
        sum(r.synced) as synced,
        sum(r.failures) as failures
      from runs as r
      where r.started_at >= read_history.since
      group by 1
    ),
    refreshed as (
      select
        f.completed_at,
        max(f.started_at) over w as started_at,
        -- What was known until then.
        max(f.started_at) over (w rows between unbounded preceding and 1 preceding) as known_until
      from (
        select r.completed_at, r.started_at from runs as r where r.refreshes
        union all
        (
          select l.sync_completed_at, l.sync_started_at
          from public.tblsovereignapplicationssynclog as l
          where l.status = 'completed' and l.listed_at is not null
            and (l.moves_watermark or l.trigger = 'reconciliation')
            and l.sync_started_at < read_history.since - interval '2 days'
          order by l.sync_started_at desc
          limit 1
        )
      ) as f
      window w as (order by f.completed_at)
    ),
    aged as (
      select
        greatest(-1, floor((date_part('epoch', r.completed_at) - first) / width))::integer as place,
        max(r.started_at) as started_at,
        max(date_part('epoch', r.completed_at - r.known_until))::numeric as seconds
      from refreshed as r
      where r.completed_at < read_history.until
      group by 1
    )
    select
      f.bucket_from,
      f.bucket_to,
      coalesce(c.completed, 0),
      coalesce(c.failed, 0),
      coalesce(c.cancelled, 0),
      round(c.seconds_avg, 1),
      round(c.seconds_max, 1),
      coalesce(c.synced, 0),
      coalesce(c.failures, 0),
      case when f.bucket_from <= now() then round(greatest(
        a.seconds,
        extract(epoch from least(f.bucket_to, now()) - max(a.started_at) over (order by f.place))
      )) end
    -- What was known before the first of them is a row, too: it is left out again.
    from (select -1, null::timestamptz, null::timestamptz union all select * from frame) as f (place, bucket_from, bucket_to)
    left join counted as c on c.place = f.place
    left join aged as a on a.place = f.place
    order by f.place
    offset 1;
end;
$$;

comment on function sovereign_sync.read_history(timestamptz, timestamptz, integer) is 'What sync_history() hands out.';

create function public.sync_history(since timestamptz, until timestamptz, buckets integer)
returns table (
  bucket_from timestamptz,
  bucket_to timestamptz,
  completed bigint,
  failed bigint,
  cancelled bigint,
  seconds_avg numeric,
  seconds_max numeric,
  synced bigint,
  failures bigint,
  freshness_seconds numeric
)
language sql
stable
set search_path = ''
begin atomic
  select h.* from sovereign_sync.read_history(since, until, buckets) as h;
end;

comment on function public.sync_history(timestamptz, timestamptz, integer) is
  'The runs of a time in 1 to 500 equal buckets, by when they started: how they ended, how long they took, what they synced; '
  'freshness_seconds: at its worst, how long before the newest completed list had been asked for. Empty buckets are rows too.';

-- 70_reading/not_current.sql ==========================================================================================
-- The applications that are out of date, page by page, for the dashboard.

-- Prefix by length and collation alone: a number may hold what a pattern takes for its own.
create function sovereign_sync.read_not_current(
  states text[],
  fingerprint text,
  search text,
  after text,
  page_size integer
)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  unknown constant text := (
    select left(string_agg(coalesce(s.state, 'null'), ', '), 100)
    from unnest(read_not_current.states) as s (state)
    where (s.state in ('pending', 'failed', 'parked', 'gone')) is not true
  );
  lease constant uuid := (select l.lease from public.tblsovereignapplicationssynclog as l where l.status = 'running');
  result jsonb;
begin
  perform sovereign_sync.require_between('page_size', page_size, 1, 200);
  if unknown is not null then
    raise exception 'states must be of pending, failed, parked and gone, not %', unknown using errcode = '22023';
  end if;
  with not_current as materialized (
    select s.g3_application_number as id, s.state, s.last_error
    from sovereign_sync.status as s
    where s.next_attempt_at is not null or s.state = 'gone'
  ),
  wanted as materialized (
    select n.id
    from not_current as n
    where n.state = any (coalesce(read_not_current.states, array['pending', 'failed', 'parked', 'gone']))
      and (read_not_current.search is null or starts_with(n.id, read_not_current.search))
      and (
        read_not_current.fingerprint is null
        or n.state in ('failed', 'parked') and sovereign_sync.fingerprint(n.last_error, n.id) = read_not_current.fingerprint
      )
  ),
  page as materialized (
    select w.id
    from wanted as w
    where read_not_current.after is null or w.id > read_not_current.after
    order by w.id
    limit read_not_current.page_size
  )
  select jsonb_build_object(
    'total', (select count(*) from wanted),
    'counts', (
      select jsonb_build_object(
        'pending', count(*) filter (where n.state = 'pending'),
        'failed', count(*) filter (where n.state = 'failed'),
        'parked', count(*) filter (where n.state = 'parked'),
        'gone', count(*) filter (where n.state = 'gone')
      )
      from not_current as n
    ),
    'causes', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'fingerprint', e.fingerprint, 'applications', e.applications, 'what_to_do', e.what_to_do
      ) order by e.applications desc, e.fingerprint), '[]')
      from (
        select c.* from public.sync_errors as c
        where c.is_happening
        order by c.applications desc, c.fingerprint
        limit 50
      ) as e
    ),
    'rows', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'application', s.g3_application_number, 'state', s.state, 'attempts', s.attempts, 'stale_since', s.stale_since,
        'next_attempt_at', s.next_attempt_at, 'last_error', s.last_error, 'listed_last_saved', s.listed_last_saved,
        'stored_last_saved', m.lastsaveddatetime, 'requested', s.requested_at is not null,
        'in_flight', coalesce(s.claimed_by = lease, false)
      ) order by s.g3_application_number), '[]')
      from page as p
      join sovereign_sync.status as s on s.g3_application_number = p.id
      left join public.tblsovereignapplications as m on m.g3_application_number = p.id
    )
  ) into result;
  return result;
end;
$$;

comment on function sovereign_sync.read_not_current(text[], text, text, text, integer) is
  'What sync_not_current() hands out.';

create function public.sync_not_current(
  states text[] default null,
  fingerprint text default null,
  search text default null,
  after text default null,
  page_size integer default 50
)
returns jsonb
language sql
stable
set search_path = ''
return sovereign_sync.read_not_current(states, fingerprint, search, after, page_size);

comment on function public.sync_not_current(text[], text, text, text, integer) is
  'The applications that are not current, by number, at most 200 a page; after: the last one of the page before; search: how '
  'the number begins. counts and causes are of all of them, total of those that are looked for.';

-- 70_reading/overview.sql =============================================================================================
-- The dashboard's first page. Its reading functions in public run with their caller's rights and do nothing but call
-- one of sovereign_sync, which runs with its owner's: Supabase's advisors want no function of the exposed schema to do
-- so where signed-in users may call it. They hand out what they name and nothing else; no table is opened for it. Their
-- bodies begin with return or begin atomic, so they are bound when they are created, and their callers need no access
-- to sovereign_sync.
--
-- Applicants' data is not among it: sync_application() and sync_statistics() read that with their caller's rights,
-- under Row Level Security. An application's number, state and last error are handed out here to every signed-in user:
-- whoever narrows the policy "Authenticated users may read" wants to narrow sync_not_current() and
-- explain_application() too.

-- The schedule's own minutes, of which every hour has the same: others are not foretold.
create function sovereign_sync.next_tick_at()
returns timestamptz
language sql
stable
set search_path = ''
as $$
  select to_timestamp((floor(extract(epoch from now()) / 60 / s.minutes) + 1) * s.minutes * 60)
  from (
    select case
      when j.schedule = '* * * * *' then 1
      else substring(j.schedule from '^\*/([1-9][0-9]?) \* \* \* \*$')::integer
    end as minutes
    from cron.job as j
    where j.jobname = 'sync-applications' and j.active
  ) as s
  where 60 % s.minutes = 0 and (select g.paused_at from sovereign_sync.settings as g) is null
  order by 1
  limit 1;
$$;

comment on function sovereign_sync.next_tick_at() is
  'When the schedule comes next; null while it is paused, or where that cannot be told.';

-- The first that is known. What only OCC or time can mend has none; what needs a look at the function stands in the reason.
create function sovereign_sync.what_to_do(conditions text[], cause text, is_paused boolean)
returns text
language sql
stable
set search_path = ''
as $$
  select coalesce(
    (
      select w.words
      from unnest(what_to_do.conditions) with ordinality as c (condition, place)
      cross join lateral (select case
        -- A tick that could not be sent tells it, in place of a condition of its own.
        when c.condition in ('not connected', 'dispatch failed', 'no completed run')
          then substring(sovereign_sync.connection_problem() from 'select .*$') || ';'
        when c.condition = 'not scheduled' then substring(sovereign_sync.schedule_problem() from 'select .*$') || ';'
        when c.condition = 'list too large' then 'select accept_gap();'
        when c.condition in ('applications parked', 'stale applications') then what_to_do.cause
      end as words) as w
      where w.words is not null
      order by c.place
      limit 1
    ),
    case when what_to_do.is_paused then 'select resume_sync();' end
  );
$$;

comment on function sovereign_sync.what_to_do(text[], text, boolean) is
  'The statement that mends what is wrong, as far as one does. cause: the one for what most applications fail with.';

-- How fast is known when the list is stored and two chunks have been settled: two hundred applications, or what was settled
-- in fifteen seconds, as one that is not full is settled after five.
create function sovereign_sync.describe_run_under_way()
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'id', l.id,
    'trigger', l.trigger,
    'since', l.since_date,
    'force', l.force,
    'started_at', l.sync_started_at,
    'heartbeat_at', l.heartbeat_at,
    'passes', l.passes,
    'phase', p.phase,
    'waits_for', case
      when l.cancelled_at is not null then 'its end: ' || lower(left(d.words, 1)) || substring(d.words from 2)
      when p.phase = 'stalled' then r.outcome
      when p.phase = 'between passes' then 'its next pass, which has been asked for'
      when p.phase = 'listing' then 'OCC''s list of what has changed since ' || l.since_date
      when q.in_flight = 0 then 'the next applications it claims'
      else 'OCC''s answers: ' || sovereign_sync.counted(q.in_flight, 'application is in flight', 'applications are in flight')
    end,
    'enqueued', l.applications_enqueued,
    'remaining', case when l.listed_at is not null then q.remaining end,
    'done', n.done,
    'synced', l.applications_upserted,
    'failed', l.fetch_failures + l.upsert_failures,
    'per_second', round(s.per_second, 2),
    'seconds_left', case
      when l.cancelled_at is null and p.phase <> 'stalled' then ceil(q.remaining / nullif(s.per_second, 0))
    end,
    'cancelled_by', l.cancelled_by
  )
  from public.tblsovereignapplicationssynclog as l
  join public.sync_runs as r on r.id = l.id
  cross join lateral sovereign_sync.describe_cancellation(l) as d (words)
  cross join lateral (
    select
      l.applications_fetched + l.fetch_failures as done,
      extract(epoch from now() - l.listed_at) as seconds
  ) as n
  cross join lateral (
    select case when n.done >= 200 or n.done > 0 and n.seconds >= 15 then n.done / nullif(n.seconds, 0) end as per_second
  ) as s
  cross join lateral (
    select case
      when sovereign_sync.run_is_dead(l.heartbeat_at) then 'stalled'
      when l.lease is null then 'between passes'
      when l.listed_at is null then 'listing'
      else 'fetching'
    end as phase
  ) as p
  cross join lateral (
    select count(*) as remaining, count(*) filter (where s.claimed_by = l.lease) as in_flight
    from sovereign_sync.status as s
    where s.next_attempt_at <= now() and s.attempted_by_run is distinct from l.id
  ) as q
  where l.status = 'running';
$$;

comment on function sovereign_sync.describe_run_under_way() is
  'The run that is open: where it is, what it waits for, how fast it is and how long it takes, as far as that is known.';

-- Nearly all applications are current, and to count them is to read them all. Of many, it is enough to know about how many.
create function sovereign_sync.count_synced(not_current bigint, out applications bigint, out is_about boolean)
language plpgsql
stable
set search_path = ''
as $$
declare
  known constant bigint := (
    select c.reltuples from pg_catalog.pg_class as c where c.oid = 'sovereign_sync.status'::regclass
  );
begin
  is_about := known >= 20000;
  if is_about then
    applications := greatest(0, known - count_synced.not_current);
  else
    applications := (select count(*) from sovereign_sync.status as s where s.state = 'synced');
  end if;
end;
$$;

comment on function sovereign_sync.count_synced(bigint) is
  'How many applications are current; from 20,000 on about, by what Postgres knows of the table''s size.';

create function sovereign_sync.read_overview()
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  health public.sync_health;
  settings sovereign_sync.settings;
  cause record;
  current record;
begin
  select h.* into health from public.sync_health as h;
  select s.* into settings from sovereign_sync.settings as s;
  select null::text as fingerprint, null::text as what_to_do into cause;
  if health.conditions && array['applications parked', 'stale applications'] then
    select e.fingerprint, e.what_to_do into cause
    from public.sync_errors as e
    where e.is_happening
    order by e.applications desc, e.fingerprint
    limit 1;
  end if;
  select c.* into current from sovereign_sync.count_synced(health.pending + health.failed + health.parked + health.gone) as c;
  return jsonb_build_object(
    'now', now(),
    'project', sovereign_sync.project_name(),
    'operator', sovereign_sync.is_operator(),
    'email', sovereign_sync.request_claims() ->> 'email',
    'verdict', health.verdict,
    'reason', health.reason,
    'what_to_do', sovereign_sync.what_to_do(health.conditions, cause.what_to_do, settings.paused_at is not null),
    'cause_fingerprint', cause.fingerprint,
    'paused_at', settings.paused_at,
    'next_tick_at', sovereign_sync.next_tick_at(),
    'last_completed_at', health.last_completed_at,
    'last_tick_at', (
      select d.dispatched_at from public.sync_dispatches as d where d.trigger = 'schedule' order by d.id desc limit 1
    ),
    'freshness', jsonb_build_object(
      'oldest_stale_at', health.stale_since,
      'stale', health.pending + health.failed,
      'limit_seconds', extract(epoch from settings.alert_oldest_stale_after)
    ),
    'counts', jsonb_build_object(
      'pending', health.pending, 'failed', health.failed, 'parked', health.parked, 'gone', health.gone,
      'synced', current.applications, 'synced_is_about', current.is_about
    ),
    'running', sovereign_sync.describe_run_under_way(),
    'runs', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', r.id, 'outcome', r.status, 'trigger', r.trigger, 'started_at', date_trunc('second', r.started_at),
        'seconds', r.seconds, 'found', r.found, 'synced', r.synced, 'failed', r.failed
      ) order by r.started_at), '[]')
      from (select s.* from public.sync_runs as s order by s.started_at desc limit 60) as r
    ),
    'alerts', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'condition', a.condition, 'message', a.message, 'opened_at', a.opened_at, 'size', a.size
      ) order by a.opened_at, a.id), '[]')
      from sovereign_sync.alerts as a
      where a.resolved_at is null
    ),
    'gap', case
      when health.gap_from is not null then jsonb_build_object('from', health.gap_from, 'to', health.gap_to)
    end
  );
end;
$$;

comment on function sovereign_sync.read_overview() is 'What sync_overview() hands out.';

create function public.sync_overview()
returns jsonb
language sql
stable
set search_path = ''
return sovereign_sync.read_overview();

comment on function public.sync_overview() is
  'How the sync is, in one look, for the dashboard: verdict, reason, freshness, counts, the run under way, the last 60 runs, '
  'open alerts.';

-- 70_reading/realtime.sql =============================================================================================
-- Live: who subscribes through Supabase's Realtime hears of each change at once. Realtime publishes what is in the
-- publication supabase_realtime, and asks Row Level Security of each row for each subscriber: the policy "Authenticated
-- users may read" lets a signed-in user hear of applications and of the log; sovereign_sync.status has none for them,
-- so it reaches service_role only. Of a deleted row, which RLS cannot be asked about, it tells the key, to whom may
-- select that column: anon has no grant on any of them.

create function sovereign_sync.publish_live_tables()
returns text
language plpgsql
set search_path = ''
as $$
declare
  target regclass;
  published text[] := '{}'::text[];
begin
  if not exists (select from pg_catalog.pg_publication as p where p.pubname = 'supabase_realtime') then
    return 'There is no publication supabase_realtime: nothing is published.';
  end if;
  for target in
    select c.oid
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where (n.nspname, c.relname) in (
        ('public', 'tblsovereignapplications'), ('public', 'tblsovereignapplicationssynclog'), ('sovereign_sync', 'status')
      )
      -- Without a key Postgres refuses every update of a published table.
      and exists (select from pg_catalog.pg_index as i where i.indrelid = c.oid and i.indisprimary)
      -- It may be there by itself, with its schema, or because all tables are.
      and not exists (
        select from pg_catalog.pg_publication_tables as t
        where t.pubname = 'supabase_realtime' and t.schemaname = n.nspname and t.tablename = c.relname
      )
    order by c.relname
  loop
    execute format('alter publication supabase_realtime add table %s', target);
    published := published || target::text;
  end loop;
  return case
    when cardinality(published) = 0 then 'Published already.'
    else 'Published: ' || array_to_string(published, ', ') || '.'
  end;
exception
when insufficient_privilege then
  -- The sync does not need it: no reason for a migration to fail.
  return 'Nothing is published: supabase_realtime belongs to ' || (
    select pg_get_userbyid(p.pubowner) from pg_catalog.pg_publication as p where p.pubname = 'supabase_realtime'
  ) || ', who can add the tables.';
when invalid_parameter_value or feature_not_supported then
  return 'Nothing is published: ' || target || ' cannot be, such as a table that is unlogged.';
end;
$$;

comment on function sovereign_sync.publish_live_tables() is
  'Adds applications, log and status to the publication supabase_realtime, where there is one. Says what it did; may be run '
  'again, such as when Realtime was switched on later.';

-- 70_reading/run.sql ==================================================================================================
-- One run with all that is known of it, for the dashboard.

create function sovereign_sync.read_run(run uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  found_run public.tblsovereignapplicationssynclog;
  ended_at timestamptz;
begin
  select l.* into found_run from public.tblsovereignapplicationssynclog as l where l.id = read_run.run;
  if found_run.id is null then
    raise exception 'There is no run %', coalesce(read_run.run::text, 'null')
      using errcode = '22023', hint = 'The log keeps a run for sync_settings.keep_log_for.';
  end if;
  ended_at := coalesce(found_run.sync_completed_at, now());
  return jsonb_build_object(
    'run', (
      select jsonb_build_object(
        'id', r.id, 'trigger', r.trigger, 'force', found_run.force, 'since', r.since_date,
        'listed_since', found_run.listed_since, 'outcome', r.status, 'words', r.outcome,
        'reason', case
          when r.status = 'failed' then sovereign_sync.describe_failure(found_run)
          else found_run.error_details ->> 'reason'
        end,
        'started_at', r.started_at, 'listed_at', found_run.listed_at, 'completed_at', found_run.sync_completed_at,
        'heartbeat_at', found_run.heartbeat_at, 'seconds', r.seconds, 'passes', r.passes,
        'found', r.found, 'unchanged', r.unchanged, 'enqueued', found_run.applications_enqueued,
        'fetched', found_run.applications_fetched, 'synced', r.synced, 'failed', r.failed,
        'fetch_failures', found_run.fetch_failures, 'upsert_failures', found_run.upsert_failures,
        'parked', found_run.applications_parked, 'locked', found_run.applications_locked,
        'missing', found_run.applications_missing, 'gone', found_run.applications_gone,
        'changes_missed', found_run.changes_missed, 'watermark', found_run.moves_watermark,
        'cancelled_at', found_run.cancelled_at, 'cancelled_by', found_run.cancelled_by,
        -- What asked for its dispatch, in the same transaction. Who that was is for operators.
        'asked_by', (
          select jsonb_build_object(
            'role', a.role_name, 'email', case when sovereign_sync.is_operator() then a.email end
          )
          from public.sync_dispatches as d
          join sovereign_sync.actions as a on a.acted_at = d.dispatched_at
          where d.run = found_run.id and d.trigger in ('manual', 'reconciliation')
          order by a.id
          limit 1
        )
      )
      from public.sync_runs as r
      where r.id = found_run.id
    ),
    'dispatches', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', d.id, 'dispatched_at', d.dispatched_at, 'trigger', d.trigger, 'outcome', d.outcome,
        'status_code', d.status_code, 'message', d.message
      ) order by d.id), '[]')
      from public.sync_dispatches as d
      where d.run = found_run.id
    ),
    'warnings', coalesce(found_run.error_details -> 'warnings', '[]') || coalesce(found_run.error_details -> 'anomalies', '[]'),
    'errors', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'fingerprint', c.fingerprint, 'count', c.count, 'examples', c.examples, 'what_to_do', e.what_to_do
      ) order by c.count desc, c.fingerprint), '[]')
      from (
        select f.fingerprint, count(*) as count, (array_agg(distinct f.id))[1:5] as examples
        from (
          select e.value ->> 'id' as id, sovereign_sync.fingerprint(e.value ->> 'error', e.value ->> 'id') as fingerprint
          from jsonb_array_elements(found_run.error_details -> 'errors') as e (value)
        ) as f
        group by f.fingerprint
      ) as c
      left join public.sync_errors as e on e.fingerprint = c.fingerprint
    ),
    'changes', (
      select count(*)
      from sovereign_sync.changes as c
      where c.run = found_run.id and c.changed_at between found_run.sync_started_at and ended_at
    )
  );
end;
$$;

comment on function sovereign_sync.read_run(uuid) is 'What sync_run() hands out.';

create function public.sync_run(run uuid)
returns jsonb
language sql
stable
set search_path = ''
return sovereign_sync.read_run(run);

comment on function public.sync_run(uuid) is
  'One run with its counts, who asked for it, its dispatches, warnings, errors by cause, and how many applications it changed.';

-- 70_reading/runs.sql =================================================================================================
-- One line a run, its outcome in words; and the same page by page, for the dashboard.

create view public.sync_runs with (security_invoker = true) as
select
  l.id,
  l.sync_started_at as started_at,
  l.trigger,
  case when l.status = 'failed' and l.cancelled_at is not null then 'cancelled' else l.status end as status,
  l.since_date,
  w.seconds,
  l.passes,
  l.applications_found as found,
  l.applications_unchanged as unchanged,
  l.applications_upserted as synced,
  w.failed,
  round(l.applications_fetched / nullif(w.seconds, 0), 1) as applications_per_second,
  case
    when l.status = 'running' and sovereign_sync.run_is_dead(l.heartbeat_at) then format(
      '%s for %s s; the next tick ends it and goes on with what it left',
      case when l.lease is null then 'its next pass has not come' else 'its worker has given no sign of life' end,
      round(extract(epoch from now() - coalesce(l.heartbeat_at, l.sync_started_at)))
    )
    when l.status = 'running' and l.cancelled_at is not null then 'being cancelled'
    when l.status = 'running' and l.lease is null then concat_ws(', ', 'waiting for its next pass', w.progress)
    when l.status = 'running' and l.listed_at is null then 'listing'
    when l.status = 'running' then 'fetching, ' || w.progress
    when l.status = 'failed' then concat_ws(
      '; ', coalesce(l.error_details ->> 'reason', 'nothing could be fetched or stored'), w.fetched
    )
    else concat_ws('; ', w.missed, w.missing, w.shortened, coalesce(w.fetched, w.listed), l.error_details ->> 'reason')
  end as outcome,
  l.error_details -> 'warnings' as warnings
from public.tblsovereignapplicationssynclog as l
cross join lateral (
  select
    round(extract(epoch from coalesce(l.sync_completed_at, now()) - l.sync_started_at), 1) as seconds,
    l.applications_fetched + l.fetch_failures as attempted,
    l.fetch_failures + l.upsert_failures as failed,
    l.fetch_failures + l.upsert_failures - l.applications_parked - l.applications_gone - l.applications_locked as tried_again
) as n
cross join lateral (
  select
    n.seconds,
    n.failed,
    case
      when l.listed_at is null then null
      -- What earlier runs left is fetched too.
      when n.attempted > l.applications_enqueued then n.attempted || ' done'
      else format('%s of %s done', n.attempted, l.applications_enqueued)
    end as progress,
    case
      when l.trigger = 'reconciliation'
      then sovereign_sync.counted(l.changes_missed, 'change had been missed', 'changes had been missed')
    end as missed,
    case
      when l.applications_missing > 0 then sovereign_sync.counted(
        l.applications_missing, 'application is missing from OCC''s list', 'applications are missing from OCC''s list'
      )
    end as missing,
    case when l.listed_since > l.since_date then format('listed since %s only', l.listed_since) end as shortened,
    case when n.attempted > 0 then concat_ws(
      ', ',
      l.applications_upserted || ' synced',
      case
        when n.tried_again > 0
        then sovereign_sync.counted(n.tried_again, 'failed and is tried again', 'failed and are tried again')
      end,
      case
        when l.applications_locked > 0 then sovereign_sync.counted(
          l.applications_locked, 'was locked by somebody and is tried again', 'were locked by somebody and are tried again'
        )
      end,
      case when l.applications_parked > 0 then l.applications_parked || ' parked' end,
      case when l.applications_gone > 0 then l.applications_gone || ' gone at OCC' end
    ) end as fetched,
    case
      when l.applications_enqueued > 0 then sovereign_sync.counted(
        l.applications_enqueued, 'listed application waits for its next attempt',
        'listed applications wait for their next attempt'
      ) || case when l.applications_unchanged > 0 then ', the others were current' else '' end
      when l.applications_found > 0 then 'all listed applications were current'
      else 'OCC listed nothing'
    end as listed
) as w;

comment on view public.sync_runs is
  'One line a sync run, its outcome in words. A run that was cancelled, failed in the log, is called so here.';

create function sovereign_sync.read_runs_page(
  since timestamptz,
  until timestamptz,
  outcome text,
  trigger text,
  before timestamptz,
  page_size integer
)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform sovereign_sync.require_between('page_size', page_size, 1, 200);
  if read_runs_page.outcome not in ('running', 'completed', 'failed', 'cancelled') then
    raise exception 'outcome must be running, completed, failed or cancelled, not "%"', left(read_runs_page.outcome, 40)
      using errcode = '22023';
  end if;
  if read_runs_page.trigger not in ('schedule', 'manual', 'reconciliation') then
    raise exception 'trigger must be schedule, manual or reconciliation, not "%"', left(read_runs_page.trigger, 40)
      using errcode = '22023';
  end if;
  return jsonb_build_object(
    'rows', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', p.id, 'outcome', p.status, 'words', p.outcome, 'trigger', p.trigger, 'since', p.since_date,
        'started_at', p.started_at, 'seconds', p.seconds, 'passes', p.passes, 'found', p.found,
        'unchanged', p.unchanged, 'synced', p.synced, 'failed', p.failed
      ) order by p.started_at desc), '[]')
      from (
        select r.*
        from public.sync_runs as r
        where r.started_at >= coalesce(read_runs_page.since, '-infinity')
          and r.started_at < least(read_runs_page.until, read_runs_page.before, 'infinity')
          and r.status = coalesce(read_runs_page.outcome, r.status)
          and r.trigger = coalesce(read_runs_page.trigger, r.trigger)
        order by r.started_at desc
        limit read_runs_page.page_size
      ) as p
    ),
    'total', (
      select count(*)
      from public.sync_runs as r
      where r.started_at >= coalesce(read_runs_page.since, '-infinity')
        and r.started_at < coalesce(read_runs_page.until, 'infinity')
        and r.status = coalesce(read_runs_page.outcome, r.status)
        and r.trigger = coalesce(read_runs_page.trigger, r.trigger)
    )
  );
end;
$$;

comment on function sovereign_sync.read_runs_page(timestamptz, timestamptz, text, text, timestamptz, integer) is
  'What sync_runs_page() hands out.';

create function public.sync_runs_page(
  since timestamptz default null,
  until timestamptz default null,
  outcome text default null,
  trigger text default null,
  before timestamptz default null,
  page_size integer default 50
)
returns jsonb
language sql
stable
set search_path = ''
return sovereign_sync.read_runs_page(since, until, outcome, trigger, before, page_size);

comment on function public.sync_runs_page(timestamptz, timestamptz, text, text, timestamptz, integer) is
  'The runs of a time, newest first, at most 200 a page; before: when the last one of the page before had started.';

-- 70_reading/statistics.sql ===========================================================================================
-- The stored applications in numbers, for the dashboard, with the caller's rights: who narrows the policy
-- "Authenticated users may read" of tblSovereignApplications narrows sync_statistics() with it.

create function public.sync_statistics(days integer default 30)
returns jsonb
language sql
stable
set search_path = ''
return (
  with frame as (
    select
      sovereign_sync.time_zone() as zone,
      (now() at time zone sovereign_sync.time_zone())::date as today,
      sovereign_sync.require_between('days', sync_statistics.days, 1, 100) as days
  ),
  by_day as (
    select a.day, sum(a.changes) as changes, count(*) as applications
    from (
      select
        (h.changed_at at time zone f.zone)::date as day,
        -- Any order will do to tell them apart, and that of a language takes its time.
        h.application collate "C",
        sum(cardinality(h.attributes)) as changes
      from frame as f
      join sovereign_sync.changes as h
        on h.changed_at >= (f.today - f.days + 1)::timestamp at time zone f.zone
      group by 1, 2
    ) as a
    group by a.day
  ),
  by_status as (
    select m.appstatuscode as status, count(*) as applications
    from public.tblsovereignapplications as m
    group by m.appstatuscode
  ),
  by_branch as (
    select b.branch, b.applications, row_number() over (order by b.applications desc, b.branch) as place
    from (
      select m.tradingbranch as branch, count(*) as applications
      from public.tblsovereignapplications as m
      group by m.tradingbranch
    ) as b
  )
  select jsonb_build_object(
    'total', (select coalesce(sum(s.applications), 0) from by_status as s),
    'by_status', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'status', s.status,
        'description', (
          select m.appstatusdesc
          from public.tblsovereignapplications as m
          where m.appstatuscode = s.status
          limit 1
        ),
        'applications', s.applications
      ) order by s.applications desc, s.status), '[]')
      from by_status as s
    ),
    'by_branch', (
      select coalesce(jsonb_agg(
        jsonb_build_object('branch', b.branch, 'applications', b.applications) order by b.place
      ), '[]')
      from by_branch as b
      where b.place <= 30
    ),
    'other_branches', (
      select jsonb_build_object('branches', count(*), 'applications', coalesce(sum(b.applications), 0))
      from by_branch as b
      where b.place > 30
    ),
    'changes_a_day', (
      select jsonb_agg(jsonb_build_object(
        'day', d.day, 'changes', coalesce(c.changes, 0), 'applications', coalesce(c.applications, 0)
      ) order by d.day)
      from (select f.today - n.n as day from generate_series(0, f.days - 1) as n (n)) as d
      left join by_day as c on c.day = d.day
    ),
    'stored_today', (
      select count(*)
      from public.tblsovereignapplications as m
      where m.created_at >= f.today::timestamp at time zone f.zone
    )
  )
  from frame as f
);

comment on function public.sync_statistics(integer) is
  'The stored applications in numbers: by status, by branch (the 30 largest), changes a day for 1 to 100 days.';

-- 90_grants.sql =======================================================================================================
-- Who may do what, all of it. Nobody but the owner gets into sovereign_sync, except service_role, as which the Edge
-- Function works. A view finds its tables and functions without its reader's access to their schema; so anon and
-- authenticated need no USAGE, only the privilege on what the views and functions of public are bound to.
--
-- What is not granted here stays with the owner: what reads secrets, calls the function, sends alerts or changes the
-- jobs. Default privileges cannot keep a new function from PUBLIC in one schema only, so the revokes come last.
revoke all on schema sovereign_sync from public, anon, authenticated, service_role;
revoke all on all tables in schema sovereign_sync from public, anon, authenticated, service_role;
revoke all on all sequences in schema sovereign_sync from public, anon, authenticated, service_role;
revoke all on all functions in schema sovereign_sync from public, anon, authenticated, service_role;

-- Older projects grant whatever is new in public to every role.
revoke all on table
  public.tblSovereignApplications, public."tblSovereignApplications", public."tblSovereignApplicationsChanges",
  public.tblSovereignApplicationsSyncLog, public."tblSovereignApplicationsSyncLog", public.sync_actions,
  public.sync_alerts, public.sync_changes, public.sync_dispatches, public.sync_errors, public.sync_failures,
  public.sync_gaps, public.sync_gone, public.sync_health, public.sync_refusals, public.sync_runs,
  public.sync_settings, public.sync_status, public.sync_time_in_status
from public, anon, authenticated, service_role;

revoke all on function
  public.accept_gap, public.cancel_sync, public.choose_canaries, public.claim_applications,
  public.enqueue_applications, public.explain_application, public.finish_sync_pass, public.forget_application,
  public.open_sync_run, public.operator_accept_gap, public.operator_cancel_sync, public.operator_change_thresholds,
  public.operator_forget, public.operator_forget_preview, public.operator_pause_sync, public.operator_reconcile,
  public.operator_request_applications, public.operator_resume_sync, public.operator_retry,
  public.operator_retry_preview, public.operator_start_from, public.operator_sync_now, public.pause_sync,
  public.read_watermark, public.reconcile, public.request_applications, public.resume_sync, public.retry,
  public.retry_preview, public.settle_applications, public.start_from, public.sync_actions_page,
  public.sync_application, public.sync_history, public.sync_not_current, public.sync_now, public.sync_overview,
  public.sync_run, public.sync_runs_page, public.sync_statistics, public.sync_thresholds
from public, anon, authenticated, service_role;

-- Signed-in users read applications, their history and the runs, and call the dashboard's functions.
grant select on table
  public.tblSovereignApplications, public."tblSovereignApplications", public."tblSovereignApplicationsChanges",
  public.tblSovereignApplicationsSyncLog, public."tblSovereignApplicationsSyncLog",
  public.sync_changes, public.sync_runs, public.sync_time_in_status,
  sovereign_sync.changes
to authenticated, service_role;

grant execute on function
  public.explain_application, public.operator_accept_gap, public.operator_cancel_sync, public.operator_change_thresholds,
  public.operator_forget, public.operator_forget_preview, public.operator_pause_sync, public.operator_reconcile,
  public.operator_request_applications, public.operator_resume_sync, public.operator_retry, public.operator_retry_preview,
  public.operator_start_from, public.operator_sync_now, public.sync_actions_page, public.sync_application,
  public.sync_history, public.sync_not_current, public.sync_overview, public.sync_run, public.sync_runs_page,
  public.sync_statistics, public.sync_thresholds,
  -- What these and the view sync_runs are bound to.
  sovereign_sync.counted, sovereign_sync.describe_stored, sovereign_sync.describe_time, sovereign_sync.explain_queue,
  sovereign_sync.operate, sovereign_sync.read_history, sovereign_sync.read_not_current, sovereign_sync.read_overview,
  sovereign_sync.read_run, sovereign_sync.read_runs_page, sovereign_sync.read_status, sovereign_sync.read_thresholds,
  sovereign_sync.require_between, sovereign_sync.run_is_dead, sovereign_sync.time_zone
to authenticated, service_role;

-- service_role works the queue.
grant usage on schema sovereign_sync to service_role;

grant insert, update, delete on table
  public.tblSovereignApplications, public."tblSovereignApplications", public.tblSovereignApplicationsSyncLog,
  public."tblSovereignApplicationsSyncLog"
to service_role;

grant select, insert, update, delete on table
  public.sync_status, sovereign_sync.status, sovereign_sync.queued_sync
to service_role;

grant select, insert, update on table public.sync_gaps, sovereign_sync.gaps, sovereign_sync.errors to service_role;

-- update on due_applications: to lock what is claimed.
grant select, update on table
  public.sync_settings, sovereign_sync.settings, sovereign_sync.known_attributes, sovereign_sync.due_applications
to service_role;

grant select, insert on table
  public.sync_refusals, sovereign_sync.unauthorized_requests, sovereign_sync.known_status_codes
to service_role;

grant select, insert, delete on table sovereign_sync.listed_applications to service_role;

grant select, delete on table public.sync_alerts, sovereign_sync.alerts to service_role;

grant select on table
  public.sync_actions, public.sync_dispatches, public.sync_errors, public.sync_failures, public.sync_gone,
  public.sync_health, sovereign_sync.actions, sovereign_sync.dispatches, sovereign_sync.queue_state,
  sovereign_sync.uptime_ping
to service_role;

grant execute on function
  public.accept_gap, public.cancel_sync, public.choose_canaries, public.claim_applications,
  public.enqueue_applications, public.finish_sync_pass, public.forget_application, public.open_sync_run,
  public.pause_sync, public.read_watermark, public.reconcile, public.request_applications, public.resume_sync,
  public.retry, public.retry_preview, public.settle_applications, public.start_from, public.sync_now
to service_role;

-- What these, the triggers' functions and the views call with their caller's rights.
grant execute on function
  -- 10_tables
  sovereign_sync.is_time_zone, sovereign_sync.today,
  -- 20_queue
  sovereign_sync.asks_canaries_first, sovereign_sync.attempts_in_doubt, sovereign_sync.check_list,
  sovereign_sync.count_date_offsets, sovereign_sync.covered_range, sovereign_sync.date_offset_warning,
  sovereign_sync.decide_answers, sovereign_sync.fingerprint, sovereign_sync.give_back_failures,
  sovereign_sync.has_canaries, sovereign_sync.is_complete, sovereign_sync.is_in_doubt, sovereign_sync.judge_listed,
  sovereign_sync.keep_asking, sovereign_sync.make_pending, sovereign_sync.max_attempts, sovereign_sync.max_lapses,
  sovereign_sync.max_suspects, sovereign_sync.missing_attributes, sovereign_sync.next_attempt_at,
  sovereign_sync.note_attributes, sovereign_sync.note_errors, sovereign_sync.note_listed, sovereign_sync.note_occ,
  sovereign_sync.note_status_codes, sovereign_sync.occ_was, sovereign_sync.recheck_disagreed,
  sovereign_sync.release_claims, sovereign_sync.revive_failures, sovereign_sync.settle_answers,
  sovereign_sync.settle_failures, sovereign_sync.settled_apart, sovereign_sync.store_answers,
  sovereign_sync.suspect_missing, sovereign_sync.suspects_of_night, sovereign_sync.void_claims,
  -- 30_runs
  sovereign_sync.append_details, sovereign_sync.append_errors, sovereign_sync.begin_waiting_sync,
  sovereign_sync.close_dead_run, sovereign_sync.close_sync_run, sovereign_sync.default_since,
  sovereign_sync.describe_cancellation, sovereign_sync.hand_over_run, sovereign_sync.hold_sync_run,
  sovereign_sync.let_sync_wait, sovereign_sync.lookback, sovereign_sync.manual_sync, sovereign_sync.move_watermark,
  sovereign_sync.prove_lease, sovereign_sync.resume_sync_run, sovereign_sync.run_is_abandoned,
  sovereign_sync.send_waiting_sync, sovereign_sync.sync_run_failed, sovereign_sync.to_errors,
  -- 40_calls
  sovereign_sync.answer_to, sovereign_sync.connection_problem, sovereign_sync.describe_dispatch,
  sovereign_sync.dispatch_sync, sovereign_sync.invoke_sync_applications, sovereign_sync.schedule_problem,
  sovereign_sync.ticks_between, sovereign_sync.why_not_sent,
  -- 50_monitoring
  sovereign_sync.add_remedy, sovereign_sync.conditions_of, sovereign_sync.database_is_read_only,
  sovereign_sync.describe_failure, sovereign_sync.describe_full_disk, sovereign_sync.dispatch_failed,
  sovereign_sync.failures_in_a_row, sovereign_sync.last_answered_dispatch, sovereign_sync.last_failed_run,
  sovereign_sync.schedule_ran_at, sovereign_sync.sentence, sovereign_sync.sync_conditions,
  sovereign_sync.why_no_run_completes,
  -- 60_operations
  sovereign_sync.acting_role, sovereign_sync.describe_range, sovereign_sync.is_operator, sovereign_sync.reconcile_since,
  sovereign_sync.record_action, sovereign_sync.request_claims, sovereign_sync.require_past, sovereign_sync.to_retry,
  -- 70_reading
  sovereign_sync.describe_errors, sovereign_sync.describe_place, sovereign_sync.describe_state
to service_role;
