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
