-- The jobs in pg_cron. schedule_sync() may be run at any time, by the owner alone, and says what it did; it is also the
-- remedy for a job that is missing or inactive.

-- A tick every 5 minutes, alerts every minute, upkeep off the five-minute marks; the reconciliation decides itself when it
-- is night.
create function sovereign_sync.sync_jobs()
returns table (jobname text, schedule text, command text)
language sql
immutable
set search_path = ''
as $$
  values
    ('sync-applications', '*/5 * * * *', 'select sovereign_sync.invoke_sync_applications()'),
    ('watch-sync', '* * * * *', 'select sovereign_sync.watch_sync()'),
    ('reconcile-sync', '17 * * * *', 'select sovereign_sync.reconcile_sync()'),
    ('prune-sync-records', '43 3 * * *', 'select sovereign_sync.prune_sync_records()');
$$;

comment on function sovereign_sync.sync_jobs() is 'The jobs of the sync, as they are to be in cron.job.';

create function sovereign_sync.schedule_sync()
returns text
language plpgsql
set search_path = ''
as $$
declare
  strangers constant text := (
    select string_agg(format('%s (job %s of %s)', j.jobname, j.jobid, j.username), ', ' order by j.jobid)
    from cron.job as j join sovereign_sync.sync_jobs() as s on s.jobname = j.jobname
    where j.username <> current_user
  );
begin
  -- By name: scheduling again replaces a job instead of adding one, but leaves one inactive that was.
  perform cron.alter_job(cron.schedule(s.jobname, s.schedule, s.command), active := true) from sovereign_sync.sync_jobs() as s;
  return sovereign_sync.record_action(
    'schedule_sync', '{}',
    'Scheduled: ' || (select string_agg(s.jobname, ', ') from sovereign_sync.sync_jobs() as s) || '.' || coalesce(
      ' Others'' jobs of the same name tick too: ' || strangers || '; as their owner, select cron.unschedule(<job>).', ''
    )
  );
end;
$$;

comment on function sovereign_sync.schedule_sync() is
  'Schedules the jobs of the sync, or makes them again what they should be, and active. Names jobs of the same name that '
  'belong to somebody else: those it cannot take away.';

create function sovereign_sync.schedule_problem()
returns text
language sql
stable
security definer
set search_path = ''
as $$
  with jobs as (
    select s.jobname, bool_or(j.active) as active
    from sovereign_sync.sync_jobs() as s left join cron.job as j on j.jobname = s.jobname
    group by s.jobname
  )
  select concat_ws(
    '; ',
    'Not scheduled: ' || string_agg(j.jobname, ', ' order by j.jobname) filter (where j.active is null),
    'Scheduled, but not active: ' || string_agg(j.jobname, ', ' order by j.jobname) filter (where not j.active)
  ) || ': select sovereign_sync.schedule_sync()'
  from jobs as j
  where j.active is not true
  having count(*) > 0;
$$;

comment on function sovereign_sync.schedule_problem() is
  'Which jobs are missing or not active, with what mends it; null when none. security definer: service_role may not read '
  'cron.job.';
