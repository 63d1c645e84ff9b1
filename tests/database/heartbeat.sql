-- The dead man's switch, and the ticks that were missed.
begin;
truncate public.tblsovereignapplications, public.tblsovereignapplicationssynclog, sovereign_sync.status, sovereign_sync.gaps,
  sovereign_sync.dispatches, sovereign_sync.alerts, sovereign_sync.unauthorized_requests;
update public.sync_settings set paused_at = null, resumed_at = null, start_from = null, time_zone = 'UTC', installed_at = now();
update sovereign_sync.uptime_ping set completed_at = '-infinity', sent_at = null, request_id = null, error = null;
update sovereign_sync.known_attributes set answers = 0, present = 0, absent = 0;
delete from vault.secrets where name in ('alert_webhook_url', 'heartbeat_url');
set local search_path = extensions, public;

select * from no_plan();

create function pg_temp.pings() returns bigint language sql as $$
  select count(*) from net.http_request_queue as q where q.method = 'GET' and q.url = 'http://127.0.0.1:9/ping/1234';
$$;

create function pg_temp.run(status text, seconds_ago integer, trigger text default 'schedule') returns void language sql as $$
  insert into public.tblsovereignapplicationssynclog (since_date, status, trigger, sync_started_at, sync_completed_at)
  select '2026-01-01', run.status, run.trigger, at - interval '1 second', at
  from (select now() - run.seconds_ago * interval '1 second' as at) as t;
$$;

-- What pg_net brings back for the last call; a call is sent with the next completed run only.
create function pg_temp.answer(status_code integer, timed_out boolean default false) returns void language sql as $$
  insert into net._http_response (id, status_code, timed_out, created)
  select h.request_id, answer.status_code, answer.timed_out, now() from sovereign_sync.uptime_ping as h;
  select sovereign_sync.collect_heartbeat();
$$;

-- It is sent once a completed run of the schedule.
select pg_temp.run('completed', 300);
select sovereign_sync.watch_sync();
select is(pg_temp.pings(), 0::bigint, 'without heartbeat_url nobody is called');
select vault.create_secret('http://127.0.0.1:9/ping/1234', 'heartbeat_url');
select sovereign_sync.watch_sync();
select is(pg_temp.pings(), 1::bigint, 'with it the next watch calls it');
select sovereign_sync.watch_sync();
select is(pg_temp.pings(), 1::bigint, 'once');
select pg_temp.run('failed', 120);
select pg_temp.run('completed', 110, 'manual');
select pg_temp.run('completed', 100, 'reconciliation');
select sovereign_sync.watch_sync();
select is(pg_temp.pings(), 1::bigint, 'not for a run that failed, nor for what is not the schedule''s');
select pg_temp.run('completed', 60);
select sovereign_sync.watch_sync();
select is(pg_temp.pings(), 2::bigint, 'for the next one that completes');
update sovereign_sync.uptime_ping set completed_at = '-infinity';
update public.tblsovereignapplicationssynclog set sync_completed_at = sync_completed_at - interval '11 minutes';
select sovereign_sync.watch_sync();
select is(pg_temp.pings(), 2::bigint, 'one that completed long ago is no sign of life');
select pg_temp.run('completed', -3600);
select sovereign_sync.watch_sync();
select is(pg_temp.pings(), 2::bigint, 'nor is one of the future');
delete from public.tblsovereignapplicationssynclog;

-- What became of it.
select pg_temp.run('completed', 50);
select sovereign_sync.watch_sync();
select pg_temp.answer(200);
select results_eq(
  'select error, request_id from sovereign_sync.uptime_ping', $$ values (null::text, null::bigint) $$, 'one that arrives'
);
select pg_temp.run('completed', 40);
select sovereign_sync.watch_sync();
select pg_temp.answer(404);
select is((select h.heartbeat_error from public.sync_health as h), 'heartbeat_url answered 404', 'one that is refused is seen');
select matches(
  (select h.reason from public.sync_health as h), 'The heartbeat does not arrive: heartbeat_url answered 404\.$', 'and said where people look'
);
select is((select h.verdict from public.sync_health as h), 'healthy', 'the sync is well all the same');
select pg_temp.run('completed', 30);
select sovereign_sync.watch_sync();
select is((select h.error from sovereign_sync.uptime_ping as h), 'heartbeat_url answered 404', 'it is so until the next answer');
select pg_temp.answer(null, true);
select is((select h.error from sovereign_sync.uptime_ping as h), 'heartbeat_url did not answer in 10 s', 'one that hangs');
select pg_temp.run('completed', 20);
select sovereign_sync.watch_sync();
select pg_temp.answer(null);
select is((select h.error from sovereign_sync.uptime_ping as h), 'heartbeat_url cannot be reached', 'one that is not there');
select pg_temp.run('completed', 10);
select sovereign_sync.watch_sync();
update sovereign_sync.uptime_ping set sent_at = now() - interval '4 minutes';
select sovereign_sync.watch_sync();
select is((select h.error from sovereign_sync.uptime_ping as h), 'pg_net brought no answer of heartbeat_url', 'one whose answer is lost');
select is_empty(
  $$ select from sovereign_sync.uptime_ping as h, public.sync_health as v where concat(h.error, v.reason) ~ '127|ping' $$, 'the URL is in no record'
);
create or replace function sovereign_sync.read_secret(secret_name text) returns text language sql as $$ select (1 / 0)::text; $$;
select pg_temp.run('completed', 5);
select lives_ok('select sovereign_sync.watch_sync()', 'a secret that cannot be read fails nothing else');
select matches((select h.error from sovereign_sync.uptime_ping as h), '^Vault''s heartbeat_url cannot be read', 'and is said');
create or replace function sovereign_sync.read_secret(secret_name text) returns text language sql as $$ select null::text; $$;
select sovereign_sync.watch_sync();
select is((select h.error from sovereign_sync.uptime_ping as h), null, 'without a URL nothing is wrong');

-- Ticks. The clock stands still, so the last tick is moved into the past, by whole slots.
create or replace function sovereign_sync.read_secret(secret_name text) returns text language sql as $$ select 'http://127.0.0.1:9'; $$;
create function pg_temp.tick_after(slots integer) returns integer language sql as $$
  update sovereign_sync.dispatches set dispatched_at = now() - slots * interval '5 minutes', silent_since = null;
  select sovereign_sync.invoke_sync_applications();
  select sovereign_sync.ticks_between(d.silent_since, d.dispatched_at) from public.sync_dispatches as d order by d.id desc limit 1;
$$;
create function pg_temp.says() returns text language sql as $$
  select c.message from sovereign_sync.sync_conditions() as c where c.condition = 'ticks missed';
$$;

select results_eq(
  $$ select sovereign_sync.ticks_between('2026-01-01T10:00:01Z', t.until) from unnest(array[
       '2026-01-01T10:00:30Z', '2026-01-01T10:05:00Z', '2026-01-01T10:09:59Z', '2026-01-01T10:10:00Z', '2026-01-01T12:00:00Z'
     ]::timestamptz[]) as t (until) $$,
  array[0, 0, 0, 1, 23], 'a tick is missed when the five minutes after it have come too'
);
update public.sync_settings set installed_at = now() - interval '1 day';
truncate sovereign_sync.dispatches;
select sovereign_sync.invoke_sync_applications();
update public.sync_settings set installed_at = now() - interval '2 days';
select is(pg_temp.tick_after(1), 0, 'tick after tick none is missed');
select is(pg_temp.tick_after(2), 1, 'one is');
select is(pg_temp.says(), null, 'which is no reason for an alert');
select is((select h.missed_ticks_last_day from public.sync_health as h), 1::bigint, 'but counted');
select is(pg_temp.tick_after(13), 12, 'an hour of them');
select matches(
  pg_temp.says(), '^pg_cron missed 12 ticks between \d{4}-\d\d-\d\d \d\d:\d\d and \d{4}-\d\d-\d\d \d\d:\d\d UTC: ', 'is'
);
update public.sync_settings set resumed_at = now() - interval '5 minutes';
select is(pg_temp.tick_after(13), 0, 'a pause is no silence');
update public.sync_settings set resumed_at = null, installed_at = now() - interval '1 minute';
truncate sovereign_sync.dispatches;
select sovereign_sync.invoke_sync_applications();
select is((select d.silent_since from public.sync_dispatches as d), null, 'nor is the time before it was installed');
update public.sync_settings set installed_at = now() - interval '2 days';
update sovereign_sync.dispatches set dispatched_at = now() - interval '1 hour', silent_since = null;
select sovereign_sync.dispatch_sync('manual'), sovereign_sync.dispatch_sync('next_pass');
select is((select count(*) from public.sync_dispatches as d where d.silent_since is not null), 0::bigint, 'only ticks tell of ticks');
select sovereign_sync.invoke_sync_applications();
select isnt((select d.silent_since from public.sync_dispatches as d order by d.id desc limit 1), null, 'and are not stood in for');

select * from finish();
rollback;
