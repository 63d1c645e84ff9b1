-- Why an application is as it is, in words.
begin;
truncate public.tblsovereignapplications, public.tblsovereignapplicationssynclog, sovereign_sync.status, sovereign_sync.gaps,
  sovereign_sync.dispatches, sovereign_sync.changes, sovereign_sync.actions;
update public.sync_settings set paused_at = null, resumed_at = now(), installed_at = now(), time_zone = 'UTC', history = true;
set local search_path = extensions, public;

select * from no_plan();

-- What is said, without the times.
create function pg_temp.says(id text) returns text language sql as $$
  select string_agg(regexp_replace(e.sentence, '\d{4}-\d\d-\d\d \d\d:\d\d UTC \(([^)]*)\)', '[\1]', 'g'), ' ' order by e.line)
  from public.explain_application(says.id) as e;
$$;

set local role service_role;
select is(
  pg_temp.says('G3-1'),
  'It is not stored. OCC''s list has never named it and nobody has asked for it, or it was forgotten. To have OCC asked for it '
    'now: select request_applications(array[''G3-1'']);',
  'an unknown number, and how to ask for it'
);
reset role;

select public.request_applications(array['G3-1', 'G3-2']);
insert into public.sync_status (g3_application_number) values ('G3-3');
select is(
  pg_temp.says('G3-3'),
  'It is not stored. OCC''s list has never named it: somebody asked for it by its number. It is pending, and out of date since '
    '[0 seconds ago]. It is due; 2 other applications are fetched before it. To have OCC asked for it now: select '
    'request_applications(array[''G3-3'']);',
  'one that waits, and its place in the queue'
);
select matches(pg_temp.says('G3-1'), 'Somebody asked for it \[0 seconds ago\]\. It is due; 0 other applications are', 'one that was asked for comes first');

-- Stored, changed, failed.
insert into public.tblsovereignapplications (g3_application_number, appstatuscode, lastsaveddatetime)
values ('G3-3', 'DRAFT', now() - interval '3 days'), ('G3-4', 'DRAFT', null);
update public.tblsovereignapplications set appstatuscode = 'COND', owner = 'A' where g3_application_number = 'G3-3';
insert into public.tblsovereignapplicationssynclog (since_date, status, sync_started_at, sync_completed_at, error_details)
select '2026-01-01', 'completed', now() - n * interval '1 hour', now() - n * interval '1 hour',
  jsonb_build_object('errors', jsonb_build_array(
    jsonb_build_object('id', 'G3-3', 'error', 'Cannot fetch application G3-3: number ' || n), jsonb_build_object('id', 'G3-4', 'error', 'another one')
  ))
from generate_series(1, 7) as n;
update public.sync_status set
  state = 'parked', attempts = 9, failing_since = now() - interval '2 days', next_attempt_at = now() + interval '20 hours',
  stale_since = now() - interval '2 days', last_error = 'Cannot fetch application G3-3: OCC answered 404',
  listed_at = now() - interval '2 days', listed_last_saved = now() - interval '50 hours'
where g3_application_number = 'G3-3';
select is(
  pg_temp.says('G3-3'),
  'Stored is what OCC saved [3 days ago], with the status COND; the row last changed [0 seconds ago]. The history''s last change '
    'is of [0 seconds ago], by somebody else than the sync: appStatusCode, owner. OCC''s list last said something new of it '
    '[2 days ago]: saved [2 days ago]. It is parked, and out of date since [2 days ago]; 9 attempts have failed since [2 days ago]. '
    'The last error: Cannot fetch application G3-3: OCC answered 404. The run of [60 minutes ago]: Cannot fetch application '
    'G3-3: number 1. The run of [2 hours ago]: Cannot fetch application G3-3: number 2. The run of [3 hours ago]: Cannot fetch application G3-3: number 3. '
    'The run of [4 hours ago]: Cannot fetch application G3-3: number 4. The run of [5 hours ago]: Cannot fetch application G3-3: number 5. '
    'It is tried again [in 20 hours]. Once its cause is mended: select retry(array[''G3-3'']); if nobody wants it any more: select '
    'forget_application(''G3-3'', ''why'');',
  'a parked one: what is stored, its errors, when it is tried, and what to do'
);

-- What stands in its way.
update public.sync_settings set paused_at = now() - interval '5 minutes';
select matches(pg_temp.says('G3-3'), 'The schedule is paused since \[5 minutes ago\]; select resume_sync\(\);', 'a pause');
update public.sync_settings set paused_at = null;
update public.sync_settings set installed_at = now() - interval '1 day', resumed_at = null;
select matches(pg_temp.says('G3-3'), 'No sync completes: No scheduled sync has completed for 1440 minutes: ', 'a schedule that does not work');
update public.sync_settings set installed_at = now();
insert into public.sync_gaps (from_date, to_date) values (sovereign_sync.today() - 10, sovereign_sync.today());
select matches(pg_temp.says('G3-3'), 'OCC could not list \S+ to \S+: what it saved of this application', 'an open gap that covers it');
update public.sync_gaps set to_date = sovereign_sync.today() - 5;
select doesnt_match(pg_temp.says('G3-3'), 'OCC could not list', 'one that was listed since is not in it');
select matches(pg_temp.says('G3-1'), 'OCC could not list', 'one that was not may be');
update public.sync_gaps set closed_at = now(), closed_by = 'accepted';
select doesnt_match(pg_temp.says('G3-1'), 'OCC could not list', 'a closed gap is none');

-- In flight, tried, current, deleted, forgotten.
insert into public.tblsovereignapplicationssynclog (id, since_date, status, lease, heartbeat_at)
values ('00000000-0000-0000-0000-000000000002', '2026-01-01', 'running', '00000000-0000-0000-0000-000000000001', now());
update public.sync_status set claimed_by = '00000000-0000-0000-0000-000000000001', claimed_at = now() where g3_application_number = 'G3-1';
select matches(pg_temp.says('G3-1'), 'It is being fetched at this moment\.', 'in flight');
update public.sync_status set attempted_by_run = '00000000-0000-0000-0000-000000000002' where g3_application_number = 'G3-2';
select matches(pg_temp.says('G3-2'), 'The run that is open has tried it; the next one tries again\.', 'tried by the open run');
select public.retry(array['G3-3']);
update public.sync_status set state = 'synced', next_attempt_at = null, stale_since = null, synced_at = now(), last_error = null, requested_at = null
where g3_application_number = 'G3-3';
select matches(pg_temp.says('G3-3'), 'It is current, as far as OCC''s list says: settled \[0 seconds ago\]\.', 'current');
select doesnt_match(pg_temp.says('G3-3'), 'No sync completes|paused|It is due', 'and nothing stands in its way');
select public.forget_application('G3-2', 'a typing mistake');
select matches(pg_temp.says('G3-2'), 'Forgotten \[0 seconds ago\]: a typing mistake ', 'forgotten, and why');
update public.sync_status set missing_since = now() - interval '3 minutes' where g3_application_number = 'G3-3';
select matches(pg_temp.says('G3-3'), 'OCC''s list lacks it, as was found \[3 minutes ago\]\.', 'missing from the list');
update public.sync_status set state = 'gone', gone_at = now() - interval '1 minute', stale_since = now() where g3_application_number = 'G3-3';
select matches(
  pg_temp.says('G3-3'), 'OCC has it no more, as was found \[1 minute ago\]; its row is kept .* select retry\(array', 'gone'
);
select matches(pg_temp.says('G3-4'), 'Stored is what OCC saved at a time it does not say, with the status DRAFT', 'undated');
select matches(pg_temp.says($$O'Brien$$), 'request_applications\(array\[''O''''Brien''\]\)', 'what it tells to run can be run');

select * from finish();
rollback;
