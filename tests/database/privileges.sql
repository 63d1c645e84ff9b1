-- Every object x every role: what is allowed, and that the rest is refused.
begin;
truncate public.tblsovereignapplications, public.tblsovereignapplicationssynclog, sovereign_sync.status, sovereign_sync.changes;
set local search_path = extensions, public;

select * from no_plan();

-- All there is; what is not named here fails the test.
create temporary table objects (object_name text, of_authenticated text, of_service_role text) on commit drop;
insert into objects values
  ('tblsovereignapplications', 'SELECT', 'SELECT INSERT UPDATE DELETE'),
  ('tblsovereignapplicationssynclog', 'SELECT', 'SELECT INSERT UPDATE DELETE'),
  ('"tblSovereignApplications"', 'SELECT', 'SELECT INSERT UPDATE DELETE'),
  ('"tblSovereignApplicationsSyncLog"', 'SELECT', 'SELECT INSERT UPDATE DELETE'),
  ('"tblSovereignApplicationsChanges"', 'SELECT', 'SELECT'),
  ('sync_actions', '', 'SELECT'),
  ('sync_alerts', '', 'SELECT DELETE'),
  ('sync_changes', 'SELECT', 'SELECT'),
  ('sync_dispatches', '', 'SELECT'),
  ('sync_errors', '', 'SELECT'),
  ('sync_failures', '', 'SELECT'),
  ('sync_gaps', '', 'SELECT INSERT UPDATE'),
  ('sync_gone', '', 'SELECT'),
  ('sync_health', '', 'SELECT'),
  ('sync_refusals', '', 'SELECT INSERT'),
  ('sync_runs', 'SELECT', 'SELECT'),
  ('sync_settings', '', 'SELECT UPDATE'),
  ('sync_status', '', 'SELECT INSERT UPDATE DELETE'),
  ('sync_time_in_status', 'SELECT', 'SELECT'),
  ('sovereign_sync.actions', '', 'SELECT'),
  ('sovereign_sync.alerts', '', 'SELECT DELETE'),
  -- Read by the views of public, with their reader's rights.
  ('sovereign_sync.changes', 'SELECT', 'SELECT'),
  ('sovereign_sync.dispatches', '', 'SELECT'),
  ('sovereign_sync.due_applications', '', 'SELECT UPDATE'),
  ('sovereign_sync.errors', '', 'SELECT INSERT UPDATE'),
  ('sovereign_sync.gaps', '', 'SELECT INSERT UPDATE'),
  ('sovereign_sync.known_attributes', '', 'SELECT UPDATE'),
  ('sovereign_sync.known_status_codes', '', 'SELECT INSERT'),
  ('sovereign_sync.listed_applications', '', 'SELECT INSERT DELETE'),
  ('sovereign_sync.queue_state', '', 'SELECT'),
  ('sovereign_sync.queued_sync', '', 'SELECT INSERT UPDATE DELETE'),
  ('sovereign_sync.settings', '', 'SELECT UPDATE'),
  ('sovereign_sync.status', '', 'SELECT INSERT UPDATE DELETE'),
  ('sovereign_sync.unauthorized_requests', '', 'SELECT INSERT'),
  ('sovereign_sync.uptime_ping', '', 'SELECT');

select set_eq(
  $$ select c.oid::regclass::text from pg_class as c
     where c.relnamespace in ('public'::regnamespace, 'sovereign_sync'::regnamespace) and c.relkind in ('r', 'v', 'm', 'p', 'f') $$,
  $$ select o.object_name from objects as o $$,
  'every table and view is named here'
);

select is(
  has_table_privilege(r.role_name, o.object_name, p.privilege),
  p.privilege = any (string_to_array(
    case r.role_name when 'authenticated' then o.of_authenticated when 'service_role' then o.of_service_role else '' end, ' '
  )),
  format('%s: %s on %s', r.role_name, p.privilege, o.object_name)
)
from objects as o
cross join (values ('anon'), ('authenticated'), ('service_role')) as r (role_name)
cross join (values ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('REFERENCES'), ('TRIGGER')) as p (privilege);

select ok(
  not has_sequence_privilege(r.role_name, c.oid, 'USAGE, SELECT, UPDATE'),
  format('%s: nothing on sequence %s', r.role_name, c.relname)
)
from pg_class as c
cross join (values ('anon'), ('authenticated'), ('service_role')) as r (role_name)
where c.relnamespace in ('public'::regnamespace, 'sovereign_sync'::regnamespace) and c.relkind = 'S';

-- The dashboard's: what they do to whom is in dashboard_reading.sql and dashboard_acting.sql.
create temporary table of_the_dashboard (function_name text) on commit drop;
insert into of_the_dashboard
select n.name from string_to_table(
  'explain_application operator_accept_gap operator_cancel_sync operator_change_thresholds operator_forget '
    'operator_forget_preview operator_pause_sync operator_reconcile operator_request_applications operator_resume_sync '
    'operator_retry operator_retry_preview operator_start_from operator_sync_now sync_actions_page sync_application '
    'sync_history sync_not_current sync_overview sync_run sync_runs_page sync_statistics sync_thresholds', ' '
) as n (name);

select is(
  has_function_privilege(r.role_name, f.signature, 'EXECUTE'),
  r.role_name = 'service_role' or r.role_name = 'authenticated' and f.is_of_the_dashboard,
  format('%s: execute %s', r.role_name, f.signature)
)
from (
  select
    p.oid::regprocedure::text as signature,
    p.proname in (select d.function_name from of_the_dashboard as d) as is_of_the_dashboard
  from pg_proc as p
  where p.pronamespace = 'public'::regnamespace
) as f
cross join (values ('anon'), ('authenticated'), ('service_role')) as r (role_name);

select is_empty(
  $$ select p.oid::regprocedure
     from pg_proc as p
     where p.pronamespace in ('public'::regnamespace, 'sovereign_sync'::regnamespace)
       and not coalesce(p.proconfig, '{}') @> array['search_path=""'] $$,
  'every function sets search_path = '''''
);

select results_eq(
  $$ select p.oid::regprocedure::text
     from pg_proc as p
     where p.pronamespace in ('public'::regnamespace, 'sovereign_sync'::regnamespace) and p.prosecdef order by 1 $$,
  $$ values ('sovereign_sync.answer_to(sovereign_sync.dispatches)'), ('sovereign_sync.connection_problem()'), ('sovereign_sync.dispatch_sync(text,jsonb)'), ('sovereign_sync.explain_queue(text)'),
       ('sovereign_sync.operate(text,jsonb)'), ('sovereign_sync.post_alert(sovereign_sync.alerts)'), ('sovereign_sync.queue_dispatch(jsonb)'),
       ('sovereign_sync.read_history(timestamp with time zone,timestamp with time zone,integer)'),
       ('sovereign_sync.read_not_current(text[],text,text,text,integer)'), ('sovereign_sync.read_overview()'), ('sovereign_sync.read_run(uuid)'),
       ('sovereign_sync.read_runs_page(timestamp with time zone,timestamp with time zone,text,text,timestamp with time zone,integer)'),
       ('sovereign_sync.read_secret(text)'), ('sovereign_sync.read_status(text)'), ('sovereign_sync.read_thresholds()'),
       ('sovereign_sync.record_action(text,jsonb,text)'), ('sovereign_sync.record_changes()'), ('sovereign_sync.record_deletions()'),
       ('sovereign_sync.schedule_problem()'), ('sovereign_sync.send_heartbeat()'), ('sovereign_sync.time_zone()') $$,
  'security definer only where it reads Vault, cron.job or pg_net''s answers, records what its caller may not, or serves the dashboard'
);

select set_eq(
  $$ select r.role_name, format('%s', p.proname)
     from pg_proc as p
     cross join (values ('anon'), ('authenticated')) as r (role_name)
     where p.pronamespace = 'sovereign_sync'::regnamespace and has_function_privilege(r.role_name, p.oid, 'EXECUTE') $$,
  $$ values ('authenticated', 'counted'), ('authenticated', 'describe_stored'), ('authenticated', 'describe_time'),
       ('authenticated', 'explain_queue'), ('authenticated', 'operate'), ('authenticated', 'read_history'),
       ('authenticated', 'read_not_current'), ('authenticated', 'read_overview'), ('authenticated', 'read_run'),
       ('authenticated', 'read_runs_page'), ('authenticated', 'read_status'), ('authenticated', 'read_thresholds'),
       ('authenticated', 'require_between'), ('authenticated', 'run_is_dead'), ('authenticated', 'time_zone') $$,
  'anon and authenticated execute nothing internal but what the view sync_runs and the dashboard ask'
);

select ok(not has_schema_privilege('anon', 'sovereign_sync', 'USAGE'), 'anon does not see schema sovereign_sync');
select ok(not has_schema_privilege('authenticated', 'sovereign_sync', 'USAGE'), 'authenticated does not see schema sovereign_sync');

select is_empty(
  $$ select c.relname from pg_class as c
     where c.relnamespace in ('public'::regnamespace, 'sovereign_sync'::regnamespace) and c.relkind = 'r' and not c.relrowsecurity $$,
  'Row Level Security is on for every table'
);

select is_empty(
  $$ select c.relname from pg_class as c
     where c.relnamespace in ('public'::regnamespace, 'sovereign_sync'::regnamespace) and c.relkind = 'v'
       and not coalesce(c.reloptions, '{}') @> array['security_invoker=true'] $$,
  'every view runs with the caller''s rights'
);

select is_empty(
  $$ select p.oid::regprocedure::text from pg_proc as p
     where p.pronamespace in ('public'::regnamespace, 'sovereign_sync'::regnamespace) and obj_description(p.oid, 'pg_proc') is null
     union all
     select c.oid::regclass::text from pg_class as c
     where c.relnamespace in ('public'::regnamespace, 'sovereign_sync'::regnamespace) and c.relkind in ('r', 'v')
       and obj_description(c.oid, 'pg_class') is null $$,
  'every function, table and view has its comment'
);

select is(
  (select j.command from cron.job as j where j.jobname = 'sync-applications'),
  'select sovereign_sync.invoke_sync_applications()',
  'the cron job''s command holds no secret'
);

insert into public.tblsovereignapplications (g3_application_number) values ('G3-1');
update public.tblsovereignapplications set owner = 'x';
insert into public.tblsovereignapplicationssynclog (since_date, status) values ('2026-01-01', 'running');

set local role anon;
select throws_ok('select * from public.tblsovereignapplications', '42501', null, 'anon reads no application');
select throws_ok('select * from public."tblSovereignApplications"', '42501', null, 'anon reads no application by its printed name');
select throws_ok('select * from public.sync_changes', '42501', null, 'anon reads no history');
select throws_ok(
  'insert into public.tblsovereignapplications (g3_application_number) values (''x'')', '42501', null, 'anon writes no application'
);

set local role authenticated;
select results_eq(
  'select "G3_application_number" from public."tblSovereignApplications"', $$ values ('G3-1') $$, 'authenticated reads applications'
);
select throws_ok('delete from public.tblsovereignapplications', '42501', null, 'authenticated deletes no application');
select throws_ok('select * from public.sync_status', '42501', null, 'authenticated reads no status');
select is((select count(*) from public.sync_changes), 1::bigint, 'authenticated reads the history');
select throws_ok('select * from sovereign_sync.changes', '42501', null, 'but by its views only');
select results_eq(
  'select "G3_application_number", attribute, new from public."tblSovereignApplicationsChanges"', $$ values ('G3-1', 'owner', 'x') $$,
  'authenticated reads the changes by the printed names'
);
select is((select count(*) from public.sync_time_in_status), 1::bigint, 'authenticated reads the times in each status');
select throws_ok('select * from public.sync_errors', '42501', null, 'authenticated reads no errors');
select lives_ok('select outcome from public.sync_runs', 'authenticated reads the runs, dead ones too');
select throws_ok('select sovereign_sync.run_is_dead(now())', '42501', null, 'authenticated calls nothing internal');
select throws_ok('select * from vault.decrypted_secrets', '42501', null, 'authenticated reads no secret');

set local role service_role;
select lives_ok(
  'update public."tblSovereignApplications" set owner = ''y'' where "G3_application_number" = ''G3-1''', 'service_role writes applications'
);
reset role;

select * from finish();
rollback;
