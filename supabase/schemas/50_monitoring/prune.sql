-- Old records go at night, after as long as the settings say.

create function sovereign_sync.prune_sync_records()
returns void
language plpgsql
set search_path = ''
as $$
declare
  settings sovereign_sync.settings;
begin
  select s.* into settings from sovereign_sync.settings as s;
  -- Never the row the watermark rests on, however old: without it the next run would start 7 days ago.
  delete from public.tblsovereignapplicationssynclog as l
  where l.status is distinct from 'running'
    and coalesce(l.sync_completed_at, l.sync_started_at, '-infinity') < now() - settings.keep_log_for
    and l.id is distinct from (
      select w.id from public.tblsovereignapplicationssynclog as w
      where w.moves_watermark and (w.listed_at is not null or w.status = 'completed') and w.sync_started_at <= now()
      order by w.sync_started_at desc limit 1
    );
  delete from sovereign_sync.gaps as g where g.closed_at < now() - settings.keep_log_for;
  delete from sovereign_sync.alerts as a
  where a.resolved_at < now() - settings.keep_resolved_alerts_for;
  delete from sovereign_sync.actions as a where a.acted_at < now() - settings.keep_actions_for;
  delete from sovereign_sync.changes as h where h.changed_at < now() - settings.keep_history_for;
  delete from sovereign_sync.errors as e where e.last_seen_at < now() - settings.keep_log_for;
  delete from sovereign_sync.dispatches as d where d.dispatched_at < now() - settings.keep_job_runs_for;
  delete from sovereign_sync.unauthorized_requests as r where r.reported_at < now() - settings.keep_job_runs_for;
  delete from cron.job_run_details as d
  where d.end_time < now() - settings.keep_job_runs_for
    and d.jobid in (
      select j.jobid from cron.job as j
      where j.jobname in (select s.jobname from sovereign_sync.sync_jobs() as s)
    );
end;
$$;

comment on function sovereign_sync.prune_sync_records() is
  'Deletes log rows, closed gaps, alerts, actions, history, errors, dispatches and our jobs'' run details older than '
  'sync_settings says.';
