-- Takes the sync away and leaves its two tables with their data (tblSovereignApplications, tblSovereignApplicationsSyncLog),
-- closed as they are, and what was kept as "…_before_sync". Run it as postgres: all of it or nothing is done, a second
-- time it does nothing. `supabase db push` installs the sync again over what is there.
do $$
declare
  -- Nothing is taken away while this is false.
  yes_remove_everything constant boolean := false;
  -- Others may have something in schema private too, so what is ours goes by its name.
  private_functions constant text[] := regexp_split_to_array('
    acting_role add_remedy alert_body alert_words append_details append_errors asks_canaries_first attempts_in_doubt
    begin_waiting_sync change_thresholds check_cron_secret check_list check_project_url close_abandoned_run
    close_dead_run close_sync_run collect_dispatches collect_heartbeat collect_posts conditions_of connect_sync
    connection_problem count_date_offsets count_synced counted covered_range database_is_read_only date_offset_warning
    decide_answers default_since describe_cancellation describe_dispatch describe_errors describe_failure
    describe_full_disk describe_place describe_range describe_run_under_way describe_state describe_stored
    describe_time dispatch_failed dispatch_sync explain_queue failures_in_a_row fingerprint forget_as_operator
    give_back_failures guard_application hand_over_run has_canaries hold_sync_run invoke_sync_applications is_complete
    is_in_doubt is_operator is_redirected is_time_zone judge_listed keep_asking last_answered_dispatch last_failed_run
    let_sync_wait lookback make_pending manual_sync max_attempts max_lapses max_suspects message_of missing_attributes
    move_watermark next_attempt_at next_tick_at note_attributes note_conditions note_errors note_listed note_occ
    note_status_codes occ_was operate post_alert preview_forget preview_retry project_name prove_lease
    prune_sync_records publish_live_tables queue_dispatch read_actions read_history read_not_current read_overview
    read_run read_runs_page read_secret read_status read_thresholds recheck_disagreed reconcile_since reconcile_sync
    record_action record_changes record_deletions record_settings_change release_claims request_as_operator
    request_claims requeue_deleted_applications requeue_renamed_application require_applications require_between
    require_operator require_past resume_sync_run retry_as_operator revive_failures run_is_abandoned run_is_dead
    run_of schedule_problem schedule_ran_at schedule_sync send_heartbeat send_waiting_sync sentence settle_answers
    settle_failures settled_apart silent_since store_answers store_secret suspect_missing suspects_of_night
    sync_conditions sync_jobs sync_now_as_operator sync_run_failed tell_alerts threshold_limits ticks_between
    time_zone to_errors to_retry to_texts today void_claims watch_sync what_to_do why_no_run_completes why_not_sent
  ', '\s+');
  public_functions constant text[] := regexp_split_to_array('
    accept_gap cancel_sync choose_canaries claim_applications enqueue_applications explain_application
    finish_sync_pass forget_application open_sync_run operator_accept_gap operator_cancel_sync
    operator_change_thresholds operator_forget operator_forget_preview operator_pause_sync operator_reconcile
    operator_request_applications operator_resume_sync operator_retry operator_retry_preview operator_start_from
    operator_sync_now pause_sync read_watermark reconcile request_applications resume_sync retry retry_preview
    settle_applications start_from sync_actions_page sync_application sync_history sync_not_current sync_now
    sync_overview sync_run sync_runs_page sync_statistics sync_thresholds
  ', '\s+');
  target text;
begin
  if not yes_remove_everything then
    raise exception 'Nothing was removed: this takes away the sync with its settings, queue and history, and leaves the data'
      using hint = 'If that is what you want, make yes_remove_everything true in its first lines, and run it again.';
  end if;
  if to_regclass('cron.job') is not null then
    perform cron.unschedule(j.jobid)
    from cron.job as j
    where j.username = current_user
      and j.jobname in ('sync-applications', 'watch-sync', 'reconcile-sync', 'prune-sync-records');
  end if;
  if to_regclass('vault.secrets') is not null then
    delete from vault.secrets as s where s.name in ('project_url', 'cron_secret', 'alert_webhook_url', 'heartbeat_url');
  end if;

  -- One by one, so that what depends on one of them is named. First what is bound to views and other functions, the last
  -- one made first.
  for target in
    select p.oid::regprocedure from pg_catalog.pg_proc as p
    where p.prosqlbody is not null and (
      p.pronamespace = 'public'::regnamespace and p.proname = any (public_functions)
      or p.pronamespace = to_regnamespace('private') and p.proname = any (private_functions)
    )
    order by p.oid desc
  loop
    execute 'drop function ' || target;
  end loop;
  drop view if exists public.sync_health;
  drop view if exists public.sync_failures;
  drop view if exists public.sync_gone;
  drop view if exists public.sync_runs;
  drop view if exists public.sync_errors;
  drop view if exists public.sync_time_in_status;
  drop view if exists public."tblSovereignApplicationsChanges";
  drop view if exists public.sync_changes;
  drop view if exists private.due_applications;
  -- Where the adoption did not come to its end, these are tables with data.
  for target in
    select c.oid::regclass from pg_catalog.pg_class as c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'v'
      and c.relname in ('tblSovereignApplications', 'tblSovereignApplicationsSyncLog')
  loop
    execute 'drop view ' || target;
  end loop;
  if to_regclass('public.tblsovereignapplications') is not null then
    drop trigger if exists guard_application on public.tblsovereignapplications;
    drop trigger if exists record_changes on public.tblsovereignapplications;
    drop trigger if exists record_deletions on public.tblsovereignapplications;
    drop trigger if exists requeue_deleted_applications on public.tblsovereignapplications;
    drop trigger if exists requeue_renamed_application on public.tblsovereignapplications;
    drop trigger if exists requeue_truncated_applications on public.tblsovereignapplications;
  end if;
  -- A table that is dropped leaves it by itself; these two stay.
  for target in
    select c.oid::regclass
    from pg_catalog.pg_publication_rel as r
    join pg_catalog.pg_publication as p on p.oid = r.prpubid and p.pubname = 'supabase_realtime'
    join pg_catalog.pg_class as c on c.oid = r.prrelid and c.relnamespace = 'public'::regnamespace
    where c.relname in ('tblsovereignapplications', 'tblsovereignapplicationssynclog')
  loop
    begin
      execute 'alter publication supabase_realtime drop table ' || target;
    exception when insufficient_privilege then
      raise notice '% stays in the publication supabase_realtime: its owner can take it out', target;
    end;
  end loop;
  if to_regclass('public.sync_settings') is not null then
    drop trigger if exists record_settings_change on public.sync_settings;
    alter table public.sync_settings drop constraint if exists known_time_zone;
  end if;
  for target in
    select p.oid::regprocedure from pg_catalog.pg_proc as p
    where p.pronamespace = 'public'::regnamespace and p.proname = any (public_functions)
      or p.pronamespace = to_regnamespace('private') and p.proname = any (private_functions)
  loop
    execute 'drop function ' || target;
  end loop;
  drop view if exists private.queue_state;
  drop view if exists public.sync_dispatches;
  drop function if exists private.answer_to(private.sync_dispatches);
  drop table if exists
    public.sync_status, public.sync_gaps, public.sync_alerts, public.sync_refusals, public.sync_actions,
    public.sync_heartbeat, public.sync_application_changes, public.sync_settings, private.known_errors,
    private.known_status_codes, private.known_attributes, private.listed_applications, private.sync_dispatches,
    private.waiting_sync;
  drop type if exists private.answer_decision;
  if exists (
    select from pg_catalog.pg_namespace as n
    where n.nspname = 'private' and n.nspowner = current_user::regrole and not exists (
      select from pg_catalog.pg_depend as d where d.refclassid = 'pg_namespace'::regclass and d.refobjid = n.oid
    )
  ) then
    drop schema private;
  end if;

  -- So that db push knows nothing of them. The extensions stay: others may use them.
  if to_regclass('supabase_migrations.schema_migrations') is not null then
    delete from supabase_migrations.schema_migrations as m where m.version ~ '^2026110100[0-9]{4}$';
  end if;

  -- Inside, so that all of it is one statement: the CLI's db query takes no more.
  perform pg_notify('pgrst', 'reload schema');
end;
$$;
