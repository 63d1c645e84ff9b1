-- Who did what: each operator function records itself, and nobody can touch the record.
begin;
truncate public.tblsovereignapplications, public.tblsovereignapplicationssynclog, sovereign_sync.status, sovereign_sync.gaps,
  sovereign_sync.dispatches, sovereign_sync.actions;
update public.sync_settings set paused_at = null, resumed_at = null, start_from = null, time_zone = 'UTC', alert_parked_from = 1;
truncate sovereign_sync.actions;
set local search_path = extensions, public;

select * from no_plan();

-- Every public function that may change something, but those that only who holds a lease, or asks for one, can use, and
-- those by which an operator calls these (dashboard_acting.sql).
create temporary table calls (call text) on commit drop;
insert into calls values
  ('sync_now(''2026-01-01'', true)'), ('retry(everything => true)'),
  ('forget_application(''G3-1'', ''a wrong number'')'), ('start_from(''2026-01-01'')'), ('accept_gap()'), ('pause_sync()'),
  ('resume_sync()'), ('cancel_sync()'), ('reconcile(''2026-01-01'')'), ('request_applications(array[''G3-1''])');
grant select on calls to service_role;

select set_eq(
  $$ select p.proname::text from pg_proc as p
     where p.pronamespace = 'public'::regnamespace and p.provolatile = 'v' and not 'lease' = any (coalesce(p.proargnames, '{}'))
       and p.proname !~ '^operator_'
       and has_function_privilege('service_role', p.oid, 'execute') $$,
  $$ select split_part(c.call, '(', 1) from calls as c $$,
  'every public function with which people change something is called here'
);

create function pg_temp.call_and_read(call text) returns setof public.sync_actions language plpgsql as $$
declare
  result text;
begin
  execute 'select public.' || call into result;
  return query select a.* from public.sync_actions as a order by a.id desc limit 1;
end;
$$;

set local role service_role;
select is(a.action, split_part(c.call, '(', 1), 'recorded: ' || c.call)
from calls as c, pg_temp.call_and_read(c.call) as a;
reset role;
select results_eq(
  'select count(*), count(*) filter (where role_name = ''service_role'') from public.sync_actions',
  'select count(*), count(*) from calls', 'once each, with the role that did it'
);
select results_eq(
  $$ select a.arguments, a.result ~ '^Requested \(dispatch' from public.sync_actions as a where a.action = 'sync_now' $$,
  $$ values ('{"since": "2026-01-01", "force": true}'::jsonb, true) $$, 'with its arguments and what was answered'
);

-- Who it was.
select is(public.accept_gap(), 'There is no open gap.', 'what did nothing answers so');
select results_eq(
  'select a.role_name, a.user_id, a.email, a.result from public.sync_actions as a order by a.id desc limit 1',
  $$ values ('postgres', null::text, null::text, 'There is no open gap.') $$, 'and is recorded too; in Studio it is postgres'
);
set local "request.jwt.claims" = '{"sub": "9b1e", "email": "jo@example.org", "role": "authenticated"}';
select public.accept_gap();
select results_eq(
  'select a.user_id, a.email from public.sync_actions as a order by a.id desc limit 1', $$ values ('9b1e', 'jo@example.org') $$,
  'a person''s token names the person'
);
set local "request.jwt.claims" = 'no JSON';
select lives_ok('select public.accept_gap()', 'claims that are none do not stop an operator');
set local "request.jwt.claims" = '';
select throws_ok('select public.start_from(''9999-01-01'')', '22023', null, 'what raises');
select is(
  (select count(*) from public.sync_actions as a where a.arguments ->> 'day' = '9999-01-01'), 0::bigint, 'leaves no row'
);

-- Settings.
delete from public.sync_actions;
set local role service_role;
update public.sync_settings set alert_parked_from = 7, time_zone = 'Pacific/Auckland';
reset role;
select results_eq(
  'select a.action, a.arguments, a.result, a.role_name from public.sync_actions as a',
  $$ values (
    'update sync_settings',
    '{"alert_parked_from": {"from": 1, "to": 7}, "time_zone": {"from": "UTC", "to": "Pacific/Auckland"}}'::jsonb,
    'Changed: alert_parked_from, time_zone.', 'service_role') $$,
  'a setting that is changed by hand is recorded, from what to what'
);
update public.sync_settings set alert_parked_from = 7;
select is((select count(*) from public.sync_actions), 1::bigint, 'one that stays as it was is not');
update public.sync_settings set paused_at = now();
select is((select a.arguments -> 'paused_at' -> 'from' from public.sync_actions as a order by a.id desc limit 1), 'null', 'nor is a pause by hand missed');
delete from public.sync_actions;
select public.resume_sync(), public.pause_sync(), public.start_from('2026-01-01');
insert into public.tblsovereignapplicationssynclog (since_date, status, trigger, moves_watermark, lease, heartbeat_at)
values ('2026-01-01', 'running', 'schedule', true, '00000000-0000-0000-0000-000000000001', now());
select public.enqueue_applications('00000000-0000-0000-0000-000000000001', '[]', 0, '2026-01-01', true);
select is((select s.start_from from public.sync_settings as s), null, 'the run clears start_from');
select results_eq(
  'select a.action from public.sync_actions as a order by a.id', $$ values ('resume_sync'), ('pause_sync'), ('start_from') $$,
  'what an operator function or the sync itself sets is not recorded a second time'
);

-- What its owner alone may call names no secret.
delete from public.sync_actions;
select sovereign_sync.connect_sync('https://abcdefgh.supabase.co', 'a-cron-secret-of-this-test');
select sovereign_sync.schedule_sync();
select results_eq(
  $$ select a.action, a.arguments, a.result ~ 'a-cron|abcdefgh' from public.sync_actions as a order by a.id $$,
  $$ values ('connect_sync', '{}'::jsonb, false), ('schedule_sync', '{}', false) $$, 'connecting and scheduling are recorded, without the secret'
);
select pg_temp.call_and_read('accept_gap()');

-- Nobody can change it.
set local role service_role;
select lives_ok('select * from public.sync_actions', 'service_role reads it');
select throws_ok('delete from public.sync_actions', '42501', null, 'service_role does not delete from it');
select throws_ok('update public.sync_actions set result = ''''', '42501', null, 'nor update it');
select throws_ok(
  'insert into public.sync_actions (action, arguments, result, role_name) values ('''', ''{}'', '''', '''')', '42501', null, 'nor insert'
);
set local role authenticated;
select throws_ok('select * from public.sync_actions', '42501', null, 'it names people: authenticated does not read it');
select throws_ok('select sovereign_sync.record_action('''', ''{}'', '''')', '42501', null, 'nor record anything');
reset role;

update public.sync_actions set acted_at = now() - interval '399 days';
select sovereign_sync.prune_sync_records();
select is((select count(*) from public.sync_actions), 3::bigint, 'it is kept');
update public.sync_actions set acted_at = now() - interval '401 days';
select sovereign_sync.prune_sync_records();
select is_empty('select from public.sync_actions', 'for 400 days');

select * from finish();
rollback;
