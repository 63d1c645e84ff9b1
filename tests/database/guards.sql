-- What the tables refuse, and what their triggers do.
begin;
truncate public.tblsovereignapplications, public.tblsovereignapplicationssynclog, sovereign_sync.status;
set local search_path = extensions, public;

select plan(23);

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

select set_config('sovereign_sync.settling', '00000000-0000-0000-0000-000000000001', true);
update public.tblsovereignapplications set owner = 'settled', lastsaveddatetime = '2026-01-01';
select set_config('sovereign_sync.settling', '', true);
select is((select owner from public.tblsovereignapplications), 'settled', 'what the sync has decided on may go back in time');
update public.tblsovereignapplications set owner = 'others', lastsaveddatetime = '2025-12-31';
select is((select owner from public.tblsovereignapplications), 'settled', 'and nobody else may, after it as before');

insert into public.sync_status
  (g3_application_number, state, next_attempt_at, stale_since, settled_last_saved, attempts)
values ('G3-1', 'synced', null, null, '2026-01-03', 0), ('G3-2', 'synced', null, null, '2026-01-03', 0);
update public.tblsovereignapplications set g3_application_number = 'G3-3' where g3_application_number = 'G3-1';
select results_eq(
  'select g3_application_number, state from public.sync_status order by 1',
  $$ values ('G3-1', 'pending'), ('G3-2', 'synced') $$,
  'an application whose row is given another number is pending again'
);
update public.tblsovereignapplications set g3_application_number = 'G3-1';
update public.sync_status set state = 'synced', next_attempt_at = null, stale_since = null;
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
  '23505', null, 'a second running row is refused'
);
select throws_ok(
  $$ update public.tblsovereignapplicationssynclog set status = 'completed' $$,
  '23514', null, 'a finished run says when'
);
select throws_ok(
  $$ insert into public.tblsovereignapplicationssynclog (since_date, status) values ('2026-01-01', 'dreaming') $$,
  '23514', null, 'an unknown status is refused'
);
select throws_ok(
  $$ insert into public.sync_status (g3_application_number, state, next_attempt_at) values ('x', 'failed', null) $$,
  '23514', null, 'no application is stale without a due time'
);

select lives_ok(
  $$ insert into public.sync_gaps (from_date, to_date) values ('2026-01-01', '2026-01-05') $$, 'a gap is opened'
);
select throws_ok(
  $$ insert into public.sync_gaps (from_date, to_date) values ('2026-01-06', '2026-01-08') $$,
  '23505', null, 'a second open gap is refused'
);

select throws_like(
  $$ select * from public.settle_applications(gen_random_uuid(), '[]', '[]') $$, '%lease%lost%', 'nothing is written without the lease'
);
select throws_ok(
  $$ select * from public.claim_applications(gen_random_uuid(), 1, 0) $$, 'PT409', null, 'nothing is claimed without the lease'
);

select is(
  (select count(*)::integer from cron.job where jobname = 'sync-applications'), 1, 'the job is scheduled once'
);
select cron.schedule('sync-applications', '*/5 * * * *', 'select sovereign_sync.invoke_sync_applications()');
select is(
  (select count(*)::integer from cron.job where jobname = 'sync-applications'), 1, 'scheduling again leaves one job'
);

delete from vault.secrets where name = 'cron_secret';
select lives_ok('select sovereign_sync.invoke_sync_applications()', 'a missing secret stops no job');
select results_eq(
  'select outcome, message from public.sync_dispatches order by id desc limit 1',
  $$ values ('not sent', 'Vault has no secret named cron_secret: select sovereign_sync.connect_sync(cron_secret => ''<CRON_SECRET>'')') $$,
  'and what could not be sent has a row, with the secret''s name'
);

select * from finish();
rollback;
