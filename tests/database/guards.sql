-- What the tables reject, and what their triggers do.
begin;
truncate public.tblsovereignapplications, public.tblsovereignapplicationssynclog, public.sync_status;
set local search_path = extensions, public;

select plan(21);

insert into public.tblsovereignapplications (g3_application_number, owner, lastsaveddatetime, updated_at)
values ('G3-1', 'first', '2026-01-02', '2026-01-02');

update public.tblsovereignapplications set owner = 'older', lastsaveddatetime = '2026-01-01';
select is((select owner from public.tblsovereignapplications), 'first', 'an older write changes nothing');

update public.tblsovereignapplications set owner = 'first', updated_at = '2030-01-01';
select is(
  (select updated_at from public.tblsovereignapplications), '2026-01-02'::timestamptz, 'a write that changes nothing leaves updated_at'
);

update public.tblsovereignapplications set owner = 'second';
select is((select owner from public.tblsovereignapplications), 'second', 'an equally old write with another value is stored');
select is((select updated_at from public.tblsovereignapplications), now(), 'a change moves updated_at');

insert into public."tblSovereignApplications" ("G3_application_number", owner, "lastSavedDateTime")
values ('G3-1', 'upsert', '2026-01-03')
on conflict ("G3_application_number") do update set owner = excluded.owner, "lastSavedDateTime" = excluded."lastSavedDateTime";
select is((select owner from public.tblsovereignapplications), 'upsert', 'an upsert by the printed names arrives');

insert into public.sync_status
  (g3_application_number, state, next_attempt_at, stale_since, synced_last_saved, attempts)
values ('G3-1', 'synced', null, null, '2026-01-03', 0), ('G3-2', 'synced', null, null, '2026-01-03', 0);
delete from public.tblsovereignapplications;
select results_eq(
  'select g3_application_number, state from public.sync_status order by 1',
  $$ values ('G3-1', 'pending'), ('G3-2', 'synced') $$,
  'a deleted application is pending again, no other is'
);
truncate public.tblsovereignapplications;
select results_eq(
  'select state from public.sync_status order by 1',
  $$ values ('pending'), ('pending') $$,
  'after truncate all are pending'
);

select lives_ok(
  $$ insert into public.tblsovereignapplicationssynclog (since_date, status) values ('2026-01-01', 'running') $$, 'a run is opened'
);
select throws_ok(
  $$ insert into public.tblsovereignapplicationssynclog (since_date, status) values ('2026-01-01', 'running') $$,
  '23505', null, 'a second running row is rejected'
);
select throws_ok(
  $$ update public.tblsovereignapplicationssynclog set status = 'completed' $$,
  '23514', null, 'a finished run says when'
);
select throws_ok(
  $$ insert into public.tblsovereignapplicationssynclog (since_date, status) values ('2026-01-01', 'dreaming') $$,
  '23514', null, 'an unknown status is rejected'
);
select throws_ok(
  $$ insert into public.sync_status (g3_application_number, state, next_attempt_at) values ('x', 'failed', null) $$,
  '23514', null, 'no application is stale without a due time'
);

select throws_ok(
  $$ insert into public.sync_status (g3_application_number, claimed_by) values ('x', gen_random_uuid()) $$,
  '23514', null, 'a claim says since when'
);
select throws_ok(
  $$ insert into public.tblsovereignapplicationssynclog (since_date, status, trigger, sync_completed_at)
     values ('2026-01-01', 'completed', 'next_pass', now()) $$,
  '23514', null, 'a next pass is no run'
);

update public.sync_status
set state = 'parked', attempts = 8, lapses = 3, next_attempt_at = now() + interval '1 day', stale_since = '2026-01-01'
where g3_application_number = 'G3-2';
select public.request_applications(array['G3-2', 'G3-3', 'G3-2']);
select results_eq(
  $$ select g3_application_number, state, attempts, lapses, next_attempt_at, requested_at, stale_since
     from public.sync_status where g3_application_number <> 'G3-1' order by 1 $$,
  $$ values
     ('G3-2', 'pending', 0, 0, now(), now(), '2026-01-01'::timestamptz), ('G3-3', 'pending', 0, 0, now(), now(), now()) $$,
  'what is asked for is due now, with all its attempts, and stale since it was'
);
select results_eq(
  $$ select private.run_is_dead(t) from (values
     (null), (now() - interval '90 seconds'), (now() - interval '89 seconds')) as h (t) $$,
  $$ values (true), (true), (false) $$,
  'a run is dead after 90 seconds without a sign of life'
);

select throws_like(
  $$ select * from public.settle_applications(gen_random_uuid(), '[]', '[]') $$, '%lease%lost%', 'nothing is written without the lease'
);
select throws_ok(
  $$ select * from public.claim_applications(gen_random_uuid(), 1) $$, 'PT409', null, 'nothing is claimed without the lease'
);

select is(
  (select count(*)::integer from cron.job where jobname = 'sync-applications'), 1, 'the job is scheduled once'
);
select cron.schedule('sync-applications', '*/5 * * * *', 'select private.invoke_sync_applications()');
select is(
  (select count(*)::integer from cron.job where jobname = 'sync-applications'), 1, 'scheduling again leaves one job'
);

delete from vault.secrets where name = 'cron_secret';
select throws_like(
  'select private.invoke_sync_applications()', '%no secret named cron_secret%', 'a missing secret raises, by its name'
);

select * from finish();
rollback;
