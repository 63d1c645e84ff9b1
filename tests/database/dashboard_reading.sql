-- What the dashboard reads: every signed-in user may, nobody else; and what comes of it.
begin;
truncate public.tblsovereignapplications, public.tblsovereignapplicationssynclog, sovereign_sync.status, sovereign_sync.gaps,
  sovereign_sync.dispatches, sovereign_sync.queued_sync, sovereign_sync.alerts, sovereign_sync.unauthorized_requests, sovereign_sync.changes, sovereign_sync.actions,
  sovereign_sync.errors;
update public.sync_settings set paused_at = null, resumed_at = null, start_from = null, time_zone = 'UTC', installed_at = now(),
  alert_parked_from = 1, alert_oldest_stale_after = '30 minutes';
truncate sovereign_sync.actions;
update sovereign_sync.known_attributes set answers = 0, present = 0, absent = 0;
analyze sovereign_sync.status;
set local search_path = extensions, public;
set local timezone = 'UTC';

select * from no_plan();

create temporary table calls (call text) on commit drop;
insert into calls values
  ('sync_overview()'), ('sync_history(now() - interval ''1 hour'', now(), 2)'),
  ('sync_run(''00000000-0000-0000-0000-00000000000a'')'), ('sync_runs_page()'), ('sync_not_current()'),
  ('explain_application(''G3-1'')'), ('sync_application(''G3-1'')'), ('sync_statistics()'), ('sync_thresholds()');
grant select on calls to public;

-- Sixty runs and five, every five minutes; the one ten minutes ago was cancelled, the one before it failed.
insert into public.tblsovereignapplicationssynclog
  (id, since_date, sync_started_at, sync_completed_at, status, listed_at, trigger, passes, applications_found,
    applications_unchanged, applications_enqueued, applications_fetched, applications_upserted, fetch_failures)
select
  case when n = 1 then '00000000-0000-0000-0000-00000000000a' else gen_random_uuid() end, '2026-01-01',
  now() - n * interval '5 minutes', now() - n * interval '5 minutes' + interval '20 seconds', 'completed',
  now() - n * interval '5 minutes', 'schedule', 1, 10, 5, 5, 4, 4, 1
from generate_series(1, 65) as n;
update public.tblsovereignapplicationssynclog
set status = 'failed', cancelled_at = now(), cancelled_by = 'an operator'
where sync_started_at = now() - interval '10 minutes';
update public.tblsovereignapplicationssynclog
set status = 'failed', error_details = '{"reason": "OCC answered 503"}'
where sync_started_at = now() - interval '15 minutes';
insert into public.tblsovereignapplications
  (g3_application_number, appstatuscode, appstatusdesc, tradingbranch, lastsaveddatetime)
values ('G3-1', 'APP', 'Approved', 'Northern', '2026-01-01Z'), ('G3-2', 'APP', 'Approved', null, '2026-01-02Z');
insert into public.sync_status (g3_application_number, state, next_attempt_at, stale_since, attempts, failing_since, last_error, gone_at)
values
  ('G3-1', 'synced', null, null, 0, null, null, null),
  ('G3-2', 'failed', now() + interval '1 hour', now() - interval '10 minutes', 2, now() - interval '9 minutes',
    'Cannot fetch application G3-2: OCC answered 500', null),
  ('G3-3', 'parked', now() + interval '1 day', now() - interval '2 days', 8, now() - interval '2 days',
    'Cannot fetch application G3-3: OCC answered 500', null),
  ('G3-4', 'gone', now() + interval '1 day', now() - interval '2 days', 8, now() - interval '2 days', 'gone', now()),
  ('G3_5%', 'pending', now() - interval '1 minute', now() - interval '5 minutes', 0, null, null, null);
select public.sync_now();
insert into sovereign_sync.dispatches (dispatched_at, trigger, outcome, status_code, run)
values (now(), 'manual', 'accepted', 202, '00000000-0000-0000-0000-00000000000a');

-- Who may.
set local role anon;
select throws_ok('select * from public.' || c.call, '42501', null, 'anon may not ask for ' || c.call) from calls as c;
set local role authenticated;
set local "request.jwt.claims" = '{"role": "authenticated", "sub": "9b1e", "email": "jo@example.org"}';
select lives_ok('select * from public.' || c.call, 'a viewer asks for ' || c.call) from calls as c;
select throws_ok('select sovereign_sync.read_overview()', '42501', null, 'but for nothing in schema sovereign_sync');
select throws_ok('select * from public.sync_actions_page()', '42501', 'Only an operator may do this: read actions', 'nor what operators did');
set local "request.jwt.claims" = '';
select lives_ok('select * from public.' || c.call, 'without claims too: ' || c.call) from calls as c;
set local role service_role;
select lives_ok('select * from public.' || c.call, 'service_role asks for ' || c.call) from calls as c;

reset role;
select is_empty(
  $$ select p.oid::regprocedure, a.name
     from pg_proc as p, unnest(p.proargnames) as a (name)
     where p.pronamespace = 'public'::regnamespace
       and exists (select from pg_get_keywords() as k where k.word = a.name and k.catcode in ('R', 'T')) $$,
  'no argument is a reserved word: not every server of the Data API quotes it'
);

-- At a glance.
set local role authenticated;
set local "request.jwt.claims" = '{"role": "authenticated", "sub": "9b1e", "email": "jo@example.org"}';
create function pg_temp.overview() returns jsonb language sql as 'select public.sync_overview()';
select is(
  (select string_agg(k.key, ' ' order by k.key collate "C") from jsonb_object_keys(pg_temp.overview()) as k (key)),
  'alerts cause_fingerprint counts email freshness gap last_completed_at last_tick_at next_tick_at now operator paused_at '
    'project reason running runs verdict what_to_do', 'all of it, also what is missing'
);
select results_eq(
  $$ select o ->> 'operator', o ->> 'email', o ->> 'verdict', o ->> 'cause_fingerprint', o ->> 'what_to_do' from pg_temp.overview() as o $$,
  $$ values ('false', 'jo@example.org', 'unhealthy', 'Cannot fetch application: OCC answered 500',
       'select retry(fingerprint => ''Cannot fetch application: OCC answered 500'');') $$,
  'who looks, the verdict, the cause and what mends it'
);
select is(
  pg_temp.overview() -> 'counts',
  '{"pending": 1, "failed": 1, "parked": 1, "gone": 1, "synced": 1, "synced_is_about": false}', 'how many are in which state'
);
select is(pg_temp.overview() #>> '{freshness,stale}', '2', 'parked and gone ones are not waited for');
select is(
  (pg_temp.overview() #>> '{freshness,oldest_stale_at}')::timestamptz, now() - interval '10 minutes', 'nor do they make it old'
);
select is((pg_temp.overview() #>> '{freshness,limit_seconds}')::numeric, 1800::numeric, 'with the threshold, in seconds');
select is(jsonb_array_length(pg_temp.overview() -> 'runs'), 60, 'the last 60 runs');
select results_eq(
  $$ select r ->> 'outcome', (r ->> 'seconds')::numeric, (r ->> 'found')::int, (r ->> 'synced')::int, (r ->> 'failed')::int
     from jsonb_array_elements(pg_temp.overview() -> 'runs') with ordinality as t (r, place) order by place desc limit 3 $$,
  $$ values ('completed', 20.0, 10, 4, 1), ('cancelled', 20.0, 10, 4, 1), ('failed', 20.0, 10, 4, 1) $$, 'the newest last'
);
select is(pg_temp.overview() -> 'running', 'null', 'none is open');
select is(pg_temp.overview() -> 'gap', 'null', 'nor is a gap');
reset role;
insert into public.sync_gaps (from_date, to_date) values ('2026-01-01', '2026-01-11');
select sovereign_sync.note_conditions();
select is(pg_temp.overview() -> 'gap', '{"from": "2026-01-01", "to": "2026-01-10"}', 'a gap, to its last day');
select set_eq(
  $$ select a ->> 'condition' from jsonb_array_elements(pg_temp.overview() -> 'alerts') as a $$,
  $$ select a.condition from public.sync_alerts as a where a.resolved_at is null $$, 'the open alerts'
);
select is(pg_temp.overview() ->> 'what_to_do', 'select accept_gap();', 'what comes first is mended first');
delete from public.sync_gaps;
delete from public.sync_status where state in ('parked', 'failed');
select is(pg_temp.overview() -> 'what_to_do', 'null', 'nothing to do when it is well');
select cron.schedule('sync-applications', '*/5 * * * *', 'select sovereign_sync.invoke_sync_applications()');
update public.sync_settings set paused_at = now();
select is(pg_temp.overview() ->> 'what_to_do', 'select resume_sync();', 'while paused');
select is(pg_temp.overview() -> 'next_tick_at', 'null', 'no tick comes then');
update public.sync_settings set paused_at = null;
select is(
  (pg_temp.overview() ->> 'next_tick_at')::timestamptz,
  to_timestamp((floor(extract(epoch from now()) / 300) + 1) * 300), 'the next mark of five minutes'
);
select cron.schedule('sync-applications', '7,9 * * * *', 'select sovereign_sync.invoke_sync_applications()');
select is(pg_temp.overview() -> 'next_tick_at', 'null', 'what cannot be told is not');
delete from vault.secrets where name = 'cron_secret';
select is(
  pg_temp.overview() ->> 'what_to_do', 'select sovereign_sync.connect_sync(cron_secret => ''<CRON_SECRET>'');', 'a secret that is missing'
);
select sovereign_sync.connect_sync(cron_secret => '0123456789abcdef');
select cron.schedule('sync-applications', '*/5 * * * *', 'select sovereign_sync.invoke_sync_applications()');
select ok(octet_length(pg_temp.overview()::text) < 14 * 1024, 'all of it is small');

-- The run under way: no rate and no time left before they can be known.
create function pg_temp.running() returns jsonb language sql as $$ select public.sync_overview() -> 'running' $$;
insert into public.tblsovereignapplicationssynclog
  (id, since_date, status, trigger, lease, heartbeat_at, sync_started_at, passes)
values ('00000000-0000-0000-0000-00000000000b', '2026-01-01', 'running', 'manual', '00000000-0000-0000-0000-000000000001', now(), now() - interval '40 seconds', 1);
select results_eq(
  $$ select r ->> 'phase', r ->> 'waits_for', r -> 'remaining', r -> 'per_second', r -> 'seconds_left' from pg_temp.running() as r $$,
  $$ values ('listing', 'OCC''s list of what has changed since 2026-01-01', 'null'::jsonb, 'null'::jsonb, 'null'::jsonb) $$, 'it lists'
);
update public.tblsovereignapplicationssynclog set applications_fetched = 300 where status = 'running';
select is(pg_temp.running() -> 'seconds_left', 'null', 'what an earlier pass has done says nothing before the list is complete');
update public.tblsovereignapplicationssynclog
set listed_at = now() - interval '10 seconds', applications_enqueued = 301, applications_fetched = 100, applications_upserted = 90, upsert_failures = 10
where status = 'running';
update public.sync_status set claimed_by = '00000000-0000-0000-0000-000000000001', claimed_at = now() where g3_application_number = 'G3_5%';
insert into public.sync_status (g3_application_number) select 'G4-' || n from generate_series(1, 200) as n;
select results_eq(
  $$ select r ->> 'phase', r ->> 'waits_for', r -> 'remaining', r -> 'done', r -> 'synced', r -> 'failed', r -> 'per_second', r -> 'seconds_left'
     from pg_temp.running() as r $$,
  $$ values ('fetching', 'OCC''s answers: 1 application is in flight', '201'::jsonb, '100'::jsonb, '90'::jsonb, '10'::jsonb, 'null'::jsonb, 'null'::jsonb) $$,
  'one chunk says nothing yet'
);
update public.tblsovereignapplicationssynclog set applications_fetched = 200, listed_at = now() - interval '10 seconds' where status = 'running';
select results_eq(
  $$ select (r ->> 'per_second')::numeric, (r ->> 'seconds_left')::numeric from pg_temp.running() as r $$, $$ values (20.00, 11::numeric) $$, 'two do'
);
update public.tblsovereignapplicationssynclog set applications_fetched = 3, listed_at = now() - interval '14 seconds' where status = 'running';
select is(pg_temp.running() -> 'per_second', 'null', 'a few take their time');
update public.tblsovereignapplicationssynclog set listed_at = now() - interval '15 seconds' where status = 'running';
select is((pg_temp.running() ->> 'per_second')::numeric, 0.20, 'which is known after fifteen seconds');
update public.tblsovereignapplicationssynclog set applications_fetched = 0 where status = 'running';
select is(pg_temp.running() -> 'seconds_left', 'null', 'not without any');
update public.sync_status set attempted_by_run = '00000000-0000-0000-0000-00000000000b' where g3_application_number like 'G4-%';
select is((pg_temp.running() ->> 'remaining')::int, 1, 'what it has tried it does not try again');
update public.tblsovereignapplicationssynclog set applications_fetched = 200, cancelled_at = now(), cancelled_by = 'an operator' where status = 'running';
select results_eq(
  $$ select r ->> 'cancelled_by', r ->> 'waits_for' ~ '^its end: cancelled by an operator at', r -> 'seconds_left' from pg_temp.running() as r $$,
  $$ values ('an operator', true, 'null'::jsonb) $$, 'it is being cancelled'
);
update public.tblsovereignapplicationssynclog set cancelled_at = null, cancelled_by = null, lease = null where status = 'running';
select results_eq(
  $$ select r ->> 'phase', r ->> 'waits_for' from pg_temp.running() as r $$,
  $$ values ('between passes', 'its next pass, which has been asked for') $$, 'between passes'
);
update public.tblsovereignapplicationssynclog set heartbeat_at = now() - interval '100 seconds' where status = 'running';
select results_eq(
  $$ select r ->> 'phase', r ->> 'waits_for' ~ '^its next pass has not come for 100 s', r -> 'seconds_left' from pg_temp.running() as r $$,
  $$ values ('stalled', true, 'null'::jsonb) $$, 'it is stalled'
);
delete from public.tblsovereignapplicationssynclog where status = 'running';
delete from public.sync_status where g3_application_number like 'G4-%';

-- In buckets.
create function pg_temp.history(since interval, until interval, buckets integer)
returns table (place bigint, completed bigint, failed bigint, cancelled bigint, avg numeric, synced bigint, failures bigint, fresh numeric)
language sql as $$
  select row_number() over (), h.completed, h.failed, h.cancelled, h.seconds_avg, h.synced, h.failures, h.freshness_seconds
  from public.sync_history(now() - since, now() - until, buckets) as h
$$;
select results_eq(
  $$ select * from pg_temp.history('20 minutes 1 second', '1 second', 4) $$,
  -- The list of 20 minutes ago stands until that of five minutes ago is complete.
  $$ values (1::bigint, 1::bigint, 0::bigint, 0::bigint, 20.0, 4::bigint, 1::bigint, 320::numeric), (2, 0, 1, 0, 20.0, 4, 1, 599),
       (3, 0, 0, 1, 20.0, 4, 1, 899), (4, 1, 0, 0, 20.0, 4, 1, 920) $$, 'by when they started, how they ended, how fresh it was at its worst'
);
select is((select count(*) from public.sync_history(now() - interval '1 day', now(), 500)), 500::bigint, 'each bucket is a row');
select ok(
  (select min(h.bucket_from) = now() - interval '1 day' and max(h.bucket_to) = now() from public.sync_history(now() - interval '1 day', now(), 7) as h),
  'from the first moment to the last'
);
select is((select sum(h.completed) from public.sync_history(now() - interval '1 day', now(), 77) as h), 63::numeric, 'no run is in two of them, none in none');
select is(
  (select max(h.freshness_seconds) from public.sync_history(now() - interval '7 hours', now() - interval '6 hours', 1) as h), null, 'nothing is known before the first list'
);
select is(
  (select max(h.freshness_seconds) from public.sync_history(now() + interval '1 minute', now() + interval '6 hours', 3) as h), null, 'nor of the future'
);
update public.tblsovereignapplicationssynclog set moves_watermark = false where sync_started_at = now() - interval '5 minutes';
select is((select h.freshness_seconds from public.sync_history(now() - interval '4 minutes', now(), 1) as h), 1200::numeric, 'a list since some day says nothing of the days before');
update public.tblsovereignapplicationssynclog set trigger = 'reconciliation' where sync_started_at = now() - interval '5 minutes';
select is((select h.freshness_seconds from public.sync_history(now() - interval '4 minutes', now(), 1) as h), 300::numeric, 'a reconciliation does');
update public.tblsovereignapplicationssynclog set trigger = 'schedule', moves_watermark = true where sync_started_at = now() - interval '5 minutes';
select throws_ok(
  format('select * from public.sync_history(now() - interval ''1 day'', now(), %s)', b.buckets), '22023',
  'buckets must be a whole number from 1 to 500, not ' || b.buckets, b.buckets || ' buckets'
)
from (values ('0'), ('501'), ('-1'), ('null')) as b (buckets);
select throws_like(
  format('select * from public.sync_history(%s, 3)', t.times), 'since must be a time before until: %', t.times
)
from (values ('now(), now()'), ('now(), now() - interval ''1 day'''), ('null, now()'), ('now(), null'), ('''-infinity'', now()'), ('now(), ''infinity''')) as t (times);

-- A run.
create function pg_temp.run() returns jsonb language sql as $$ select public.sync_run('00000000-0000-0000-0000-00000000000a') $$;
update public.tblsovereignapplicationssynclog
set error_details = '{"errors": [
  {"id": "G3-2", "error": "Cannot fetch application G3-2: OCC answered 500"}, {"id": "G3-3", "error": "Cannot fetch application G3-3: OCC answered 500"},
  {"id": "G3-9", "error": "Cannot upsert application G3-9: no"}], "warnings": ["odd"], "anomalies": ["odder"]}'
where id = '00000000-0000-0000-0000-00000000000a';
insert into sovereign_sync.changes (application, changed_at, run, attributes, old, new) values
  ('G3-1', now() - interval '290 seconds', '00000000-0000-0000-0000-00000000000a', '{owner,appStatusCode}', '{a,NEW}', '{b,APP}'),
  ('G3-1', now() - interval '290 seconds', null, '{owner}', '{b}', '{c}');
select results_eq(
  $$ select r #>> '{run,outcome}', r #>> '{run,trigger}', (r #>> '{run,found}')::int, (r #>> '{run,watermark}')::bool, r -> 'warnings', (r ->> 'changes')::int
     from pg_temp.run() as r $$,
  $$ values ('completed', 'schedule', 10, true, '["odd", "odder"]'::jsonb, 1) $$, 'its counts, warnings and changes'
);
select is(
  pg_temp.run() -> 'errors',
  '[{"fingerprint": "Cannot fetch application: OCC answered 500", "count": 2, "examples": ["G3-2", "G3-3"], "what_to_do": null},
    {"fingerprint": "Cannot upsert application: no", "count": 1, "examples": ["G3-9"], "what_to_do": null}]',
  'its errors by cause; there is nothing to do where nothing fails with it any more'
);
select is(jsonb_array_length(pg_temp.run() -> 'dispatches'), 1, 'its dispatch');
select is(pg_temp.run() #> '{dispatches,0,status_code}', '202', 'and what became of it');
set local role authenticated;
select is(pg_temp.run() #> '{run,asked_by}', '{"role": "postgres", "email": null}', 'what asked for it');
set local "request.jwt.claims" = '{"role": "authenticated", "app_metadata": {"sync_role": "operator"}}';
reset role;
update public.sync_actions set email = 'jo@example.org';
set local role authenticated;
select is(pg_temp.run() #>> '{run,asked_by,email}', 'jo@example.org', 'operators are told who it was');
set local "request.jwt.claims" = '{"role": "authenticated"}';
select is(pg_temp.run() #> '{run,asked_by,email}', 'null', 'viewers are not');
reset role;
select is(public.sync_run(l.id) #>> '{run,reason}', 'OCC answered 503; it is for OCC to mend, every tick tries again', 'why one failed, and what mends it')
from public.tblsovereignapplicationssynclog as l where l.error_details ? 'reason';
select is(
  public.sync_run(l.id) -> 'errors', '[]', 'one without errors has none')
from public.tblsovereignapplicationssynclog as l where l.error_details ? 'reason';
select throws_ok('select public.sync_run(null)', '22023', 'There is no run null', 'no run');
select throws_ok(
  'select public.sync_run(''00000000-0000-0000-0000-0000000000ff'')', '22023', 'There is no run 00000000-0000-0000-0000-0000000000ff', 'one that is not known'
);

-- Pages of runs.
create temporary table pages (place integer, page jsonb) on commit drop;
insert into pages select 1, public.sync_runs_page(page_size => 40);
insert into pages select 2, public.sync_runs_page(page_size => 40, before => (select (p.page #>> '{rows,39,started_at}')::timestamptz from pages as p));
select results_eq(
  $$ select jsonb_array_length(p.page -> 'rows'), (p.page ->> 'total')::int from pages as p order by p.place $$,
  $$ values (40, 65), (25, 65) $$, 'a page, and the next one'
);
select is((select count(distinct r ->> 'id') from pages as p, jsonb_array_elements(p.page -> 'rows') as r), 65::bigint, 'none is on both');
select is((public.sync_runs_page(outcome => 'cancelled') ->> 'total')::int, 1, 'those that were cancelled');
select is((public.sync_runs_page(outcome => 'failed') ->> 'total')::int, 1, 'those that failed are others');
select is((public.sync_runs_page(trigger => 'manual') ->> 'total')::int, 0, 'by what asked for them');
select is((public.sync_runs_page(since => now() - interval '10 minutes', until => now() - interval '5 minutes') ->> 'total')::int, 1, 'of a time');
select throws_like('select public.sync_runs_page(' || b.arguments || ')', b.message, b.arguments)
from (values
  ('page_size => 0', 'page_size must be %1 to 200, not 0'), ('page_size => 201', 'page_size must be %'), ('page_size => null', 'page_size must be %null'),
  ('outcome => ''done''', 'outcome must be running, completed, failed or cancelled, not "done"'), ('trigger => ''x''', 'trigger must be %')
) as b (arguments, message);

-- What is not current.
insert into public.sync_status (g3_application_number, state, next_attempt_at, stale_since, attempts, failing_since, last_error, requested_at) values
  ('G3-2', 'failed', now() + interval '1 hour', now(), 2, now(), 'Cannot fetch application G3-2: OCC answered 500', now()),
  ('G3-3', 'parked', now() + interval '1 day', now(), 8, now(), 'Cannot fetch application G3-3: OCC answered 500', null);
create function pg_temp.listed(page jsonb) returns text language sql as
  $$ select concat_ws(' ', page ->> 'total', string_agg(r ->> 'application', ' ' order by n)) from jsonb_array_elements(page -> 'rows') with ordinality as t (r, n) $$;
select is((public.sync_not_current() ->> 'total')::int, 4, 'all of them');
select is(public.sync_not_current() -> 'counts', '{"pending": 1, "failed": 1, "parked": 1, "gone": 1}', 'by state');
select is(
  public.sync_not_current() -> 'causes',
  '[{"fingerprint": "Cannot fetch application: OCC answered 500", "applications": 2,
     "what_to_do": "select retry(fingerprint => ''Cannot fetch application: OCC answered 500'');"}]', 'by cause'
);
select is(pg_temp.listed(public.sync_not_current(states => '{failed,gone}')), '2 G3-2 G3-4', 'of some states');
select is(pg_temp.listed(public.sync_not_current(states => '{}')), '0', 'of none');
select is(pg_temp.listed(public.sync_not_current(fingerprint => 'Cannot fetch application: OCC answered 500')), '2 G3-2 G3-3', 'of one cause');
select is(pg_temp.listed(public.sync_not_current(search => 'G3-3')), '1 G3-3', 'by how the number begins');
select is(pg_temp.listed(public.sync_not_current(search => 'G3_')), '1 G3_5%', 'where no sign stands for another');
select is(pg_temp.listed(public.sync_not_current(search => '%')), '0', 'nor a percent');
select is(pg_temp.listed(public.sync_not_current(page_size => 2)), '4 G3-2 G3-3', 'a page');
select is(pg_temp.listed(public.sync_not_current(page_size => 1, after => 'G3-2')), '4 G3-3', 'and the next one');
select is(
  public.sync_not_current(search => 'G3-2') #- '{rows,0,stale_since}' #- '{rows,0,next_attempt_at}' -> 'rows' -> 0,
  '{"application": "G3-2", "state": "failed", "attempts": 2, "last_error": "Cannot fetch application G3-2: OCC answered 500", "in_flight": false,
    "listed_last_saved": null, "stored_last_saved": "2026-01-02T00:00:00+00:00", "requested": true}', 'what is known of one'
);
select throws_like('select public.sync_not_current(' || b.arguments || ')', b.message, b.arguments)
from (values
  ('states => ''{synced}''', 'states must be of pending, failed, parked and gone, not synced'), ('states => array[null]', 'states must be %not null'),
  ('page_size => 201', 'page_size must be a whole number from 1 to 200, not 201'), ('page_size => 0', 'page_size %')
) as b (arguments, message);

-- An application.
select is(
  public.sync_application('G3-1') #>> '{stored,appStatusCode}', 'APP', 'what is stored, by the printed names'
);
select results_eq(
  $$ select h ->> 'attribute', h ->> 'old', h ->> 'new', h ->> 'run' from jsonb_array_elements(public.sync_application('G3-1') -> 'history') as h $$,
  $$ values ('owner', 'b', 'c', null), ('appStatusCode', 'NEW', 'APP', '00000000-0000-0000-0000-00000000000a'), ('owner', 'a', 'b', '00000000-0000-0000-0000-00000000000a') $$,
  'its changes, the newest first'
);
select is((public.sync_application('G3-1') ->> 'more')::boolean, false, 'and no more');
select results_eq(
  $$ select s ->> 'status', s ->> 'left_at' is null, (s ->> 'seconds')::int from jsonb_array_elements(public.sync_application('G3-1') -> 'statuses') as s $$,
  $$ values ('NEW', false, null::int), ('APP', true, 290) $$, 'the time in each status'
);
select results_eq(
  $$ select s ->> 'state', s ->> 'attempts', s #>> '{words,0}' ~ '^It is failed, and out of date since', s #>> '{words,1}' ~ '^It is tried again'
     from (select public.sync_application('G3-2') -> 'state') as t (s) $$, $$ values ('failed', '2', true, true) $$, 'its state, in words'
);
select is(
  public.sync_application('no such'), '{"more": false, "state": null, "stored": null, "history": [], "statuses": []}', 'one that is not known'
);
insert into sovereign_sync.changes (application, attributes, old, new) select 'G3-7', '{owner,type}', '{a,b}', '{b,c}' from generate_series(1, 100);
select is((public.sync_application('G3-7') ->> 'more')::boolean, false, 'two hundred changes are all of them');
insert into sovereign_sync.changes (application, attributes, old, new) values ('G3-7', '{owner}', '{a}', '{b}');
select is((public.sync_application('G3-7') ->> 'more')::boolean, true, 'one more is not shown');
select is(jsonb_array_length(public.sync_application('G3-7') -> 'history'), 200, 'the newest 200 are');

-- In numbers.
select is(
  public.sync_statistics(1) - 'changes_a_day',
  '{"total": 2, "by_status": [{"status": "APP", "description": "Approved", "applications": 2}], "stored_today": 2,
    "by_branch": [{"branch": "Northern", "applications": 1}, {"branch": null, "applications": 1}], "other_branches": {"branches": 0, "applications": 0}}',
  'by status and branch'
);
insert into public.tblsovereignapplications (g3_application_number, tradingbranch) select 'G5-' || n, 'B' || n from generate_series(1, 40) as n;
select results_eq(
  $$ select jsonb_array_length(s -> 'by_branch'), s -> 'other_branches', s ->> 'total' from public.sync_statistics() as s $$,
  $$ values (30, '{"branches": 12, "applications": 12}'::jsonb, '42') $$, 'thirty branches and the others'
);
truncate sovereign_sync.changes;
insert into sovereign_sync.changes (application, changed_at, attributes, old, new) values
  ('G3-1', '2026-01-01 10:59Z', '{owner}', '{a}', '{b}'), ('G3-1', date_trunc('day', now()) - interval '30 minutes', '{owner,type}', '{a,b}', '{b,c}'),
  ('G3-1', date_trunc('day', now()), '{owner}', '{a}', '{b}'), ('G3-1', date_trunc('day', now()), '{owner}', '{a}', '{b}'), ('G3-2', date_trunc('day', now()), '{owner}', '{a}', '{b}');
select results_eq(
  $$ select d ->> 'day', (d ->> 'changes')::int, (d ->> 'applications')::int from jsonb_array_elements(public.sync_statistics(3) -> 'changes_a_day') as d $$,
  $$ values ((now() - interval '2 days')::date::text, 0, 0), ((now() - interval '1 day')::date::text, 2, 1), (now()::date::text, 3, 2) $$, 'changes a day'
);
update public.sync_settings set time_zone = 'Etc/GMT-1';
select is(
  (select sum((d ->> 'changes')::int) from jsonb_array_elements(public.sync_statistics(100) -> 'changes_a_day') as d), 5::bigint, 'where the credit union is'
);
select is(
  (select (d ->> 'changes')::int from jsonb_array_elements(public.sync_statistics(3) -> 'changes_a_day') as d where d ->> 'day' = (now() at time zone 'UTC')::date::text), 5,
  'a day begins an hour earlier there'
);
update public.sync_settings set time_zone = 'UTC';
select throws_like('select public.sync_statistics(' || d.days || ')', 'days must be a whole number from 1 to 100, not ' || d.days, d.days || ' days')
from (values ('0'), ('101'), ('null')) as d (days);

-- Row Level Security holds.
create policy "Only the first" on public.tblsovereignapplications as restrictive for select to authenticated using (g3_application_number = 'G3-1');
create policy "Only the first" on sovereign_sync.changes as restrictive for select to authenticated using (application = 'G3-1');
set local role authenticated;
select is((public.sync_statistics() ->> 'total')::int, 1, 'who may not read an application does not count it');
select is((select sum((d ->> 'applications')::int) from jsonb_array_elements(public.sync_statistics() -> 'changes_a_day') as d), 2::bigint, 'nor its changes');
select is(public.sync_application('G3-2') -> 'stored', 'null', 'nor read it here');
select is(public.sync_application('G3-2') -> 'history', '[]', 'nor its history');
select isnt(public.sync_application('G3-1') -> 'stored', 'null', 'others are there');
select results_eq(
  $$ select e.sentence from public.explain_application('G3-2') as e where e.line = 1 $$, $$ values ('It is not stored.') $$, 'nor is it explained'
);
select ok((select e.sentence ~ '^Stored is what OCC saved' from public.explain_application('G3-1') as e where e.line = 1), 'others are');
reset role;

-- The thresholds.
select results_eq(
  $$ select (t ->> 'alert_oldest_stale_after')::numeric, (t ->> 'alert_parked_from')::int, t ->> 'time_zone', (t ->> 'keep_log_for')::numeric from public.sync_thresholds() as t $$,
  $$ values (1800::numeric, 1, 'UTC', 7776000::numeric) $$, 'intervals in seconds'
);
select set_eq(
  $$ select jsonb_object_keys(public.sync_thresholds() -> 'limits') $$,
  $$ select a.attname::text from pg_attribute as a where a.attrelid = 'sovereign_sync.settings'::regclass and a.attname ~ '^alert_' and a.atttypid in ('integer'::regtype, 'interval'::regtype) $$,
  'each threshold has its limits'
);

select * from finish();
rollback;
