-- What the history keeps, and what it does not.
begin;
truncate public.tblsovereignapplications, sovereign_sync.changes, sovereign_sync.status;
update public.sync_settings set history = true, keep_history_for = '400 days';
set local search_path = extensions, public;
set local timezone = 'Pacific/Auckland';

select * from no_plan();

create function pg_temp.changes() returns setof text language sql as $$
  select format('%s %s %s -> %s', c.application, c.attribute, coalesce(c.old, 'null'), coalesce(c.new, 'null'))
  from public.sync_changes as c order by c.id, c.attribute;
$$;

insert into public.tblsovereignapplications (g3_application_number, appstatuscode, owner, lastsaveddatetime)
values ('G3-1', 'DRAFT', 'A', '2026-01-01T00:00:00Z'), ('G3-2', 'DRAFT', null, null);
select is_empty('select * from pg_temp.changes()', 'a new application has no history');

update public.tblsovereignapplications set owner = owner;
update public.tblsovereignapplications set updated_at = now() - interval '1 day', created_at = now();
update public.tblsovereignapplications set owner = 'older', lastsaveddatetime = '2025-01-01' where g3_application_number = 'G3-1';
select is_empty('select * from pg_temp.changes()', 'a write that changes nothing, or that the guard skips, writes none');

insert into public.tblsovereignapplications (g3_application_number, appstatuscode, owner, lastsaveddatetime)
values ('G3-1', 'COND', 'A', '2026-01-02T03:04:05.25Z'), ('G3-2', 'DRAFT', null, null), ('G3-3', 'DRAFT', 'C', null)
on conflict (g3_application_number) do update set
  appstatuscode = excluded.appstatuscode, owner = excluded.owner, lastsaveddatetime = excluded.lastsaveddatetime;
select results_eq(
  'select * from pg_temp.changes()',
  $$ values ('G3-1 appStatusCode DRAFT -> COND'),
       ('G3-1 lastSavedDateTime 2026-01-01T00:00:00Z -> 2026-01-02T03:04:05.25Z') $$,
  'an upsert writes what it changes, in no zone but UTC'
);
select results_eq(
  'select count(*), count(distinct id), bool_and(changed_at = now()), bool_or(run is not null) from public.sync_changes',
  $$ values (2::bigint, 1::bigint, true, false) $$, 'one row of sovereign_sync.changes an application; who is not the sync is no run'
);

-- Each attribute, and each in its place.
update public.tblsovereignapplications set
  applicationinternalnumber = '1', applicationname = '2', clientapplication = '3', loadedbyclientnumber = '4', owner = '5',
  applicationtitle = '6', tradingbranch = '7', saleschannel = '8', subprime = '9', comparisonratessupplied = '10',
  paymentmethod = '11', type = '12', appstatusdesc = '13', appstatuscode = '14', currenttaskwith = '15',
  lastsaveddatetime = '2026-01-16T00:00:00Z'
where g3_application_number = 'G3-2';
select results_eq(
  $$ select c.attribute, c.new from public.sync_changes as c where c.application = 'G3-2' order by c.attribute collate "C" $$,
  $$ select k.attribute, case when k.attribute = 'lastSavedDateTime' then '2026-01-16T00:00:00Z' else k.position::text end
     from sovereign_sync.known_attributes as k order by k.attribute collate "C" $$,
  'every attribute that is stored has its history, by its printed name'
);

-- The run.
delete from sovereign_sync.changes;
select set_config('sovereign_sync.settling', '00000000-0000-0000-0000-000000000001', true);
update public.tblsovereignapplications set owner = 'of a run' where g3_application_number in ('G3-1', 'G3-3');
select set_config('sovereign_sync.settling', '', true);
select results_eq(
  'select application, run from sovereign_sync.changes order by 1',
  $$ values ('G3-1', '00000000-0000-0000-0000-000000000001'::uuid), ('G3-3', '00000000-0000-0000-0000-000000000001') $$,
  'what the sync settles bears its run'
);

-- Numbers.
delete from sovereign_sync.changes;
update public.tblsovereignapplications set g3_application_number = 'G3-typo', owner = 'Z' where g3_application_number = 'G3-3';
select set_eq(
  'select * from pg_temp.changes()',
  $$ values ('G3-3 G3_application_number G3-3 -> null'), ('G3-typo G3_application_number null -> G3-typo') $$,
  'another number: the one application is gone, the other new'
);
delete from sovereign_sync.changes;
delete from public.tblsovereignapplications where g3_application_number = 'G3-typo';
select results_eq(
  'select * from pg_temp.changes()', $$ values ('G3-typo G3_application_number G3-typo -> null') $$, 'a deleted row leaves a trace'
);

-- A plan that was made for one row must not be a loop over many: 5,000 x 5,000 comparisons.
insert into public.tblsovereignapplications (g3_application_number) select 'G3-m' || n from generate_series(1, 5000) as n;
delete from sovereign_sync.changes;
update public.tblsovereignapplications set owner = 'many' where g3_application_number like 'G3-m%';
select is((select count(*) from sovereign_sync.changes), 5000::bigint, 'many rows in one statement');
delete from public.tblsovereignapplications where g3_application_number like 'G3-m%';

-- Off and on.
delete from sovereign_sync.changes;
update public.sync_settings set history = false;
update public.tblsovereignapplications set owner = 'off';
delete from public.tblsovereignapplications where g3_application_number = 'G3-2';
select is_empty('select * from pg_temp.changes()', 'switched off, nothing is kept');
update public.sync_settings set history = true;
update public.tblsovereignapplications set owner = 'on';
select results_eq('select * from pg_temp.changes()', $$ values ('G3-1 owner off -> on') $$, 'switched on, it goes on');

-- Nobody writes it.
set local role service_role;
select throws_ok(
  $$ insert into sovereign_sync.changes (application, attributes, old, new) values ('x', '{}', '{}', '{}') $$,
  '42501', null, 'service_role does not insert'
);
select throws_ok('update sovereign_sync.changes set run = null', '42501', null, 'nor update');
select throws_ok('delete from sovereign_sync.changes', '42501', null, 'nor delete');
select lives_ok($$ update public.tblsovereignapplications set owner = 'by service_role' $$, 'but what it changes is written');
reset role;
select is((select c.new from public.sync_changes as c order by c.id desc limit 1), 'by service_role', 'and read');

-- Retention.
update sovereign_sync.changes set changed_at = now() - interval '399 days';
select sovereign_sync.prune_sync_records();
select isnt_empty('select from sovereign_sync.changes', 'it is kept');
update sovereign_sync.changes set changed_at = now() - interval '401 days';
select sovereign_sync.prune_sync_records();
select is_empty('select from sovereign_sync.changes', 'for 400 days');

-- Time in each status.
truncate public.tblsovereignapplications, sovereign_sync.changes;
insert into public.tblsovereignapplications (g3_application_number, appstatuscode)
values ('G3-1', 'DRAFT'), ('G3-2', 'DRAFT'), ('G3-3', null);
insert into sovereign_sync.changes (application, changed_at, attributes, old, new) values
  ('G3-1', now() - interval '5 hours', '{owner}', '{A}', '{B}'),
  ('G3-1', now() - interval '4 hours', '{appStatusDesc,appStatusCode}', '{Draft,DRAFT}', '{Conditional,COND}'),
  ('G3-1', now() - interval '3 hours', '{owner}', '{B}', '{C}'),
  ('G3-1', now() - interval '1 hour', '{appStatusCode}', '{COND}', '{APP}'),
  ('G3-9', now() - interval '8 hours', '{appStatusCode}', '{DRAFT}', '{DECL}'),
  ('G3-9', now() - interval '6 hours', '{G3_application_number}', '{G3-9}', array[null::text]),
  ('G3-9', now() - interval '2 hours', '{appStatusCode}', '{COND}', '{APP}');
select results_eq(
  $$ select application, status, entered_at - now(), left_at - now(), duration
     from public.sync_time_in_status order by application, coalesce(left_at, 'infinity') $$,
  $$ values
       ('G3-1', 'DRAFT', null::interval, interval '-4 hours', null::interval),
       ('G3-1', 'COND', '-4 hours', '-1 hour', '3 hours'),
       ('G3-1', 'APP', '-1 hour', null, '1 hour'),
       ('G3-2', 'DRAFT', null, null, null),
       ('G3-3', null, null, null, null),
       ('G3-9', 'DRAFT', null, '-8 hours', null),
       ('G3-9', 'DECL', '-8 hours', '-6 hours', '2 hours'),
       ('G3-9', 'COND', null, '-2 hours', null),
       ('G3-9', 'APP', '-2 hours', null, '2 hours') $$,
  'a change ends one status and begins another; nobody knows since when the first was, nor the one after a deletion'
);

select * from finish();
rollback;
