-- When an alert is raised, what it says, when it is not.
begin;
truncate public.tblsovereignapplications, public.tblsovereignapplicationssynclog, sovereign_sync.status, sovereign_sync.gaps,
  sovereign_sync.dispatches, sovereign_sync.alerts, sovereign_sync.unauthorized_requests;
update public.sync_settings
set paused_at = null, resumed_at = null, start_from = null, time_zone = 'UTC', installed_at = now() - interval '1 day';
update sovereign_sync.known_attributes set answers = 0, present = 0, absent = 0;
delete from vault.secrets where name = 'alert_webhook_url';
set local search_path = extensions, public;

select * from no_plan();

create function pg_temp.says(condition text) returns text language sql as $$
  select c.message from sovereign_sync.sync_conditions() as c where c.condition = says.condition;
$$;

create function pg_temp.size_of(condition text) returns bigint language sql as $$
  select c.size from sovereign_sync.sync_conditions() as c where c.condition = size_of.condition;
$$;

create function pg_temp.run(
  status text, minutes_ago integer, trigger text default 'schedule', reason text default null, took interval default '1 second'
) returns void language sql as $$
  insert into public.tblsovereignapplicationssynclog
    (since_date, status, trigger, sync_started_at, sync_completed_at, error_details, listed_at)
  select '2026-01-01', run.status, run.trigger, at - run.took, at, jsonb_build_object('reason', run.reason),
    case when run.status = 'completed' then at end
  from (select now() - run.minutes_ago * interval '1 minute' as at) as t;
$$;

create function pg_temp.dispatch(
  outcome text, minutes_ago integer default 1, trigger text default 'schedule', status_code integer default null, message text default null
) returns void language sql as $$
  insert into sovereign_sync.dispatches (outcome, dispatched_at, trigger, status_code, message)
  values (
    dispatch.outcome, now() - dispatch.minutes_ago * interval '1 minute', dispatch.trigger, dispatch.status_code, dispatch.message
  );
$$;

-- No completed run: what stands in the way, from the outside to the inside.
select is(
  pg_temp.says('no completed run'),
  'No scheduled sync has completed for 1440 minutes: no tick has come; see whether pg_cron runs.',
  'without a tick it says so'
);
select pg_temp.dispatch('not sent', message => 'Vault has no secret named cron_secret: select sovereign_sync.connect_sync(cron_secret => ''<CRON_SECRET>'')');
select matches(
  pg_temp.says('no completed run'), 'for 1440 minutes: Vault has no secret named cron_secret: select sovereign_sync.connect_sync\(.*\)\.$',
  'without a secret it names the secret and what mends it'
);
select is(
  pg_temp.says('dispatch failed'),
  'The database''s last call of the function failed (not sent): Vault has no secret named cron_secret: select '
    'sovereign_sync.connect_sync(cron_secret => ''<CRON_SECRET>'').',
  'and so does the alert on the dispatch'
);
select pg_temp.dispatch('refused', status_code => 401);
select matches(pg_temp.says('no completed run'), 'refuses the secret \(401\); give Vault''s cron_secret', 'secrets that differ are named');
select pg_temp.dispatch('failed', status_code => 500, message => 'Cannot sync: the function''s settings are incomplete: missing CRON_SECRET');
select matches(pg_temp.says('no completed run'), 'answered 500: Cannot sync: .* missing CRON_SECRET\.$', 'the function''s own words are kept');
select pg_temp.dispatch('failed', status_code => 500, message => 'Bearer 1234 is what you sent');
select matches(pg_temp.says('dispatch failed'), 'the function answered 500\.$', 'words of anybody else are not');
select pg_temp.dispatch('failed', status_code => 404);
select matches(pg_temp.says('dispatch failed'), 'not deployed \(404\)', 'a function that is not there');
select pg_temp.dispatch('failed', status_code => 546);
select matches(pg_temp.says('dispatch failed'), 'ended the function''s worker \(546\)', 'a worker that was killed');
select pg_temp.dispatch('failed', status_code => 200);
select matches(pg_temp.says('dispatch failed'), 'somebody else answers at Vault''s project_url \(200\)', 'another server');
select pg_temp.dispatch('redirected', status_code => 401);
select matches(
  pg_temp.says('dispatch failed'), '\(redirected\): Vault''s project_url must be the project''s own URL.*elsewhere \(401\)\.$',
  'a redirect'
);
select pg_temp.dispatch('timed out');
select matches(pg_temp.says('dispatch failed'), 'did not answer in 15 s', 'a function that hangs');
select pg_temp.dispatch('unreachable', message => 'Could not resolve host: secret.example.com');
select matches(pg_temp.says('dispatch failed'), 'nobody answers at Vault''s project_url; see', 'a wrong URL, without the URL');
select pg_temp.dispatch('no response');
select matches(pg_temp.says('dispatch failed'), 'pg_net brought no answer', 'a worker of pg_net that stands still');
select pg_temp.dispatch('busy', status_code => 409);
select is(pg_temp.says('dispatch failed'), null, 'a busy function is well');
select pg_temp.dispatch('accepted', status_code => 202);
select is(pg_temp.says('dispatch failed'), null, 'an accepted dispatch ends it');
select matches(pg_temp.says('no completed run'), 'no run was opened', 'a dispatch without a run');
select pg_temp.run('failed', 4, reason => 'Cannot list the applications changed since 2026-01-01: OCC answered 503');
select is(
  pg_temp.says('no completed run'),
  'No scheduled sync has completed for 1440 minutes: Cannot list the applications changed since 2026-01-01: OCC answered 503; '
    'it is for OCC to mend, every tick tries again.',
  'a failed run gives its reason'
);
select pg_temp.run('failed', 3, reason => 'Cannot list the applications changed since 2026-01-01: AWS Lambda answered UnrecognizedClientException');
select matches(pg_temp.says('no completed run'), 'AWS refuses the function''s keys: set AWS_ACCESS_KEY_ID', 'refused AWS keys are named');
select is(pg_temp.size_of('no completed run'), 1440::bigint, 'its size is minutes');
select matches(sovereign_sync.add_remedy(r.reason), r.remedy, r.reason) from (values
  ('AWS Lambda answered ExpiredTokenException', 'have expired: set AWS_ACCESS_KEY_ID'),
  ('AWS Lambda answered AccessDeniedException', 'may not call OCC: allow them lambda:InvokeFunction'),
  ('AWS Lambda answered ResourceNotFoundException', 'set LAMBDA_FUNCTION_APPLICATIONS_MAIN_PROD or'),
  ('AWS Lambda answered ServiceException', 'for OCC to mend'),
  ('Empty response from Lambda function', 'for OCC to mend'),
  ('the database rejected it (53100)', 'disk is full or nearly so: enlarge it'),
  ('the database rejected it (25006)', 'disk is full or nearly so: enlarge it'),
  ('the database rejected it (42501)', 'look at the project''s database')
) as r (reason, remedy);
set local default_transaction_read_only = on;
select matches(
  pg_temp.says('no completed run'), 'minutes: the database is read-only; the database''s disk is full or nearly so: enlarge it',
  'no tick comes of a read-only database'
);
set local default_transaction_read_only = off;

-- What judges the schedule looks at the schedule.
select pg_temp.run('completed', 1, trigger => 'manual');
select pg_temp.run('completed', 1, trigger => 'reconciliation');
select isnt(pg_temp.says('no completed run'), null, 'manual runs and reconciliations do not stand in for the schedule');
select pg_temp.run('completed', 14);
select is(pg_temp.says('no completed run'), null, 'a scheduled run does');
update public.tblsovereignapplicationssynclog set sync_completed_at = now() - interval '16 minutes' where status = 'completed' and trigger = 'schedule';
select matches(pg_temp.says('no completed run'), 'for 16 minutes', 'for a quarter of an hour');
select pg_temp.run('completed', -60);
select isnt(pg_temp.says('no completed run'), null, 'a run from the future says nothing');
delete from public.tblsovereignapplicationssynclog where sync_completed_at > now();
select pg_temp.run('completed', 2, trigger => 'manual', took => '40 minutes');
select is(pg_temp.says('no completed run'), null, 'the schedule is not late for having waited for a long manual run');
delete from public.tblsovereignapplicationssynclog where trigger <> 'schedule';
insert into public.tblsovereignapplicationssynclog (since_date, status, trigger, heartbeat_at, applications_upserted, lease)
values ('2026-01-01', 'running', 'manual', now(), 1, gen_random_uuid());
select is(pg_temp.says('no completed run'), null, 'nor while a backlog moves');
update public.tblsovereignapplicationssynclog set heartbeat_at = now() - interval '2 minutes' where status = 'running';
select isnt(pg_temp.says('no completed run'), null, 'but while it stands still');
delete from public.tblsovereignapplicationssynclog where status = 'running';

-- Failures in a row.
delete from public.tblsovereignapplicationssynclog;
select pg_temp.run('completed', 20);
select pg_temp.run('failed', 15, reason => 'OCC answered 503');
select pg_temp.run('failed', 10, reason => 'OCC answered 503');
select pg_temp.run('failed', 9, trigger => 'manual', reason => 'a manual since that is too large');
select is(pg_temp.says('failures in a row'), null, 'two and a manual one are not three');
select pg_temp.run('failed', 5, reason => 'Its worker died; what it left goes on in the next run');
select is(
  pg_temp.says('failures in a row'),
  '3 scheduled syncs have failed in a row, the last one for this reason: Its worker died; what it left goes on in the next run; '
    'look at the function''s log, a lower SYNC_APPLICATION_BUDGET may help.',
  'three are, workers that die among them'
);
select pg_temp.run('completed', 4, trigger => 'manual');
select is(pg_temp.size_of('failures in a row'), 3::bigint, 'a manual run that completes does not end them');
select pg_temp.run('completed', 3);
select is(pg_temp.says('failures in a row'), null, 'a scheduled one does');
delete from public.tblsovereignapplicationssynclog;
select pg_temp.run('completed', 40);
select pg_temp.run('failed', n, reason => 'Cancelled by postgres') from generate_series(1, 9) as n;
update public.tblsovereignapplicationssynclog set cancelled_at = now(), cancelled_by = 'postgres' where status = 'failed';
select is(pg_temp.says('failures in a row'), null, 'what somebody cancelled has not failed');
select matches(
  pg_temp.says('no completed run'), 'for 40 minutes: its runs were cancelled; sync_actions says by whom\.$',
  'but that none completes is said, and why'
);

-- Pause and resume.
delete from public.tblsovereignapplicationssynclog;
select pg_temp.dispatch('refused', minutes_ago => 60, status_code => 401);
insert into public.sync_status (g3_application_number, state, stale_since, last_error)
values ('G3-1', 'failed', now() - interval '50 minutes', 'Cannot fetch application G3-1: OCC answered 503'),
  ('G3-2', 'pending', now() - interval '20 minutes', null);
select set_eq(
  'select c.condition from sovereign_sync.sync_conditions() as c',
  array['no completed run', 'dispatch failed', 'stale applications'], 'before the pause all of them hold'
);
update public.sync_settings set paused_at = now();
select is_empty('select c.condition from sovereign_sync.sync_conditions() as c', 'while paused nothing is late');
update public.sync_settings set paused_at = null, resumed_at = now();
select is_empty('select c.condition from sovereign_sync.sync_conditions() as c', 'nor at once when resumed');
update public.sync_settings set resumed_at = now() - interval '16 minutes';
select matches(pg_temp.says('no completed run'), 'for 16 minutes', 'from then on time counts');
select is(pg_temp.says('stale applications'), null, 'for the stale ones too');
update public.sync_settings set resumed_at = now() - interval '31 minutes';
select matches(pg_temp.says('stale applications'), '^2 applications are out of date, the oldest for 31 minutes', 'until they are late');
update public.sync_settings set resumed_at = null;

-- Stale applications.
select is(
  pg_temp.says('stale applications'),
  '2 applications are out of date, the oldest for 50 minutes; 1 failed at the last attempt: Cannot fetch it: OCC answered 503. sync_failures says more.',
  'stale applications, with a cause and without a number'
);
select is(pg_temp.size_of('stale applications'), 50::bigint, 'their size is minutes');
update public.sync_status set state = 'parked' where g3_application_number = 'G3-1';
select is(pg_temp.says('stale applications'), null, 'parked ones are an alert of their own');

-- Parked applications.
select matches(pg_temp.says('applications parked'), '^1 application is parked ', 'one is parked');
update public.sync_status set state = 'parked';
select matches(pg_temp.says('applications parked'), '^2 applications are parked ', 'two are');
select is(pg_temp.size_of('applications parked'), 2::bigint, 'their size is their number');
update public.sync_settings set alert_parked_from = 3;
select is(pg_temp.says('applications parked'), null, 'the threshold is a setting');
select public.forget_application('G3-1', 'a test');
select public.forget_application('G3-2', 'a test');
update public.sync_settings set alert_parked_from = 1;
select is(pg_temp.says('applications parked'), null, 'forgotten ones are not parked');

-- Changes missed.
select pg_temp.run('completed', 60, trigger => 'reconciliation');
update public.tblsovereignapplicationssynclog set changes_missed = 500 where trigger = 'reconciliation';
select matches(pg_temp.says('changes missed'), 'found 500 changes that the five-minute runs had missed', '500 changes are not silent');
update public.sync_settings set alert_changes_missed_from = 501;
select is(pg_temp.says('changes missed'), null, 'the threshold is a setting');
update public.sync_settings set alert_changes_missed_from = 1;
select pg_temp.run('completed', 30, trigger => 'reconciliation');
select is(pg_temp.says('changes missed'), null, 'the next reconciliation ends it');

-- A gap.
insert into public.sync_gaps (from_date, to_date) values ('2026-01-01', '2026-01-11');
select matches(pg_temp.says('list too large'), 'from 2026-01-01 to 2026-01-10 .*accept_gap\(\)', 'a gap names its days and what closes it');
select is(pg_temp.size_of('list too large'), 10::bigint, 'its size is days');
select public.accept_gap();
select is(pg_temp.says('list too large'), null, 'an accepted gap is none');

-- Data quality.
select pg_temp.run('completed', 20);
update public.tblsovereignapplicationssynclog
set error_details = '{"anomalies": ["15 of 20 applications were saved in the future"]}' where sync_completed_at = now() - interval '20 minutes';
select is(pg_temp.says('data quality'), '15 of 20 applications were saved in the future. If it stays so, ask OCC what has changed.', 'an anomaly of a run');
select pg_temp.run('completed', 15);
select isnt(pg_temp.says('data quality'), null, 'a quiet tick does not end it');
update public.tblsovereignapplicationssynclog set applications_fetched = 19 where sync_completed_at = now() - interval '15 minutes';
select isnt(pg_temp.says('data quality'), null, 'nor do 19 applications');
select pg_temp.run('completed', 10);
update public.tblsovereignapplicationssynclog set applications_fetched = 1 where sync_completed_at = now() - interval '10 minutes';
select is(pg_temp.says('data quality'), null, '20 applications without it do, be it in several runs');

update public.tblsovereignapplicationssynclog set error_details = '{"anomalies": {"edited": "by hand"}}' where sync_completed_at = now() - interval '10 minutes';
select is(pg_temp.says('data quality'), null, 'details somebody edited break nothing');

-- Refused requests.
insert into public.sync_refusals (requests) values (19);
select is(pg_temp.says('refused requests'), null, '19 refused requests are none');
insert into public.sync_refusals (requests) values (1);
select is(pg_temp.says('refused requests'), '20 requests without a valid secret within an hour: give whoever calls the function its CRON_SECRET; if nobody should, somebody '
    'guesses at it, in vain.', '20 are');
truncate sovereign_sync.unauthorized_requests;

select * from finish();
rollback;
