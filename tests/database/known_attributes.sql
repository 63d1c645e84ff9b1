-- An attribute is missed when it used to come, and does not for much longer than it takes by chance.
begin;
truncate public.tblsovereignapplications, public.tblsovereignapplicationssynclog, sovereign_sync.status;
update sovereign_sync.known_attributes set answers = 0, present = 0, absent = 0;
set local search_path = extensions, public;

select plan(11);

-- So many answers, of which some have an owner, and every one a title.
create function pg_temp.settle(answers integer, with_owner integer) returns void language plpgsql as $$
declare
  lease constant uuid := gen_random_uuid();
begin
  insert into public.tblsovereignapplicationssynclog (since_date, status, trigger, lease, heartbeat_at)
  values ('2026-01-01', 'running', 'schedule', lease, now());
  delete from public.sync_status;
  insert into public.sync_status (g3_application_number, claimed_by, claimed_at)
  select 'G3-' || n, lease, now() from generate_series(1, answers) as n;
  perform public.settle_applications(lease, (
    select jsonb_agg(jsonb_build_object(
      'g3_application_number', 'G3-' || n, 'began_at', now(), 'applicationtitle', 'x', 'subprime', null,
      'owner', case when n <= with_owner then 'x' end
    )) from generate_series(1, answers) as n
  ));
  update public.tblsovereignapplicationssynclog set status = 'completed', sync_completed_at = now(), lease = null where status = 'running';
end;
$$;

create function pg_temp.says() returns text language sql as $$
  select c.message from sovereign_sync.sync_conditions() as c where c.condition = 'data quality';
$$;

select pg_temp.settle(100, 0);
select pg_temp.settle(100, 0);
select is(pg_temp.says(), null, 'what never came is not missed');
select pg_temp.settle(30, 30);
select pg_temp.settle(19, 0);
select is(pg_temp.says(), null, '19 answers say nothing');
select pg_temp.settle(200, 0);
select is(pg_temp.says(), 'OCC no longer sends: owner (in none of the last 219 applications). If it stays so, ask OCC what has changed.', 'more do, by name and number');
select pg_temp.settle(0, 0);
select isnt(pg_temp.says(), null, 'a quiet tick does not change it');
select pg_temp.settle(5, 1);
select is(pg_temp.says(), null, 'one value ends it');

update sovereign_sync.known_attributes set answers = 0, present = 0, absent = 0;
select pg_temp.settle(20, 20);
select pg_temp.settle(20, 20);
select pg_temp.settle(10, 0);
select pg_temp.settle(9, 0);
select is(pg_temp.says(), null, '19 in small runs');
select pg_temp.settle(1, 0);
select is(pg_temp.says(), 'OCC no longer sends: owner (in none of the last 20 applications). If it stays so, ask OCC what has changed.', 'and 20');

update sovereign_sync.known_attributes set answers = 0, present = 0, absent = 0;
select pg_temp.settle(100, 5);
select pg_temp.settle(100, 0);
select is(pg_temp.says(), null, 'a seldom value is not missed so soon');
select pg_temp.settle(100, 0);
select pg_temp.settle(100, 0);
select isnt(pg_temp.says(), null, 'but some time');

update sovereign_sync.known_attributes set answers = 5000, present = 5000 where attribute = 'owner';
select pg_temp.settle(100, 10);
select results_eq(
  $$ select k.answers, k.present from sovereign_sync.known_attributes as k where k.attribute = 'owner' $$,
  $$ values (2900::bigint, 2510::bigint) $$, 'what was long ago fades'
);

-- A repeated call counts once.
insert into public.tblsovereignapplicationssynclog (since_date, status, trigger, lease, heartbeat_at)
values ('2026-01-01', 'running', 'schedule', '00000000-0000-0000-0000-000000000001', now());
select public.settle_applications(
  '00000000-0000-0000-0000-000000000001', '[{"g3_application_number": "G3-1", "owner": "x", "began_at": "2026-01-01"}]'
);
select is(
  (select k.present from sovereign_sync.known_attributes as k where k.attribute = 'owner'), 2510::bigint, 'an answer whose claim is settled already does not count'
);

select * from finish();
rollback;
