-- What a run came to, in words.
begin;
truncate public.tblsovereignapplications, public.tblsovereignapplicationssynclog, sovereign_sync.status;
set local search_path = extensions, public;

select plan(30);

-- The columns of one run, and what the view says of it.
create function pg_temp.outcome_of(columns jsonb) returns text language plpgsql as $$
declare
  base public.tblsovereignapplicationssynclog;
begin
  delete from public.tblsovereignapplicationssynclog;
  insert into public.tblsovereignapplicationssynclog
    (since_date, listed_since, status, trigger, sync_started_at, sync_completed_at, listed_at, passes, listed_parts)
  values
    ('2026-01-01', '2026-01-01', 'completed', 'schedule', now() - interval '1 minute', now(), now(), 1, 1)
  returning * into base;
  delete from public.tblsovereignapplicationssynclog;
  insert into public.tblsovereignapplicationssynclog
  select r.* from jsonb_populate_record(base, outcome_of.columns) as r;
  return (select r.outcome from public.sync_runs as r);
end;
$$;

create function pg_temp.running(columns jsonb) returns text language sql as $$
  select pg_temp.outcome_of(
    jsonb_build_object('status', 'running', 'sync_completed_at', null, 'lease', gen_random_uuid(), 'heartbeat_at', now()) || running.columns
  );
$$;

select is(pg_temp.outcome_of('{}'), 'OCC listed nothing', 'nothing listed');
select is(
  pg_temp.outcome_of('{"applications_found": 5, "applications_unchanged": 5}'), 'all listed applications were current', 'all current'
);
select is(
  pg_temp.outcome_of('{"applications_found": 5, "applications_unchanged": 4, "applications_enqueued": 1}'),
  '1 listed application waits for its next attempt, the others were current', 'one that waits is not current'
);
select is(
  pg_temp.outcome_of('{"applications_found": 2, "applications_enqueued": 2}'),
  '2 listed applications wait for their next attempt', 'two that wait'
);
select is(
  pg_temp.outcome_of('{"applications_found": 5, "applications_enqueued": 5, "applications_fetched": 5, "applications_upserted": 5}'),
  '5 synced', 'all synced'
);
select is(
  pg_temp.outcome_of('{"applications_fetched": 4, "applications_upserted": 4, "fetch_failures": 1}'),
  '4 synced, 1 failed and is tried again', 'one failed'
);
select is(
  pg_temp.outcome_of('{"applications_fetched": 4, "applications_upserted": 2, "fetch_failures": 3, "upsert_failures": 2}'),
  '2 synced, 5 failed and are tried again', 'several failed, in either step'
);
select is(
  pg_temp.outcome_of('{"applications_fetched": 4, "applications_upserted": 4, "fetch_failures": 3, "applications_parked": 3}'),
  '4 synced, 3 parked', 'parked ones are not said to be tried again'
);
select is(
  pg_temp.outcome_of('{"fetch_failures": 3, "applications_gone": 2}'),
  '0 synced, 1 failed and is tried again, 2 gone at OCC', 'nor are gone ones'
);
select is(
  pg_temp.outcome_of('{"trigger": "reconciliation", "changes_missed": 0, "applications_missing": 2, "applications_found": 9, "applications_unchanged": 9}'),
  '0 changes had been missed; 2 applications are missing from OCC''s list; all listed applications were current', 'what a list lacks'
);
select is(
  pg_temp.outcome_of('{"fetch_failures": 3, "applications_parked": 1}'),
  '0 synced, 2 failed and are tried again, 1 parked', 'some of both'
);
select is(
  pg_temp.outcome_of('{"applications_fetched": 5, "applications_upserted": 4, "upsert_failures": 1, "applications_locked": 1}'),
  '4 synced, 1 was locked by somebody and is tried again', 'one locked'
);
select is(
  pg_temp.outcome_of('{"applications_fetched": 5, "applications_upserted": 3, "upsert_failures": 2, "applications_locked": 2}'),
  '3 synced, 2 were locked by somebody and are tried again', 'two locked'
);
select is(
  pg_temp.outcome_of('{"applications_fetched": 1, "applications_upserted": 1, "listed_since": "2026-01-20"}'),
  'listed since 2026-01-20 only; 1 synced', 'a shortened list names its date'
);
select is(
  pg_temp.outcome_of(
    '{"applications_fetched": 1, "applications_upserted": 1, "fetch_failures": 2, "occ": "unwell", "error_details": {"reason": "OCC is failing; all are tried again"}}'
  ),
  '1 synced, 2 failed and are tried again; OCC is failing; all are tried again', 'OCC that is unwell'
);
select is(
  pg_temp.outcome_of('{"trigger": "reconciliation", "changes_missed": 1, "applications_fetched": 1, "applications_upserted": 1}'),
  '1 change had been missed; 1 synced', 'a reconciliation that found one'
);
select is(
  pg_temp.outcome_of('{"trigger": "reconciliation", "changes_missed": 0, "applications_found": 9, "applications_unchanged": 9}'),
  '0 changes had been missed; all listed applications were current', 'a reconciliation that found none'
);
select is(
  pg_temp.outcome_of('{"status": "failed", "listed_at": null, "error_details": {"reason": "Cannot list: OCC answered 503"}}'),
  'Cannot list: OCC answered 503', 'a failed run gives its reason'
);
select is(
  pg_temp.outcome_of('{"status": "failed", "applications_fetched": 1, "applications_upserted": 1, "error_details": {"reason": "Its worker died"}}'),
  'Its worker died; 1 synced', 'and what it did all the same'
);
select is(
  pg_temp.outcome_of('{"status": "failed", "fetch_failures": 1}'),
  'nothing could be fetched or stored; 0 synced, 1 failed and is tried again', 'or what it did not'
);

select is(pg_temp.running('{"listed_at": null}'), 'listing', 'a run that lists');
select is(
  pg_temp.running('{"applications_enqueued": 9, "applications_fetched": 2, "fetch_failures": 1}'), 'fetching, 3 of 9 done', 'a run that fetches'
);
select is(
  pg_temp.running('{"applications_enqueued": 1, "applications_fetched": 2}'), 'fetching, 2 done', 'a run that fetches a backlog'
);
select is(
  pg_temp.running('{"applications_enqueued": 9, "applications_fetched": 2, "lease": null}'),
  'waiting for its next pass, 2 of 9 done', 'a run that waits for its next pass'
);
select is(
  pg_temp.running(jsonb_build_object('heartbeat_at', now() - interval '95 seconds')),
  'its worker has given no sign of life for 95 s; the next tick ends it and goes on with what it left', 'a dead run'
);
select is(
  pg_temp.running(jsonb_build_object('heartbeat_at', now() - interval '95 seconds', 'lease', null)),
  'its next pass has not come for 95 s; the next tick ends it and goes on with what it left', 'a next pass that does not come'
);
-- Cancelled.
select is(pg_temp.running(jsonb_build_object('cancelled_at', now(), 'cancelled_by', 'postgres')), 'being cancelled', 'a run that is cancelled');
select is(
  pg_temp.outcome_of(jsonb_build_object(
    'cancelled_at', now(), 'cancelled_by', 'postgres', 'status', 'failed', 'applications_upserted', 3, 'applications_fetched', 3,
    'error_details', '{"reason": "Cancelled by postgres at 10:00"}'::jsonb
  )),
  'Cancelled by postgres at 10:00; 3 synced', 'says by whom'
);
select is((select r.status from public.sync_runs as r), 'cancelled', 'and is no failed one');

set local role authenticated;
select lives_ok('select outcome from public.sync_runs', 'authenticated reads them');
reset role;

select * from finish();
rollback;
