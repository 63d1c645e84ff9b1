-- Failures by cause, and how they are tried again.
begin;
truncate public.tblsovereignapplications, public.tblsovereignapplicationssynclog, sovereign_sync.status, sovereign_sync.errors,
  sovereign_sync.actions;
set local search_path = extensions, public;

select * from no_plan();

select is(
  sovereign_sync.fingerprint('Cannot fetch application G3-1: OCC answered 503', 'G3-1'), 'Cannot fetch application: OCC answered 503',
  'a fingerprint is the message without the number'
);
select is(
  sovereign_sync.fingerprint('Cannot fetch application 5: OCC answered 503 after 5 s', '5'), 'Cannot fetch application: OCC answered 503 after 5 s',
  'what only looks like the number stays'
);

insert into public.tblsovereignapplicationssynclog (since_date, status, lease, heartbeat_at)
values ('2026-01-01', 'running', '00000000-0000-0000-0000-000000000001', now());
insert into public.sync_status (g3_application_number, claimed_by, claimed_at)
select 'G3-' || n, '00000000-0000-0000-0000-000000000001', now() from generate_series(1, 8) as n;

-- As a pass settles them; G3-1 to G3-7 for one cause, G3-8 for another.
create function pg_temp.fail(cause text, ids integer[]) returns void language sql as $$
  update public.sync_status set claimed_by = '00000000-0000-0000-0000-000000000001', claimed_at = now()
  where g3_application_number = any (select 'G3-' || unnest(ids));
  select public.settle_applications('00000000-0000-0000-0000-000000000001', '[]', (
    select jsonb_agg(jsonb_build_object(
      'id', 'G3-' || n, 'step', 'fetch', 'error', format('Cannot fetch application G3-%s: %s', n, cause)
    )) from unnest(ids) as n
  ));
$$;
set local role service_role;
select pg_temp.fail('OCC answered 503', array[1, 2, 3, 4, 5, 6, 7]);
select pg_temp.fail('OCC answered 404', array[8]);
reset role;
select results_eq(
  'select fingerprint, is_happening, applications, count, first_seen_at, last_seen_at, examples from public.sync_errors order by 1',
  $$ values
       ('Cannot fetch application: OCC answered 404', true, 1::bigint, 1::bigint, now(), now(), '{G3-8}'::text[]),
       ('Cannot fetch application: OCC answered 503', true, 7, 7, now(), now(), '{G3-1,G3-2,G3-3,G3-4,G3-5}') $$,
  'one row a cause, with five of its applications'
);
update sovereign_sync.errors set first_seen_at = now() - interval '2 days', last_seen_at = now() - interval '1 day';
select pg_temp.fail('OCC answered 503', array[7]);
select results_eq(
  $$ select count, first_seen_at, last_seen_at from public.sync_errors where fingerprint ~ '503' $$,
  $$ values (8::bigint, now() - interval '2 days', now()) $$, 'another attempt counts, and is the last one seen'
);
select is(
  (select k.examples from sovereign_sync.errors as k where k.fingerprint ~ '503'), '{G3-7,G3-1,G3-2,G3-3,G3-4}', 'its application comes first'
);
update public.sync_status set state = 'synced', next_attempt_at = null, stale_since = null, last_error = null where g3_application_number = 'G3-8';
select results_eq(
  $$ select is_happening, applications, count, examples, what_to_do from public.sync_errors where fingerprint ~ '404' $$,
  $$ values (false, 0::bigint, 1::bigint, '{G3-8}'::text[], null::text) $$, 'what nothing fails with any more is remembered'
);
update sovereign_sync.errors set last_seen_at = now() - interval '91 days';
select sovereign_sync.prune_sync_records();
select results_eq(
  'select fingerprint, count from public.sync_errors', $$ values ('Cannot fetch application: OCC answered 503', null::bigint) $$,
  'as long as the log; what still happens is shown for ever'
);

-- A row that is locked, and a worker that died alone, have their causes too.
insert into public.sync_status (g3_application_number, claimed_by, claimed_at, lapses)
values ('G3-9', '00000000-0000-0000-0000-000000000002', now(), 2), ('G3-10', '00000000-0000-0000-0000-000000000002', now(), 0);
set local role service_role;
select sovereign_sync.void_claims('00000000-0000-0000-0000-000000000002');
reset role;
select results_eq(
  $$ select applications, count, examples from public.sync_errors where fingerprint ~ 'died' $$, $$ values (1::bigint, 1::bigint, '{G3-9}'::text[]) $$,
  'the death of a worker counts for an application that was alone'
);

-- retry_preview(), retry()
update public.sync_status set state = 'parked', attempts = 9, failing_since = now() - interval '2 days', next_attempt_at = now() + interval '1 day'
where g3_application_number in ('G3-1', 'G3-2');
create temporary table before on commit drop as select * from public.sync_status;
set local role service_role;
select results_eq(
  'select * from public.retry_preview(array[''G3-3'', ''G3-1'', ''G3-10'', ''G3-8''])',
  $$ values ('G3-1', 'parked', 9, 'Cannot fetch application G3-1: OCC answered 503'),
       ('G3-3', 'failed', 1, 'Cannot fetch application G3-3: OCC answered 503') $$,
  'retry_preview() takes those that failed of those named, parked ones first'
);
select results_eq(
  'select application from public.retry_preview(fingerprint => ''Cannot fetch application: OCC answered 503'')',
  $$ values ('G3-1'), ('G3-2'), ('G3-3'), ('G3-4'), ('G3-5'), ('G3-6'), ('G3-7') $$, 'those of one cause'
);
select is((select count(*) from public.retry_preview(everything => true)), 8::bigint, 'or everything');
select is(
  (select e.what_to_do from public.sync_errors as e where e.fingerprint ~ 'died'),
  'select retry(fingerprint => ''The worker that fetched it, and nothing else, died'');', 'sync_errors says what to call'
);

-- By accident nothing is retried.
select throws_like('select public.' || call, message, call || ' raises')
from (values
  ('retry()', 'Cannot retry: say which by exactly one of applications, fingerprint and everything'),
  ('retry_preview()', 'Cannot retry: say which by exactly one of%'),
  ('retry(everything => false)', 'Cannot retry: say which by exactly one of%'),
  ('retry(array[''G3-1''], everything => true)', 'Cannot retry: say which by exactly one of%'),
  ('retry(array[''G3-1''], ''Cannot fetch application: OCC answered 503'')', 'Cannot retry: say which by exactly one of%'),
  ('retry(array[''G3-1'', ''G3-98'', ''G3-99'', null])', 'Cannot retry G3-98, G3-99, null: nothing is known of it'),
  ('retry(fingerprint => ''OCC answered'')', 'Cannot retry what failed with "OCC answered": there is no such fingerprint')
) as calls (call, message);
reset role;
select results_eq(
  'select * from public.sync_status order by 1', 'select * from before order by 1', 'none of these has changed anything'
);

set local role service_role;
select is(
  public.retry(array['G3-1', 'G3-3', 'G3-8', 'G3-10']),
  '2 applications are fetched by the next sync (1 parked, 1 failed). Left alone: G3-10 (pending), G3-8 (synced).',
  'retry() says what it did, and what it left'
);
reset role;
select results_eq(
  $$ select s.g3_application_number, s.state, s.attempts, s.force, s.next_attempt_at <= now(), s.failing_since from public.sync_status as s
     where s.g3_application_number in ('G3-1', 'G3-2', 'G3-3', 'G3-4') order by 1 $$,
  $$ values ('G3-1', 'pending', 0, true, true, null::timestamptz), ('G3-2', 'parked', 9, false, false, now() - interval '2 days'),
       ('G3-3', 'pending', 0, true, true, null), ('G3-4', 'failed', 1, false, false, now()) $$,
  'what is retried is due, with all its attempts, and stored whatever its date'
);
select is(
  public.retry(fingerprint => 'Cannot fetch application: OCC answered 503'),
  '5 applications are fetched by the next sync (1 parked, 4 failed).', 'by cause'
);
select is(public.retry(everything => true), '1 application is fetched by the next sync (1 failed).', 'everything');
select is(public.retry(everything => true), 'Nothing to retry.', 'and then nothing is left');
select is(public.retry('{}'::text[]), 'Nothing to retry.', 'of none, none');
select results_eq(
  'select a.arguments from public.sync_actions as a order by a.id limit 3',
  $$ values ('{"applications": ["G3-1", "G3-3", "G3-8", "G3-10"]}'::jsonb),
       ('{"fingerprint": "Cannot fetch application: OCC answered 503"}'), ('{"everything": true}') $$,
  'each is recorded'
);

select * from finish();
rollback;
