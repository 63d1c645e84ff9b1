-- Takes the sync away and leaves its two tables with their data (tblSovereignApplications, tblSovereignApplicationsSyncLog),
-- closed as they are, and what was kept as "…_before_sync". Run it as postgres: all of it or nothing is done, a second
-- time it does nothing. `supabase db push` installs the sync again over what is there.
do $$
declare
  -- Nothing is taken away while this is false.
  yes_remove_everything constant boolean := false;
  -- What is ours in public. The three lists are written by `deno task migration`, from supabase/schemas.
  public_views constant text[] := array[
    -- <views of public>
    '"tblSovereignApplications"', '"tblSovereignApplicationsChanges"', '"tblSovereignApplicationsSyncLog"',
    'sync_actions', 'sync_alerts', 'sync_changes', 'sync_dispatches', 'sync_errors', 'sync_failures', 'sync_gaps',
    'sync_gone', 'sync_health', 'sync_refusals', 'sync_runs', 'sync_settings', 'sync_status', 'sync_time_in_status'
    -- </views of public>
  ];
  public_functions constant text[] := array[
    -- <functions of public>
    'accept_gap()', 'cancel_sync()', 'choose_canaries(uuid)', 'claim_applications(uuid, integer, integer)',
    'enqueue_applications(uuid, jsonb, integer, date, boolean)', 'explain_application(text)',
    'finish_sync_pass(uuid, boolean, text, boolean, jsonb, jsonb, text, text[], jsonb)',
    'forget_application(text, text)', 'open_sync_run(uuid, date, text, boolean, boolean, uuid, text)',
    'operator_accept_gap()', 'operator_cancel_sync()', 'operator_change_thresholds(jsonb)',
    'operator_forget(text[], text)', 'operator_forget_preview(text[])', 'operator_pause_sync()',
    'operator_reconcile(date)', 'operator_request_applications(text[])', 'operator_resume_sync()',
    'operator_retry(text[], text, boolean)', 'operator_retry_preview(text[], text, boolean)',
    'operator_start_from(date)', 'operator_sync_now(date, boolean)', 'pause_sync()', 'read_watermark(text)',
    'reconcile(date)', 'request_applications(text[])', 'resume_sync()', 'retry(text[], text, boolean)',
    'retry_preview(text[], text, boolean)', 'settle_applications(uuid, jsonb, jsonb)', 'start_from(date)',
    'sync_actions_page(bigint, integer)', 'sync_application(text)', 'sync_history(timestamptz, timestamptz, integer)',
    'sync_not_current(text[], text, text, text, integer)', 'sync_now(date, boolean)', 'sync_overview()',
    'sync_run(uuid)', 'sync_runs_page(timestamptz, timestamptz, text, text, timestamptz, integer)',
    'sync_statistics(integer)', 'sync_thresholds()'
    -- </functions of public>
  ];
  triggers constant text[] := array[
    -- <triggers of the applications>
    'guard_application', 'record_changes', 'record_deletions', 'requeue_deleted_applications',
    'requeue_renamed_application', 'requeue_truncated_applications'
    -- </triggers of the applications>
  ];
  target text;
  others text;
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

  -- A table that is dropped leaves the publication by itself; these two stay.
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
  if to_regclass('public.tblsovereignapplications') is not null then
    foreach target in array triggers loop
      execute format('drop trigger if exists %I on public.tblsovereignapplications', target);
    end loop;
  end if;

  -- What is ours in public joins the rest, so that all of it goes at once, whatever depends on what.
  create schema if not exists sovereign_sync;
  for target in
    select c.oid::regclass
    from pg_catalog.pg_class as c
    -- Where the adoption did not come to its end, two of these names are tables with data.
    where c.relkind = 'v' and c.oid in (select to_regclass('public.' || v.name) from unnest(public_views) as v (name))
  loop
    execute format('alter view %s set schema sovereign_sync', target);
  end loop;
  for target in
    select to_regprocedure('public.' || f.signature) from unnest(public_functions) as f (signature)
    where to_regprocedure('public.' || f.signature) is not null
  loop
    execute format('alter function %s set schema sovereign_sync', target);
  end loop;

  -- Not what others have built on it.
  with ours as (
    select 'pg_class'::regclass as classid, c.oid from pg_catalog.pg_class as c
    where c.relnamespace = 'sovereign_sync'::regnamespace
    union all
    select 'pg_proc'::regclass, p.oid from pg_catalog.pg_proc as p where p.pronamespace = 'sovereign_sync'::regnamespace
    union all
    select 'pg_type'::regclass, t.oid from pg_catalog.pg_type as t where t.typnamespace = 'sovereign_sync'::regnamespace
  ),
  dependents as (
    select d.classid, coalesce(r.ev_class, g.tgrelid, y.polrelid, a.adrelid, k.conrelid, d.objid) as objid
    from pg_catalog.pg_depend as d
    join ours as o on o.classid = d.refclassid and o.oid = d.refobjid
    left join pg_catalog.pg_rewrite as r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
    left join pg_catalog.pg_trigger as g on d.classid = 'pg_trigger'::regclass and g.oid = d.objid
    left join pg_catalog.pg_policy as y on d.classid = 'pg_policy'::regclass and y.oid = d.objid
    left join pg_catalog.pg_attrdef as a on d.classid = 'pg_attrdef'::regclass and a.oid = d.objid
    left join pg_catalog.pg_constraint as k on d.classid = 'pg_constraint'::regclass and k.oid = d.objid
  )
  select string_agg(distinct case when p.oid is null then c.oid::regclass::text else p.oid::regprocedure::text end, ', ')
  into others
  from dependents as d
  left join pg_catalog.pg_proc as p on d.classid = 'pg_proc'::regclass and p.oid = d.objid
  left join pg_catalog.pg_class as c on d.classid <> 'pg_proc'::regclass and c.oid = d.objid
  where coalesce(p.pronamespace, c.relnamespace) not in ('sovereign_sync'::regnamespace, 'pg_toast'::regnamespace);
  if others is not null then
    raise exception 'Nothing was removed, because something else depends on the sync: %', others
      using hint = 'Drop it or change it, and run this again.';
  end if;
  drop schema sovereign_sync cascade;

  -- So that db push knows nothing of them. The extensions stay: others may use them.
  if to_regclass('supabase_migrations.schema_migrations') is not null then
    delete from supabase_migrations.schema_migrations as m where m.version ~ '^2026110100[0-9]{4}$';
  end if;

  -- Inside, so that all of it is one statement: the CLI's db query takes no more.
  perform pg_notify('pgrst', 'reload schema');
end;
$$;
