-- What a project has after some months, a row or more in every table of the frozen schema. It is written once, for that
-- schema: a release that adds tables adds to it.
insert into public.tblsovereignapplications (g3_application_number, applicationname, appstatuscode, lastsaveddatetime)
select 'G3-' || i, 'Car loan ' || i, (array['DRAFT', 'COND', 'DECL'])[1 + i % 3], timestamptz '2026-11-01' + i * interval '1 hour'
from generate_series(1, 200) as i;

-- By the trigger: history.
update public.tblsovereignapplications set appstatuscode = 'SETT', lastsaveddatetime = '2026-12-01'
where g3_application_number in ('G3-1', 'G3-2');

insert into public.tblsovereignapplicationssynclog (
  since_date, sync_started_at, sync_completed_at, status, trigger, applications_found, error_details
)
values
  ('2026-11-20', '2026-11-21', '2026-11-21 00:01', 'completed', 'schedule', 200, null),
  ('2026-11-20', '2026-11-22', '2026-11-22 00:01', 'failed', 'schedule', 0, '{"reason": "Cannot list: OCC is throttled"}');

insert into public.tblsovereignapplicationssynclog (since_date, status, trigger, lease, heartbeat_at)
values ('2026-11-24', 'running', 'manual', gen_random_uuid(), now());

insert into public.sync_status (g3_application_number, state, next_attempt_at, stale_since)
select 'G3-' || i, 'synced', null, null from generate_series(1, 199) as i;
insert into public.sync_status (g3_application_number, state, last_error)
values ('G3-200', 'failed', 'Cannot fetch application G3-200: OCC answered 404');

select sovereign_sync.note_errors('[{"id": "G3-200", "error": "Cannot fetch application G3-200: OCC answered 404"}]');

insert into public.sync_gaps (from_date, to_date) values ('2026-01-01', '2026-02-01');
insert into public.sync_gaps (from_date, to_date, closed_at, closed_by) values ('2025-01-01', '2025-02-01', now(), 'covered');
insert into sovereign_sync.queued_sync (since, force) values ('2025-06-01', true);
insert into sovereign_sync.dispatches (trigger, outcome, status_code) values ('schedule', 'accepted', 202), ('manual', 'busy', 409);
insert into public.sync_alerts (condition, message) values ('list too large', 'OCC''s list is too large.');
insert into public.sync_refusals (requests) values (7);
insert into sovereign_sync.known_status_codes (appstatuscode) values ('DRAFT'), ('SETT') on conflict do nothing;
insert into sovereign_sync.listed_applications (g3_application_number) values ('G3-1');

-- Recorded in sync_actions, too.
update public.sync_settings set time_zone = 'Pacific/Auckland', keep_log_for = '30 days', project_name = 'Loans' where one_row;
select public.pause_sync();
select vault.create_secret('https://hooks.test/x', 'alert_webhook_url');
