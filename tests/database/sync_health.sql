-- The verdict and its reason.
begin;
truncate public.tblsovereignapplications, public.tblsovereignapplicationssynclog, sovereign_sync.status, sovereign_sync.gaps,
  sovereign_sync.dispatches, sovereign_sync.alerts, sovereign_sync.unauthorized_requests;
update public.sync_settings set paused_at = null, resumed_at = null, start_from = null, time_zone = 'UTC', installed_at = now();
update sovereign_sync.known_attributes set answers = 0, present = 0, absent = 0;
set local search_path = extensions, public;

select plan(26);

create function pg_temp.verdict() returns text language sql as $$ select h.verdict from public.sync_health as h; $$;
create function pg_temp.reason() returns text language sql as $$ select h.reason from public.sync_health as h; $$;

select is(pg_temp.verdict() || ': ' || pg_temp.reason(), 'healthy: No sync has completed yet.', 'as installed');
insert into public.tblsovereignapplicationssynclog (since_date, status, trigger, sync_started_at, sync_completed_at)
values ('2026-01-01', 'completed', 'schedule', now() - interval '2 minutes', now() - interval '1 minute');
select is(pg_temp.verdict() || ': ' || pg_temp.reason(), 'healthy: The last sync completed 1 minute ago.', 'after a run');

insert into public.tblsovereignapplicationssynclog (since_date, status, trigger, lease, heartbeat_at)
values ('2026-01-01', 'running', 'schedule', gen_random_uuid(), now() - interval '80 seconds');
select is(pg_temp.verdict() || ': ' || pg_temp.reason(), 'syncing: A sync is running.', 'while one runs');
update public.tblsovereignapplicationssynclog set heartbeat_at = now() - interval '12 minutes' where status = 'running';
select is(
  pg_temp.verdict() || ': ' || pg_temp.reason(),
  'unhealthy: The worker of the sync that is open has given no sign of life for 12 minutes: the next tick ends it, or else the '
    'minutely watch after 10 minutes; what it left goes on in the next run.',
  'a dead worker is not syncing'
);
update public.tblsovereignapplicationssynclog set lease = null where status = 'running';
select matches(pg_temp.reason(), '^The next pass of the sync that is open has not come for 12 minutes', 'nor is a next pass that does not come');
delete from public.tblsovereignapplicationssynclog where status = 'running';

update public.sync_settings set paused_at = '2026-11-24T12:00Z';
select is(
  pg_temp.verdict() || ': ' || pg_temp.reason(), 'paused: Paused since 2026-11-24 12:00 UTC; select resume_sync().', 'while paused'
);
insert into public.sync_gaps (from_date, to_date) values ('2026-01-01', '2026-01-11');
select matches(
  pg_temp.verdict() || ': ' || pg_temp.reason(), '^unhealthy: OCC cannot list so far back.* Paused since', 'what is wrong comes first'
);
select results_eq(
  'select gap_from, gap_to from public.sync_health', $$ values ('2026-01-01'::date, '2026-01-10'::date) $$, 'the open gap'
);
select public.accept_gap();
update public.sync_settings set paused_at = null;

-- What is missing is seen before any tick has noticed, and mended by what it says.
delete from vault.secrets where name in ('project_url', 'cron_secret');
select is(
  pg_temp.verdict() || ': ' || pg_temp.reason(),
  'unhealthy: Vault has no secret named project_url; Vault has no secret named cron_secret: select sovereign_sync.connect_sync('
    'project_url => ''https://<ref>.supabase.co'', cron_secret => ''<CRON_SECRET>'').',
  'without its secrets'
);
select sovereign_sync.connect_sync(project_url => 'https://abc.supabase.co', cron_secret => '0123456789abcdef');
select is(pg_temp.verdict(), 'healthy', 'until it is connected');
select vault.update_secret(s.id, '') from vault.secrets as s where s.name = 'cron_secret';
select matches(pg_temp.reason(), '^Vault has no secret named cron_secret: select', 'an empty one is none');
select sovereign_sync.connect_sync(cron_secret => '0123456789abcdef');
select cron.unschedule('watch-sync');
select cron.alter_job(j.jobid, active := false) from cron.job as j where j.jobname = 'reconcile-sync';
select is(
  pg_temp.verdict() || ': ' || pg_temp.reason(),
  'unhealthy: Not scheduled: watch-sync; Scheduled, but not active: reconcile-sync: select sovereign_sync.schedule_sync().',
  'without its jobs'
);
select sovereign_sync.schedule_sync();
select is(pg_temp.verdict(), 'healthy', 'until it is scheduled');
update public.sync_settings set connected_at = now() + interval '1 hour';
insert into sovereign_sync.dispatches (trigger, outcome, status_code) values ('schedule', 'refused', 401);
select is(pg_temp.verdict(), 'healthy', 'what was refused before it was connected anew says nothing');
update public.sync_settings set connected_at = now();
select is(pg_temp.verdict(), 'unhealthy', 'afterwards it does');
truncate sovereign_sync.dispatches;

-- A dispatch that could not be sent is seen at once, whoever asked for it.
delete from vault.secrets where name = 'cron_secret';
select sovereign_sync.invoke_sync_applications();
select is(pg_temp.verdict(), 'unhealthy', 'a dispatch that is not sent is unhealthy at once');
select results_eq(
  'select last_dispatch_outcome, last_dispatch_message from public.sync_health',
  $$ values ('not sent', 'Vault has no secret named cron_secret: select sovereign_sync.connect_sync(cron_secret => ''<CRON_SECRET>'')') $$, 'with its message'
);
select matches(pg_temp.reason(), 'no secret named cron_secret', 'in the reason too');
select unalike(pg_temp.reason(), '%no secret%no secret%', 'once');

select sovereign_sync.connect_sync(cron_secret => '0123456789abcdef');

-- Manual runs do not make a failing schedule look healthy.
truncate public.tblsovereignapplicationssynclog, sovereign_sync.dispatches;
insert into public.tblsovereignapplicationssynclog (since_date, status, trigger, sync_completed_at, error_details)
select '2026-01-01', 'failed', 'schedule', now() - n * interval '5 minutes', '{"reason": "OCC''s answer is too large"}'
from generate_series(1, 3) as n;
insert into public.tblsovereignapplicationssynclog (since_date, status, trigger, sync_completed_at)
values ('2026-01-01', 'completed', 'manual', now());
select is(pg_temp.verdict(), 'unhealthy', 'a manual run that completes leaves a failing schedule unhealthy');
select is((select h.consecutive_failures from public.sync_health as h), 3::bigint, 'its failures count on');
select matches(pg_temp.reason(), 'OCC''s answer is too large', 'with their reason');
truncate public.tblsovereignapplicationssynclog;
insert into public.tblsovereignapplicationssynclog (since_date, status, trigger, sync_completed_at)
values ('2026-01-01', 'failed', 'manual', now()), ('2026-01-01', 'failed', 'manual', now()), ('2026-01-01', 'failed', 'manual', now());
insert into sovereign_sync.dispatches (trigger, outcome, status_code) values ('manual', 'failed', 400);
select is(pg_temp.verdict(), 'healthy', 'nor do manual runs that fail make a healthy one look unhealthy');

set local role service_role;
select lives_ok('select * from public.sync_health', 'service_role asks for it');
select lives_ok('select * from public.sync_failures', 'and for what failed');
reset role;

create function pg_temp.planned_cost() returns numeric language plpgsql as $$
declare
  plan json;
begin
  execute 'explain (format json) select * from public.sync_health' into plan;
  return plan -> 0 -> 'Plan' ->> 'Total Cost';
end;
$$;
select cmp_ok(
  pg_temp.planned_cost(), '<', current_setting('jit_above_cost')::numeric,
  'the planner knows how small it is: what it takes for large is compiled first, for a second'
);

select * from finish();
rollback;
