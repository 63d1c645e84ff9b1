-- Who may do what, all of it. Nobody but the owner gets into sovereign_sync, except service_role, as which the Edge
-- Function works. A view finds its tables and functions without its reader's access to their schema; so anon and
-- authenticated need no USAGE, only the privilege on what the views and functions of public are bound to.
--
-- What is not granted here stays with the owner: what reads secrets, calls the function, sends alerts or changes the
-- jobs. Default privileges cannot keep a new function from PUBLIC in one schema only, so the revokes come last.
revoke all on schema sovereign_sync from public, anon, authenticated, service_role;
revoke all on all tables in schema sovereign_sync from public, anon, authenticated, service_role;
revoke all on all sequences in schema sovereign_sync from public, anon, authenticated, service_role;
revoke all on all functions in schema sovereign_sync from public, anon, authenticated, service_role;

-- Older projects grant whatever is new in public to every role.
revoke all on table
  public.tblSovereignApplications, public."tblSovereignApplications", public."tblSovereignApplicationsChanges",
  public.tblSovereignApplicationsSyncLog, public."tblSovereignApplicationsSyncLog", public.sync_actions,
  public.sync_alerts, public.sync_changes, public.sync_dispatches, public.sync_errors, public.sync_failures,
  public.sync_gaps, public.sync_gone, public.sync_health, public.sync_refusals, public.sync_runs,
  public.sync_settings, public.sync_status, public.sync_time_in_status
from public, anon, authenticated, service_role;

revoke all on function
  public.accept_gap, public.cancel_sync, public.choose_canaries, public.claim_applications,
  public.enqueue_applications, public.explain_application, public.finish_sync_pass, public.forget_application,
  public.open_sync_run, public.operator_accept_gap, public.operator_cancel_sync, public.operator_change_thresholds,
  public.operator_forget, public.operator_forget_preview, public.operator_pause_sync, public.operator_reconcile,
  public.operator_request_applications, public.operator_resume_sync, public.operator_retry,
  public.operator_retry_preview, public.operator_start_from, public.operator_sync_now, public.pause_sync,
  public.read_watermark, public.reconcile, public.request_applications, public.resume_sync, public.retry,
  public.retry_preview, public.settle_applications, public.start_from, public.sync_actions_page,
  public.sync_application, public.sync_history, public.sync_not_current, public.sync_now, public.sync_overview,
  public.sync_run, public.sync_runs_page, public.sync_statistics, public.sync_thresholds
from public, anon, authenticated, service_role;

-- Signed-in users read applications, their history and the runs, and call the dashboard's functions.
grant select on table
  public.tblSovereignApplications, public."tblSovereignApplications", public."tblSovereignApplicationsChanges",
  public.tblSovereignApplicationsSyncLog, public."tblSovereignApplicationsSyncLog",
  public.sync_changes, public.sync_runs, public.sync_time_in_status,
  sovereign_sync.changes
to authenticated, service_role;

grant execute on function
  public.explain_application, public.operator_accept_gap, public.operator_cancel_sync, public.operator_change_thresholds,
  public.operator_forget, public.operator_forget_preview, public.operator_pause_sync, public.operator_reconcile,
  public.operator_request_applications, public.operator_resume_sync, public.operator_retry, public.operator_retry_preview,
  public.operator_start_from, public.operator_sync_now, public.sync_actions_page, public.sync_application,
  public.sync_history, public.sync_not_current, public.sync_overview, public.sync_run, public.sync_runs_page,
  public.sync_statistics, public.sync_thresholds,
  -- What these and the view sync_runs are bound to.
  sovereign_sync.counted, sovereign_sync.describe_stored, sovereign_sync.describe_time, sovereign_sync.explain_queue,
  sovereign_sync.operate, sovereign_sync.read_history, sovereign_sync.read_not_current, sovereign_sync.read_overview,
  sovereign_sync.read_run, sovereign_sync.read_runs_page, sovereign_sync.read_status, sovereign_sync.read_thresholds,
  sovereign_sync.require_between, sovereign_sync.run_is_dead, sovereign_sync.time_zone
to authenticated, service_role;

-- service_role works the queue.
grant usage on schema sovereign_sync to service_role;

grant insert, update, delete on table
  public.tblSovereignApplications, public."tblSovereignApplications", public.tblSovereignApplicationsSyncLog,
  public."tblSovereignApplicationsSyncLog"
to service_role;

grant select, insert, update, delete on table
  public.sync_status, sovereign_sync.status, sovereign_sync.queued_sync
to service_role;

grant select, insert, update on table public.sync_gaps, sovereign_sync.gaps, sovereign_sync.errors to service_role;

-- update on due_applications: to lock what is claimed.
grant select, update on table
  public.sync_settings, sovereign_sync.settings, sovereign_sync.known_attributes, sovereign_sync.due_applications
to service_role;

grant select, insert on table
  public.sync_refusals, sovereign_sync.unauthorized_requests, sovereign_sync.known_status_codes
to service_role;

grant select, insert, delete on table sovereign_sync.listed_applications to service_role;

grant select, delete on table public.sync_alerts, sovereign_sync.alerts to service_role;

grant select on table
  public.sync_actions, public.sync_dispatches, public.sync_errors, public.sync_failures, public.sync_gone,
  public.sync_health, sovereign_sync.actions, sovereign_sync.dispatches, sovereign_sync.queue_state,
  sovereign_sync.uptime_ping
to service_role;

grant execute on function
  public.accept_gap, public.cancel_sync, public.choose_canaries, public.claim_applications,
  public.enqueue_applications, public.finish_sync_pass, public.forget_application, public.open_sync_run,
  public.pause_sync, public.read_watermark, public.reconcile, public.request_applications, public.resume_sync,
  public.retry, public.retry_preview, public.settle_applications, public.start_from, public.sync_now
to service_role;

-- What these, the triggers' functions and the views call with their caller's rights.
grant execute on function
  -- 10_tables
  sovereign_sync.is_time_zone, sovereign_sync.today,
  -- 20_queue
  sovereign_sync.asks_canaries_first, sovereign_sync.attempts_in_doubt, sovereign_sync.check_list,
  sovereign_sync.count_date_offsets, sovereign_sync.covered_range, sovereign_sync.date_offset_warning,
  sovereign_sync.decide_answers, sovereign_sync.fingerprint, sovereign_sync.give_back_failures,
  sovereign_sync.has_canaries, sovereign_sync.is_complete, sovereign_sync.is_in_doubt, sovereign_sync.judge_listed,
  sovereign_sync.keep_asking, sovereign_sync.make_pending, sovereign_sync.max_attempts, sovereign_sync.max_lapses,
  sovereign_sync.max_suspects, sovereign_sync.missing_attributes, sovereign_sync.next_attempt_at,
  sovereign_sync.note_attributes, sovereign_sync.note_errors, sovereign_sync.note_listed, sovereign_sync.note_occ,
  sovereign_sync.note_status_codes, sovereign_sync.occ_was, sovereign_sync.recheck_disagreed,
  sovereign_sync.release_claims, sovereign_sync.revive_failures, sovereign_sync.settle_answers,
  sovereign_sync.settle_failures, sovereign_sync.settled_apart, sovereign_sync.store_answers,
  sovereign_sync.suspect_missing, sovereign_sync.suspects_of_night, sovereign_sync.void_claims,
  -- 30_runs
  sovereign_sync.append_details, sovereign_sync.append_errors, sovereign_sync.begin_waiting_sync,
  sovereign_sync.close_dead_run, sovereign_sync.close_sync_run, sovereign_sync.default_since,
  sovereign_sync.describe_cancellation, sovereign_sync.hand_over_run, sovereign_sync.hold_sync_run,
  sovereign_sync.let_sync_wait, sovereign_sync.lookback, sovereign_sync.manual_sync, sovereign_sync.move_watermark,
  sovereign_sync.prove_lease, sovereign_sync.resume_sync_run, sovereign_sync.run_is_abandoned,
  sovereign_sync.send_waiting_sync, sovereign_sync.sync_run_failed, sovereign_sync.to_errors,
  -- 40_calls
  sovereign_sync.answer_to, sovereign_sync.connection_problem, sovereign_sync.describe_dispatch,
  sovereign_sync.dispatch_sync, sovereign_sync.invoke_sync_applications, sovereign_sync.schedule_problem,
  sovereign_sync.ticks_between, sovereign_sync.why_not_sent,
  -- 50_monitoring
  sovereign_sync.add_remedy, sovereign_sync.conditions_of, sovereign_sync.database_is_read_only,
  sovereign_sync.describe_failure, sovereign_sync.describe_full_disk, sovereign_sync.dispatch_failed,
  sovereign_sync.failures_in_a_row, sovereign_sync.last_answered_dispatch, sovereign_sync.last_failed_run,
  sovereign_sync.schedule_ran_at, sovereign_sync.sentence, sovereign_sync.sync_conditions,
  sovereign_sync.why_no_run_completes,
  -- 60_operations
  sovereign_sync.acting_role, sovereign_sync.describe_range, sovereign_sync.is_operator, sovereign_sync.reconcile_since,
  sovereign_sync.record_action, sovereign_sync.request_claims, sovereign_sync.require_past, sovereign_sync.to_retry,
  -- 70_reading
  sovereign_sync.describe_errors, sovereign_sync.describe_place, sovereign_sync.describe_state
to service_role;
