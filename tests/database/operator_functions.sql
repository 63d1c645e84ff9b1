-- What an operator does, and what it says it did.
begin;
truncate public.tblsovereignapplications, public.tblsovereignapplicationssynclog, sovereign_sync.status, sovereign_sync.gaps,
  sovereign_sync.dispatches, sovereign_sync.queued_sync;
update public.sync_settings set paused_at = null, resumed_at = null, start_from = null, time_zone = 'UTC';
set local search_path = extensions, public;

select plan(33);

create function pg_temp.last_body() returns jsonb language sql as $$
  select convert_from(q.body, 'UTF8')::jsonb from net.http_request_queue as q order by q.id desc limit 1;
$$;

-- sync_now()
select matches(public.sync_now(), '^Requested \(dispatch \d+\) since the last sync\.', 'sync_now() requests a sync');
select is(pg_temp.last_body(), '{"trigger": "manual"}', 'sync_now() leaves the date to the function');
select matches(public.sync_now('2026-01-01', true), '^Requested \(dispatch \d+\) since 2026-01-01, whatever is current\.', 'sync_now() takes a date');
select is(
  pg_temp.last_body(), '{"trigger": "manual", "since": "2026-01-01", "force": true}', 'sync_now() sends date and force'
);
select throws_like(
  $$ select public.sync_now(sovereign_sync.today() + 1) $$, 'Cannot sync since %: it must not be in the future; today is % in UTC',
  'sync_now() refuses tomorrow, and says whose tomorrow'
);
update public.sync_settings set time_zone = 'Etc/GMT-14';
select is(sovereign_sync.today(), (now() at time zone 'Etc/GMT-14')::date, 'today is the day it is in time_zone');
select lives_ok('select public.sync_now(sovereign_sync.today())', 'sync_now() takes today, wherever that is');
select throws_ok(
  $$ update public.sync_settings set time_zone = 'Pacific/Nowhere' $$, '23514', null, 'a time zone that does not exist is refused'
);
update public.sync_settings set time_zone = 'UTC';

-- start_from()
select is(public.start_from('2026-01-01'), 'The next scheduled sync lists from 2026-01-01.', 'start_from() says what it did');
select is((select w.last_sync_date from public.read_watermark() as w), '2026-01-01'::date, 'start_from() moves the watermark');
select throws_like(
  $$ select public.start_from(sovereign_sync.today() + 1) $$, 'Cannot start from %: it must not be in the future%',
  'start_from() refuses the future'
);
insert into public.tblsovereignapplicationssynclog (since_date, status, trigger, moves_watermark, lease, heartbeat_at)
values ('2026-01-01', 'running', 'schedule', true, '00000000-0000-0000-0000-000000000001', now());
select public.enqueue_applications('00000000-0000-0000-0000-000000000001', '[]', 0, '2026-01-01', true);
select is(
  (select s.start_from from public.sync_settings as s), null, 'a run that has listed from there clears start_from'
);
select public.start_from('2026-01-01');
select is(public.start_from(null), 'The next scheduled sync lists from the watermark.', 'start_from(null) takes it back');
select is((select s.start_from from public.sync_settings as s), null, 'and the date is gone');
delete from public.tblsovereignapplicationssynclog;

-- accept_gap()
select is(public.accept_gap(), 'There is no open gap.', 'accept_gap() has nothing to accept');
insert into public.sync_gaps (from_date, to_date) values ('2026-01-01', '2026-01-11');
select is(
  public.accept_gap(), 'Accepted: what changed from 2026-01-01 to 2026-01-10 and not since is left as it is stored.',
  'accept_gap() names the days'
);
select results_eq(
  'select closed_by, closed_at from public.sync_gaps', $$ values ('accepted', now()) $$, 'the gap is closed as accepted'
);
select is(public.accept_gap(), 'There is no open gap.', 'it is accepted once');

insert into public.sync_status (g3_application_number, state, next_attempt_at, attempts, failing_since)
values
  ('G3-1', 'pending', now(), 0, null),
  ('G3-2', 'parked', now() + interval '1 day', 9, now() - interval '2 days'),
  ('G3-3', 'parked', now() + interval '1 day', 9, now() - interval '2 days'),
  ('G3-4', 'failed', now() + interval '1 hour', 3, now());

-- forget_application()
select is(public.forget_application('G3-9', 'a wrong number'), 'Nothing is known of G3-9.', 'forget_application() knows what it does not know');
select is(
  public.forget_application('G3-4', 'a wrong number'),
  'G3-4 is off the queue; it was failed, and never stored. It comes back when OCC lists it.',
  'forget_application() takes a wrong number off the queue'
);
insert into public.tblsovereignapplications (g3_application_number, lastsaveddatetime) values ('G3-1', '2026-01-01');
select is(
  public.forget_application('G3-1', 'a wrong number'),
  'G3-1 is off the queue; it was pending. Its stored row stays. It comes back when OCC lists it with another date than is stored.',
  'forget_application() leaves the stored row'
);
select is(public.forget_application('G3-1', 'a wrong number'), 'G3-1 is stored, and not on the queue.', 'there is nothing more to forget');
select results_eq(
  'select g3_application_number from public.sync_status order by 1', $$ values ('G3-2'), ('G3-3') $$, 'only the forgotten ones are gone'
);
select is((select count(*) from public.tblsovereignapplications), 1::bigint, 'the row is there');

select throws_like(
  $$ select public.forget_application('G3-2', ' ') $$, 'Cannot forget G3-2: reason is empty', 'forget_application() wants to know why'
);
select is(
  (select count(*) from public.sync_actions as a where a.arguments = '{"id": "G3-4", "reason": "a wrong number"}'), 1::bigint,
  'and the reason is kept'
);

-- pause_sync(), resume_sync()
select is(public.resume_sync(), 'Not paused.', 'resume_sync() has nothing to resume');
select matches(public.pause_sync(), '^Paused: ticks send nothing', 'pause_sync() pauses');
select is(public.pause_sync(), 'Paused already.', 'twice is once');
select is(public.resume_sync(), 'Resumed: a sync was requested, and the schedule goes on.', 'resume_sync() resumes');
select results_eq(
  'select paused_at, resumed_at from public.sync_settings', $$ values (null::timestamptz, now()) $$, 'and remembers when'
);

-- Nothing is claimed that was not done.
delete from vault.secrets where name = 'cron_secret';
select is(
  public.sync_now(), 'Cannot be sent: Vault has no secret named cron_secret: select sovereign_sync.connect_sync(cron_secret => ''<CRON_SECRET>'')',
  'sync_now() says that nothing was sent'
);
select public.pause_sync();
select is(
  public.resume_sync(),
  'Resumed: the schedule goes on, but no sync was requested. Cannot be sent: Vault has no secret named cron_secret: select '
    'sovereign_sync.connect_sync(cron_secret => ''<CRON_SECRET>'')',
  'resume_sync() says that nothing was sent'
);

select * from finish();
rollback;
