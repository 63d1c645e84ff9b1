-- What sync_now() asked for waits for its turn, once, and is forgotten only when a run does it.
begin;
truncate public.tblsovereignapplications, public.tblsovereignapplicationssynclog, sovereign_sync.status, sovereign_sync.gaps,
  sovereign_sync.dispatches, sovereign_sync.queued_sync, sovereign_sync.alerts;
update public.sync_settings set paused_at = null, resumed_at = null, start_from = null, time_zone = 'UTC', installed_at = now();
set local search_path = extensions, public;

select plan(27);

create function pg_temp.waiting() returns text language sql as $$
  select concat_ws(' ', w.since, case when w.force then 'force' end, case when w.sent_at is null then 'waits' else 'sent' end)
  from sovereign_sync.queued_sync as w;
$$;
create function pg_temp.sent() returns jsonb language sql as $$
  select coalesce(jsonb_agg(convert_from(q.body, 'UTF8')::jsonb - 'trigger' order by q.id), '[]') from net.http_request_queue as q;
$$;
create function pg_temp.open(trigger text, since date, force boolean, moves_watermark boolean) returns text language sql as $$
  select o.outcome from public.open_sync_run(
    gen_random_uuid(), open.since, open.trigger, open.force, open.moves_watermark
  ) as o;
$$;
create function pg_temp.finish() returns text language sql as $$
  select f.status
  from public.tblsovereignapplicationssynclog as l, public.finish_sync_pass(l.lease, false, 'over') as f
  where l.status = 'running';
$$;

-- Nothing runs: it is sent, and remembered until a run opens that does it.
select matches(public.sync_now('2026-01-01', true), '^Requested \(dispatch \d+\) since 2026-01-01, whatever is current\.', 'sync_now() sends');
select is(pg_temp.waiting(), '2026-01-01 force sent', 'and remembers');
select is(pg_temp.open('schedule', '2025-12-01', false, true), 'opened', 'the schedule gets in first');
select is(pg_temp.waiting(), '2026-01-01 force sent', 'its run does not do it');
delete from net.http_request_queue;
update sovereign_sync.queued_sync set sent_at = now() - interval '6 minutes';
select sovereign_sync.watch_sync();
select is(pg_temp.sent(), '[]', 'it is not sent again while a run is open');
select is(pg_temp.finish(), 'failed', 'the run ends');
select is(pg_temp.sent(), '[{"since": "2026-01-01", "force": true}]', 'then it is');
select is(pg_temp.open('manual', '2026-01-02', true, false), 'opened', 'a run that begins later');
select is(pg_temp.waiting(), '2026-01-01 force sent', 'does not do it either');
select pg_temp.finish();
select is(pg_temp.open('manual', '2026-01-01', false, false), 'opened', 'nor one');
select is(pg_temp.waiting(), '2026-01-01 force sent', 'without force');
select pg_temp.finish();
select is(pg_temp.open('manual', '2026-01-01', true, false), 'opened', 'the one that was asked for');
select is(pg_temp.waiting(), null, 'does');

-- A run is open: what is asked for waits for its end, one at most.
delete from net.http_request_queue;
select matches(
  public.sync_now(), '^Sync [0-9a-f-]{36} is running\. The next one, since the last sync, waits for its end and begins then\.$',
  'sync_now() says that it waits'
);
select is(pg_temp.sent(), '[]', 'nothing is sent');
select matches(
  (select h.reason from public.sync_health as h), 'A sync is running\. Another one, asked for at .* UTC, waits for its end\.$', 'health shows it'
);
select matches(public.sync_now('2026-02-01'), 'The next one, since 2026-02-01, waits', 'a second one');
select matches(public.sync_now(), 'The next one, since 2026-02-01, waits', 'is done by the same');
select is((select count(*) from sovereign_sync.queued_sync), 1::bigint, 'there is one');
select pg_temp.finish();
select is(pg_temp.sent(), '[{"since": "2026-02-01"}]', 'it is sent in the transaction in which the run ends');
select matches((select h.reason from public.sync_health as h), 'Another one, asked for at .* UTC, has not begun yet\.$', 'health says it has not begun');

-- pg_net lost it, and the schedule is paused.
delete from net.http_request_queue;
select public.pause_sync();
select sovereign_sync.watch_sync();
select is(pg_temp.sent(), '[]', 'the watch gives it time');
update sovereign_sync.queued_sync set sent_at = now() - interval '6 minutes';
select sovereign_sync.watch_sync();
select is(pg_temp.sent(), '[{"since": "2026-02-01"}]', 'then it sends it again');

-- Any run from the watermark does a sync that names no day.
delete from sovereign_sync.queued_sync;
select public.sync_now();
select pg_temp.open('schedule', '2025-12-01', false, true);
select is(pg_temp.waiting(), null, 'the schedule does what names no day');

select public.sync_now();
select matches(public.cancel_sync(), ' The sync that waited for its end is cancelled too\.$', 'cancel_sync() takes it along');
select is(pg_temp.waiting(), null, 'nothing waits');
select pg_temp.finish();

delete from vault.secrets where name = 'cron_secret';
select public.sync_now();
select is(pg_temp.waiting(), null, 'what cannot be sent is not remembered');

select * from finish();
rollback;
