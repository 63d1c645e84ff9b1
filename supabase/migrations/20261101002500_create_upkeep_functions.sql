-- What runs at night: old records go, and a long list finds what the short ones missed.

create function private.prune_sync_records()
returns void
language plpgsql
set search_path = ''
as $$
declare
  settings public.sync_settings;
begin
  select s.* into settings from public.sync_settings as s;
  -- Never the row the watermark rests on, however old: without it the next run would start 7 days ago.
  delete from public.tblsovereignapplicationssynclog as l
  where l.status is distinct from 'running'
    and coalesce(l.sync_completed_at, l.sync_started_at, '-infinity') < now() - settings.keep_log_for
    and l.id is distinct from (
      select w.id from public.tblsovereignapplicationssynclog as w
      where w.moves_watermark and (w.listed_at is not null or w.status = 'completed') and w.sync_started_at <= now()
      order by w.sync_started_at desc limit 1
    );
  delete from public.sync_gaps as g where g.closed_at < now() - settings.keep_log_for;
  delete from public.sync_alerts as a
  where a.resolved_at < now() - settings.keep_resolved_alerts_for;
  delete from public.sync_actions as a where a.acted_at < now() - settings.keep_actions_for;
  delete from public.sync_application_changes as h where h.changed_at < now() - settings.keep_history_for;
  delete from private.known_errors as e where e.last_seen_at < now() - settings.keep_log_for;
  delete from private.sync_dispatches as d where d.dispatched_at < now() - settings.keep_job_runs_for;
  delete from public.sync_refusals as r where r.reported_at < now() - settings.keep_job_runs_for;
  delete from cron.job_run_details as d
  where d.end_time < now() - settings.keep_job_runs_for
    and d.jobid in (
      select j.jobid from cron.job as j
      where j.jobname in (select s.jobname from private.sync_jobs() as s)
    );
end;
$$;

comment on function private.prune_sync_records() is
  'Deletes log rows, closed gaps, alerts, actions, history, errors, dispatches and our jobs'' run details older than '
  'sync_settings says.';

create function private.reconcile_since()
returns date
language sql
stable
set search_path = ''
as $$
  select least(
    private.today() - s.reconcile_days, (select g.from_date from public.sync_gaps as g where g.closed_at is null)
  )
  from public.sync_settings as s;
$$;

comment on function private.reconcile_since() is
  'The day the nightly reconciliation lists from: 30 days ago, or the beginning of the open gap.';

-- Asked for every hour, because cron knows UTC only; and every hour of the night until it ran: another sync may have
-- been in its way.
create function private.reconcile_sync()
returns bigint
language sql
set search_path = ''
as $$
  select private.dispatch_sync('reconciliation', jsonb_build_object(
    'since', private.reconcile_since()
  ))
  from public.sync_settings as s
  where s.paused_at is null
    and extract(hour from now() at time zone s.time_zone) between 1 and 5
    and not exists (
      select from public.tblsovereignapplicationssynclog as l
      where l.trigger = 'reconciliation' and l.listed_at is not null
        -- Not one that somebody asked for and that goes less far back.
        and l.since_date <= private.today() - s.reconcile_days
        and l.sync_started_at between now() - interval '20 hours' and now()
    );
$$;

comment on function private.reconcile_sync() is
  'At night, where the credit union is: lists the last 30 days, or from the beginning of the open gap. Finds changes the '
  'five-minute runs missed, and says how many (changes_missed), and applications that are gone at OCC.';

create function public.reconcile(since date default null)
returns text
language plpgsql
set search_path = ''
as $$
declare
  dispatch_id bigint;
begin
  perform private.require_past('Cannot reconcile since', reconcile.since);
  dispatch_id := private.dispatch_sync(
    'reconciliation', jsonb_build_object('since', coalesce(reconcile.since, private.reconcile_since()))
  );
  return private.record_action(
    'reconcile', jsonb_build_object('since', reconcile.since),
    coalesce(private.why_not_sent(dispatch_id), format(
      'Requested (dispatch %s) since %s. Watch it in sync_runs; sync_dispatches says whether the function took it. What is '
        'found to be gone at OCC stands in sync_gone a quarter of an hour later.',
      dispatch_id, coalesce(reconcile.since, private.reconcile_since())
    ))
  );
end;
$$;

comment on function public.reconcile(date) is
  'Asks for a reconciliation now, since a date or as the nightly one: finds changes that were missed, and applications that '
  'are gone at OCC.';

revoke all on function
  private.reconcile_since(),
  public.reconcile(date),
  private.prune_sync_records(),
  private.reconcile_sync()
from public, anon, authenticated, service_role;

grant execute on function
  private.reconcile_since(),
  public.reconcile(date)
to service_role;
