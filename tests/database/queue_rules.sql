-- The rules of the queue, asked directly.
begin;
truncate public.tblsovereignapplications, public.tblsovereignapplicationssynclog, sovereign_sync.status;
set local search_path = extensions, public;

select plan(29);

select is(sovereign_sync.max_attempts(), 8, 'parked after eight attempts');
select is(sovereign_sync.max_lapses(), 2, 'alone after two lapses');
select ok(sovereign_sync.run_is_dead(now() - interval '90 seconds'), 'dead after 90 seconds without a sign of life');
select ok(not sovereign_sync.run_is_dead(now() - interval '89 seconds'), 'and not before');
select ok(sovereign_sync.run_is_dead(null), 'a run that never showed one is dead');

insert into public.tblsovereignapplicationssynclog (id, since_date, trigger, status, lease, heartbeat_at, passes)
values (
  '11111111-1111-1111-1111-111111111111', '2026-01-01', 'schedule', 'running', '22222222-2222-2222-2222-222222222222', now(), 1
);
insert into public.sync_status (g3_application_number, state, next_attempt_at, stale_since, claimed_by, claimed_at, attempted_by_run)
values
  ('due', 'pending', now(), now(), null, null, null),
  ('due by another run', 'failed', now(), now(), null, null, gen_random_uuid()),
  ('claimed by a lease that is gone', 'pending', now(), now(), gen_random_uuid(), now(), null),
  ('parked', 'parked', now(), now(), null, null, null),
  ('not due yet', 'failed', now() + interval '1 minute', now(), null, null, null),
  ('in flight', 'pending', now(), now(), '22222222-2222-2222-2222-222222222222', now(), null),
  ('tried by this run', 'failed', now(), now(), null, null, '11111111-1111-1111-1111-111111111111'),
  ('synced', 'synced', null, null, null, null, null);

select set_eq(
  'select g3_application_number from sovereign_sync.due_applications',
  array['due', 'due by another run', 'claimed by a lease that is gone', 'parked'],
  'due is what has its time, is not in flight, and was not tried by the open run'
);
select set_eq(
  $$ select c from public.claim_applications('22222222-2222-2222-2222-222222222222', 10, 0) as c $$,
  array['due', 'due by another run', 'claimed by a lease that is gone', 'parked'],
  'and that is what is claimed'
);
select set_eq(
  $$ select c from public.claim_applications('22222222-2222-2222-2222-222222222222', 10, 1) as c $$,
  array[]::text[],
  'once'
);

select public.request_applications(array['tried by this run']);
select set_eq(
  $$ select c from public.claim_applications('22222222-2222-2222-2222-222222222222', 10, 2) as c $$,
  array['tried by this run'],
  'what the open run has tried and is asked for is fetched by it once more'
);

insert into public.sync_status (g3_application_number, next_attempt_at, requested_at)
values ('asked for a while ago', now() - interval '1 hour', now() - interval '1 hour'), ('just listed', now(), null);
select set_eq(
  $$ select c from public.claim_applications('22222222-2222-2222-2222-222222222222', 1, 3) as c $$,
  array['asked for a while ago'],
  'what is asked for goes before what has just been listed'
);

update public.tblsovereignapplicationssynclog set heartbeat_at = now() - interval '1 minute';
select public.settle_applications('22222222-2222-2222-2222-222222222222', '[]');
select ok((select heartbeat_at = now() from public.tblsovereignapplicationssynclog), 'each call of a pass is a sign of life');

-- A pass died while it stored the list.
update public.tblsovereignapplicationssynclog
set heartbeat_at = now() - interval '2 minutes', listed_parts = 1, listed_skipped = 1, applications_found = 10,
  applications_unchanged = 6, applications_enqueued = 4;
select is(
  (
    select o.pass from public.open_sync_run(
      '33333333-3333-3333-3333-333333333333', '2026-01-02', 'next_pass', run_id => '11111111-1111-1111-1111-111111111111'
    ) as o
  ),
  2, 'its next pass goes on with the run'
);
select results_eq(
  $$ select listed_parts, listed_skipped, applications_found, applications_unchanged, applications_enqueued
     from public.tblsovereignapplicationssynclog $$,
  'values (0, 0, 0, 0, 0)',
  'and lists from nothing'
);

-- Nobody asked for it by a heartbeat: the row was inserted by hand.
update public.tblsovereignapplicationssynclog set heartbeat_at = null, lease = null;
select is(
  (select o.outcome from public.open_sync_run(gen_random_uuid(), '2026-01-02', 'manual') as o), 'opened',
  'a running row without any heartbeat keeps nobody from opening a run'
);

select ok(sovereign_sync.sync_run_failed(l, false), 'a run without a list has failed')
from public.tblsovereignapplicationssynclog as l limit 1;
update public.tblsovereignapplicationssynclog set listed_at = now();
select ok(not sovereign_sync.sync_run_failed(l, false), 'one with a list has not')
from public.tblsovereignapplicationssynclog as l limit 1;
select ok(sovereign_sync.sync_run_failed(l, true), 'one that broke off has, whatever it did')
from public.tblsovereignapplicationssynclog as l limit 1;
update public.tblsovereignapplicationssynclog set listed_at = now(), occ = 'unwell';
update public.tblsovereignapplicationssynclog set applications_fetched = 1;
select ok(not sovereign_sync.sync_run_failed(l, false), 'a run that fetched something has not, though OCC was unwell')
from public.tblsovereignapplicationssynclog as l limit 1;

insert into public.tblsovereignapplications (g3_application_number) values ('synced');
select is(sovereign_sync.occ_was(), 'unwell', 'OCC is as it was found last');
select ok(sovereign_sync.asks_canaries_first(), 'so that canaries are asked before anything is fetched');
update public.sync_status set no_canary_until = now() + interval '1 hour' where state = 'synced';
select ok(
  not sovereign_sync.asks_canaries_first(),
  'but not when all of them have failed already: they may be gone, and nothing would ever be fetched again'
);
insert into public.sync_status (g3_application_number, state, next_attempt_at, stale_since) values ('fresh', 'synced', null, null);
insert into public.tblsovereignapplications (g3_application_number) values ('fresh');
update public.tblsovereignapplicationssynclog set lease = '22222222-2222-2222-2222-222222222222' where status = 'running';
select set_eq(
  $$ select c from public.choose_canaries('22222222-2222-2222-2222-222222222222') as c $$, array['fresh'],
  'a canary that failed is not chosen while there is another'
);
delete from public.tblsovereignapplications where g3_application_number = 'fresh';
delete from public.sync_status where g3_application_number = 'fresh';
select set_eq(
  $$ select c from public.choose_canaries('22222222-2222-2222-2222-222222222222') as c $$, array['synced'],
  'and is when there is none'
);
update public.tblsovereignapplicationssynclog set occ = 'well';
select ok(not sovereign_sync.asks_canaries_first(), 'nor when OCC is well');
update public.tblsovereignapplicationssynclog set occ = 'unwell';
update public.tblsovereignapplicationssynclog set sync_started_at = now() + interval '1 hour';
select is(sovereign_sync.occ_was(), null, 'and not as a row of the future says');

select is(
  jsonb_array_length(sovereign_sync.date_offset_warning(r)), w.warnings, w.description
)
from (select l.* from public.tblsovereignapplicationssynclog as l limit 1) as any_run
cross join (values
  ('{"3600": 11, "0": 9}', 20, 1, 'most of a run off by one offset points at OCC_TIME_ZONE'),
  ('{"3600": 10, "-900": 10}', 20, 0, 'half of it does not'),
  ('{"3600": 4}', 4, 0, 'nor do four applications')
) as w (offsets, fetched, warnings, description)
cross join lateral jsonb_populate_record(
  null::public.tblsovereignapplicationssynclog, to_jsonb(any_run) || jsonb_build_object('date_offsets', w.offsets::jsonb, 'applications_fetched', w.fetched)
) as r;

insert into public.tblsovereignapplications (g3_application_number, lastsaveddatetime) values ('stored', '2026-02-01');
select sovereign_sync.store_answers('00000000-0000-0000-0000-000000000001', '{}', '{}');
update public.tblsovereignapplications set lastsaveddatetime = '2026-01-01' where g3_application_number = 'stored';
select is(
  (select m.lastsaveddatetime from public.tblsovereignapplications as m where m.g3_application_number = 'stored'),
  '2026-02-01'::timestamptz, 'once answers are stored the guard is back, in the same transaction'
);

select * from finish();
rollback;
