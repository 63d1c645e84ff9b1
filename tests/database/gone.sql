-- What OCC has no more: suspected, found out, and back again.
begin;
truncate public.tblsovereignapplications, public.tblsovereignapplicationssynclog, sovereign_sync.status, sovereign_sync.gaps,
  sovereign_sync.dispatches, sovereign_sync.listed_applications;
update public.sync_settings set paused_at = null, resumed_at = null, start_from = null, time_zone = 'UTC', reconcile_days = 30;
set local search_path = extensions, public;

select plan(63);

-- So many applications, saved ten days ago and synced yesterday.
create function pg_temp.store(ids text[], saved timestamptz default now() - interval '10 days') returns void language sql as $$
  insert into public.tblsovereignapplications (g3_application_number, lastsaveddatetime) select i, saved from unnest(ids) as i;
  insert into public.sync_status
    (g3_application_number, state, listed_last_saved, listed_at, settled_last_saved, synced_at, next_attempt_at, stale_since)
  select i, 'synced', saved, now() - interval '1 day', saved, now() - interval '1 day', null, null from unnest(ids) as i;
$$;

create function pg_temp.lease() returns uuid language sql as $$ select '22222222-2222-2222-2222-222222222222'::uuid; $$;

create function pg_temp.open(trigger text, since date default sovereign_sync.today() - 30) returns uuid language sql as $$
  delete from public.tblsovereignapplicationssynclog where status = 'running';
  insert into public.tblsovereignapplicationssynclog (since_date, status, trigger, moves_watermark, lease, heartbeat_at)
  values (open.since, 'running', open.trigger, false, pg_temp.lease(), now())
  returning id;
$$;

-- A part of a list: these, each as it is listed.
create function pg_temp.list(ids text[], part integer, complete boolean, since date default sovereign_sync.today() - 30)
returns void language sql as $$
  select public.enqueue_applications(
    pg_temp.lease(),
    (
      select coalesce(jsonb_agg(jsonb_build_object('id', i, 'last_saved', coalesce(m.lastsaveddatetime, now()))), '[]')
      from unnest(ids) as i left join public.tblsovereignapplications as m on m.g3_application_number = i
    ),
    list.part, list.since, list.complete
  );
$$;

-- A reconciliation whose list names these; the night before is forgotten.
create function pg_temp.reconcile(ids text[], since date default sovereign_sync.today() - 30, shortened date default null)
returns text[] language plpgsql as $$
begin
  delete from public.tblsovereignapplicationssynclog;
  update public.sync_status set missing_since = null, state = 'synced', next_attempt_at = null, stale_since = null, gone_at = null,
    not_found_since = null, listed_last_saved = settled_last_saved, attempts = 0, failing_since = null, claimed_by = null, claimed_at = null;
  perform pg_temp.open('reconciliation', reconcile.since);
  perform pg_temp.list(reconcile.ids, 0, true, coalesce(reconcile.shortened, reconcile.since));
  return pg_temp.suspects();
end;
$$;

create function pg_temp.suspects() returns text[] language sql as $$
  select array(select g3_application_number from public.sync_status where missing_since is not null order by 1);
$$;

-- OCC answers 404 to these, so long after the last time.
create function pg_temp.not_found(ids text[], later interval default '10 minutes', not_found boolean default true)
returns void language sql as $$
  update public.sync_status
  set not_found_since = not_found_since - later, failing_since = failing_since - later, claimed_by = pg_temp.lease(), claimed_at = now()
  where g3_application_number = any (ids);
  select public.settle_applications(pg_temp.lease(), '[]', (
    select jsonb_agg(jsonb_build_object(
      'id', i, 'error', 'Cannot fetch application ' || i || ': OCC answered 404', 'step', 'fetch', 'not_found', not_found.not_found
    )) from unnest(ids) as i
  ));
$$;

create function pg_temp.state_of(id text) returns text language sql as $$
  select state || case
    when next_attempt_at is null then '' when next_attempt_at <= now() then ', due'
    else ', in ' || round(extract(epoch from next_attempt_at - now()) / 60) || ' min'
  end
  from public.sync_status where g3_application_number = state_of.id;
$$;

select is(sovereign_sync.max_suspects(), 50, 'fifty a night');
select pg_temp.store(array['A', 'B', 'C']);

-- Who is suspected.
select is(pg_temp.reconcile(array['A', 'B']), array['C'], 'what is stored and missing from a complete list is suspected');
select is(pg_temp.state_of('C'), 'pending, due', 'and asked for at once');
select is((select applications_missing from public.tblsovereignapplicationssynclog), 1, 'it is counted');
select is((select outcome from public.sync_runs), 'fetching, 0 of 0 done', 'the run goes on to ask');
select is(pg_temp.reconcile(array['A', 'B', 'C']), '{}', 'nothing is missing from a list that names all');
select is(pg_temp.reconcile('{}'), '{}', 'an empty list says nothing');
select is(pg_temp.reconcile(array['A'], shortened => sovereign_sync.today() - 29), '{}', 'nor does one that was cut at its old end');
select is(pg_temp.reconcile(array['A', 'B'], sovereign_sync.today() - 9), '{}', 'nor is missed what lies before it');
select is(pg_temp.reconcile(array['A', 'B'], sovereign_sync.today() - 10), '{}', 'nor in its first day: time zones differ');
select is(pg_temp.reconcile(array['A', 'B'], sovereign_sync.today() - 12), array['C'], 'from a day inside on it is');

insert into public.sync_gaps (from_date, to_date) values (sovereign_sync.today() - 50, sovereign_sync.today() - 40);
select is(pg_temp.reconcile(array['A', 'B']), '{}', 'while a gap is open no list is complete');
select is(pg_temp.reconcile(array['A', 'B'], sovereign_sync.today() - 50), array['C'], 'one that closes it is');
delete from public.sync_gaps;

update public.sync_status set synced_at = now() - interval '59 minutes' where g3_application_number = 'C';
select is(pg_temp.reconcile(array['A', 'B']), '{}', 'what OCC served within the hour a list that lags may lack');
update public.sync_status set synced_at = now() - interval '1 day', listed_at = now() - interval '59 minutes'
where g3_application_number = 'C';
select is(pg_temp.reconcile(array['A', 'B']), '{}', 'and what it listed within the hour');
update public.sync_status set listed_at = now() - interval '1 day' where g3_application_number = 'C';

delete from public.tblsovereignapplicationssynclog;
update public.sync_status set missing_since = null, listed_last_saved = settled_last_saved;
select pg_temp.open('schedule');
select pg_temp.list(array['A'], 0, true);
select is(pg_temp.suspects(), '{}', 'only a reconciliation suspects');

-- Parts of a list.
select pg_temp.open('reconciliation');
select pg_temp.list(array['B', 'C'], 0, false);
select is(pg_temp.suspects(), '{}', 'a list that is not stored to its end suspects nothing');
select pg_temp.open('reconciliation');
select pg_temp.list(array['A'], 0, false);
select pg_temp.list(array['B'], 1, true);
select is(pg_temp.suspects(), array['C'], 'all parts count, and those of a list that was broken off do not');
select is_empty('select * from sovereign_sync.listed_applications', 'nothing is left of the list');

-- At most fifty a night, those first that were not asked for longest.
select pg_temp.store(array(select 'D' || n from generate_series(100, 159) as n));
update public.sync_status set synced_at = now() - interval '2 days' where g3_application_number between 'D140' and 'D159';
select is(cardinality(pg_temp.reconcile(array['A', 'B', 'C'])), 50, 'at most fifty are suspected');
select is(
  array(select i from unnest(pg_temp.suspects()) as i where i between 'D140' and 'D159'),
  array(select 'D' || n from generate_series(140, 159) as n), 'those first that were not asked for longest'
);
update public.tblsovereignapplicationssynclog set status = 'completed', sync_completed_at = now(), lease = null,
  sync_started_at = now() - interval '1 hour';
select pg_temp.open('reconciliation');
select pg_temp.list(array['A', 'B', 'C'], 0, true);
select is(cardinality(pg_temp.suspects()), 50, 'and none more by a second reconciliation of the night');
update public.tblsovereignapplicationssynclog set sync_started_at = now() - interval '21 hours' where status = 'completed';
select pg_temp.open('reconciliation');
select pg_temp.list(array['A', 'B', 'C'], 0, true);
select is(cardinality(pg_temp.suspects()), 60, 'the next night goes on');
delete from public.tblsovereignapplications where g3_application_number like 'D%';
delete from public.sync_status where g3_application_number like 'D%';

-- Twice, ten minutes apart.
select pg_temp.reconcile(array['A', 'B']);
select pg_temp.not_found(array['C']);
select is(pg_temp.state_of('C'), 'pending, in 10 min', 'after one 404 it is asked for again ten minutes later');
select is((select attempts from public.sync_status where g3_application_number = 'C'), 0, 'without an attempt');
select pg_temp.not_found(array['C'], '9 minutes');
select is(pg_temp.state_of('C'), 'pending, in 1 min', 'a second 404 before that is none');
select pg_temp.not_found(array['C'], '5 minutes', not_found => false);
select is(split_part(pg_temp.state_of('C'), ',', 1), 'failed', 'an answer of another kind is an ordinary failure');
select pg_temp.not_found(array['C'], '1 minute');
select is(pg_temp.state_of('C'), 'gone', 'two 404s ten minutes apart and it is gone, and not asked for any more');
select is((select gone_at from public.sync_status where g3_application_number = 'C'), now(), 'since now');
select is(
  (select g3_application_number from public.tblsovereignapplications where g3_application_number = 'C'), 'C', 'its row stays'
);
select results_eq(
  $$ select application, gone_at, why, last_saved, next_attempt_at from public.sync_gone $$,
  $$ values ('C', now(), 'OCC''s list lacks it, and OCC answers that it does not have it', now() - interval '10 days', null::timestamptz) $$,
  'sync_gone says so'
);
select results_eq(
  'select gone, pending, failed, parked from public.sync_health', 'values (1::bigint, 0::bigint, 0::bigint, 0::bigint)',
  'it is counted, and in no queue'
);
select is((select applications_gone from public.tblsovereignapplicationssynclog), 1, 'the run counts it');
update public.tblsovereignapplicationssynclog set status = 'completed', sync_completed_at = now(), lease = null;
select is(
  (select outcome from public.sync_runs),
  '0 changes had been missed; 1 application is missing from OCC''s list; 0 synced, 3 failed and are tried again, 1 gone at OCC',
  'and says it'
);
select is_empty('select condition from sovereign_sync.sync_conditions() where condition like ''%application%''', 'no alert is raised for it');

-- How it comes back.
select pg_temp.open('schedule');
select pg_temp.list(array['A', 'B'], 0, true);
select is(pg_temp.state_of('C'), 'gone', 'not by a list that lacks it still');
savepoint it_is_gone;
select pg_temp.open('schedule');
select pg_temp.list(array['C'], 0, true);
select is(pg_temp.state_of('C'), 'pending, due', 'by any list that names it again, though in the same version');
select is(pg_temp.suspects(), '{}', 'and then it is missing no more');
rollback to it_is_gone;
select public.request_applications(array['C']);
select is(pg_temp.state_of('C'), 'pending, due', 'by a person who asks for it');
select pg_temp.not_found(array['C']);
select pg_temp.not_found(array['C']);
select is(pg_temp.state_of('C'), 'gone', 'and two 404s later it is gone again');
rollback to it_is_gone;
select public.request_applications(array['C']);
update public.sync_status set claimed_by = pg_temp.lease(), claimed_at = now() where g3_application_number = 'C';
select pg_temp.open('schedule');
select public.settle_applications(pg_temp.lease(), jsonb_build_array(jsonb_build_object(
  'g3_application_number', 'C', 'lastsaveddatetime', now() - interval '10 days', 'began_at', now()
)));
select is(pg_temp.state_of('C') || cardinality(pg_temp.suspects()), 'synced0', 'an answer makes it synced');
rollback to it_is_gone;
select is(public.retry(everything => true), 'Nothing to retry.', 'retry() of everything leaves it alone');
select is(public.retry(array['C']), '1 application is fetched by the next sync (1 gone).', 'retry() by its number takes it');
select is(pg_temp.state_of('C'), 'pending, due', 'and it is asked for again');
rollback to it_is_gone;
select matches(
  public.forget_application('C', 'it is gone'), '^C is off the queue; it was gone\. Its stored row stays\.', 'forget_application() takes it off'
);
select is(pg_temp.reconcile(array['A', 'B']), '{}', 'and what is forgotten is not missed');
rollback to it_is_gone;

-- What OCC lists, and does not have.
select pg_temp.reconcile(array['A', 'B', 'C']);
update public.sync_status set state = 'failed', stale_since = now(), next_attempt_at = now(), attempts = 8,
  failing_since = now() - interval '23 hours' where g3_application_number = 'C';
select pg_temp.not_found(array['C'], '59 minutes');
select is(split_part(pg_temp.state_of('C'), ',', 1), 'failed', 'a 404 of what OCC lists is an ordinary failure');
select pg_temp.not_found(array['C'], '1 minute');
select is(pg_temp.state_of('C'), 'gone, in 1440 min', 'after eight attempts and a day it is gone, and asked for once a day');
select matches((select why from public.sync_gone), '^OCC lists it, and answers that it does not have it', 'sync_gone says so');
select pg_temp.open('schedule');
select pg_temp.list(array['C'], 0, true);
select is(pg_temp.state_of('C'), 'gone, in 1440 min', 'listed in the same version it stays gone');
savepoint it_is_gone;
update public.sync_status set next_attempt_at = now(), claimed_by = pg_temp.lease(), claimed_at = now() where g3_application_number = 'C';
select sovereign_sync.void_claims(pg_temp.lease());
select is(pg_temp.state_of('C'), 'gone, due', 'a worker''s death leaves it gone');
update public.sync_status set lapses = 2, claimed_by = pg_temp.lease(), claimed_at = now() where g3_application_number = 'C';
select sovereign_sync.void_claims(pg_temp.lease());
select is(pg_temp.state_of('C'), 'parked, in 1440 min', 'but it is no more than parked when it has been in flight alone');
rollback to it_is_gone;
update public.tblsovereignapplications set lastsaveddatetime = now() - interval '1 hour' where g3_application_number = 'C';
select pg_temp.list(array['C'], 1, true);
select is(pg_temp.state_of('C'), 'pending, due', 'listed in another version it comes back');
rollback to it_is_gone;
select pg_temp.open('reconciliation');
select pg_temp.list(array['A', 'B'], 0, true);
select is(pg_temp.state_of('C'), 'gone', 'missing from a complete list it is not asked for any more');
select pg_temp.open('schedule');
select pg_temp.list(array['C'], 0, true);
select is(pg_temp.state_of('C'), 'pending, due', 'and listed again after that it comes back, though in the same version');

-- What fails and is missing goes on failing, and is found out by its next 404s.
select pg_temp.reconcile(array['A', 'B', 'C']);
update public.sync_status set state = 'failed', stale_since = now(), next_attempt_at = now() + interval '1 hour', attempts = 3,
  failing_since = now(), listed_at = now() - interval '1 day' where g3_application_number = 'C';
select pg_temp.open('reconciliation');
select pg_temp.list(array['A', 'B'], 0, true);
select is(array_to_string(pg_temp.suspects(), ' ') || ' ' || pg_temp.state_of('C'), 'C failed, in 60 min', 'it keeps its next attempt');
select pg_temp.open('schedule');
select pg_temp.list(array['C'], 0, true);
select is(array_to_string(pg_temp.suspects(), ' ') || ' ' || pg_temp.state_of('C'), ' failed, in 60 min', 'and when it is listed again too');
update public.sync_status set missing_since = now() where g3_application_number = 'C';
select pg_temp.not_found(array['C']);
select pg_temp.not_found(array['C']);
select is(pg_temp.state_of('C'), 'gone', 'two 404s and it is gone');

insert into public.sync_status (g3_application_number, state, next_attempt_at, attempts, failing_since)
values ('Z', 'failed', now(), 8, now() - interval '2 days');
select pg_temp.not_found(array['Z']);
select is(split_part(pg_temp.state_of('Z'), ',', 1), 'parked', 'what OCC never listed is parked, not gone');

-- By hand.
select matches(public.reconcile('2026-01-01'), '^Requested \(dispatch \d+\) since 2026-01-01\. .*sync_gone', 'reconcile() takes a day');
select is(
  (select convert_from(q.body, 'UTF8')::jsonb from net.http_request_queue as q order by q.id desc limit 1),
  '{"trigger": "reconciliation", "since": "2026-01-01"}', 'and asks for a reconciliation from there'
);
select matches(public.reconcile(), 'since ' || sovereign_sync.today() - 30, 'or lists as the nightly one does');
select throws_like(
  $$ select public.reconcile(sovereign_sync.today() + 1) $$, 'Cannot reconcile since %: it must not be in the future%', 'not the future'
);

select * from finish();
rollback;
