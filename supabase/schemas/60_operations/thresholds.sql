-- The thresholds of the alerts, as the dashboard shows and changes them.

create function sovereign_sync.threshold_limits()
returns table (name text, unit text, low integer, high integer, means text)
language sql
immutable
set search_path = ''
as $$
  values
    ('alert_no_completed_run_after', 'seconds', 300, 604800, 'without a completed sync of the schedule'),
    ('alert_failures_in_a_row', 'syncs', 1, 1000, 'of the schedule that failed one after the other'),
    ('alert_oldest_stale_after', 'seconds', 60, 604800, 'for which an application is out of date'),
    ('alert_parked_from', 'applications', 1, 1000000, 'that are parked'),
    ('alert_changes_missed_from', 'changes', 1, 1000000, 'that a reconciliation found and the schedule had missed'),
    ('alert_missed_ticks_from', 'ticks', 1, 1000, 'that the schedule missed within an hour'),
    ('alert_refused_per_hour', 'requests', 1, 1000000, 'without a valid secret within an hour');
$$;

comment on function sovereign_sync.threshold_limits() is
  'The thresholds an operator may change, and what each may be: a whole number of its unit, from low to high.';

create function sovereign_sync.read_thresholds()
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'alert_no_completed_run_after', extract(epoch from s.alert_no_completed_run_after),
    'alert_failures_in_a_row', s.alert_failures_in_a_row,
    'alert_oldest_stale_after', extract(epoch from s.alert_oldest_stale_after),
    'alert_parked_from', s.alert_parked_from,
    'alert_changes_missed_from', s.alert_changes_missed_from,
    'alert_missed_ticks_from', s.alert_missed_ticks_from,
    'alert_refused_per_hour', s.alert_refused_per_hour,
    'time_zone', s.time_zone,
    'reconcile_days', s.reconcile_days,
    'history', s.history,
    'keep_log_for', extract(epoch from s.keep_log_for),
    'keep_job_runs_for', extract(epoch from s.keep_job_runs_for),
    'keep_resolved_alerts_for', extract(epoch from s.keep_resolved_alerts_for),
    'keep_actions_for', extract(epoch from s.keep_actions_for),
    'keep_history_for', extract(epoch from s.keep_history_for),
    'limits', (
      select jsonb_object_agg(
        l.name, jsonb_build_object('unit', l.unit, 'low', l.low, 'high', l.high, 'means', l.means)
      )
      from sovereign_sync.threshold_limits() as l
    )
  )
  from sovereign_sync.settings as s;
$$;

comment on function sovereign_sync.read_thresholds() is 'What sync_thresholds() hands out.';

create function public.sync_thresholds()
returns jsonb
language sql
stable
set search_path = ''
return sovereign_sync.read_thresholds();

comment on function public.sync_thresholds() is
  'The thresholds of the alerts, and in limits what each may be; and how long records are kept, in seconds, which an operator '
  'does not change here.';

-- The table's trigger records what was changed, from what to what, and by whom.
create function sovereign_sync.change_thresholds(thresholds jsonb)
returns text
language plpgsql
set search_path = ''
as $$
declare
  wrong text;
  changed text;
begin
  if (jsonb_typeof(thresholds) = 'object' and thresholds <> '{}') is not true then
    raise exception 'thresholds must be an object of thresholds, such as {"alert_parked_from": 5}' using errcode = '22023';
  end if;
  wrong := (
    select string_agg(
      case
        when l.name is null then format('%s: there is no such threshold', left(t.key, 60))
        else format('%s must be a whole number of %s from %s to %s, not %s', l.name, l.unit, l.low, l.high, left(t.value::text, 40))
      end,
      '; ' order by t.key
    )
    from jsonb_each(change_thresholds.thresholds) as t
    left join sovereign_sync.threshold_limits() as l on l.name = t.key
    where (
      case
        when jsonb_typeof(t.value) = 'number' then t.value::numeric between l.low and l.high and t.value::numeric % 1 = 0
        else false
      end
    ) is not true
  );
  if wrong is not null then
    raise exception 'Cannot change the thresholds: %', wrong
      using errcode = '22023', hint = 'sync_thresholds() says what each may be.';
  end if;
  changed := (
    select string_agg(t.key, ', ' order by t.key)
    from jsonb_each(change_thresholds.thresholds) as t
    where t.value <> sovereign_sync.read_thresholds() -> t.key
  );
  update sovereign_sync.settings as s
  set
    alert_no_completed_run_after = coalesce(
      make_interval(secs => (thresholds ->> 'alert_no_completed_run_after')::numeric), s.alert_no_completed_run_after
    ),
    alert_failures_in_a_row = coalesce((thresholds ->> 'alert_failures_in_a_row')::numeric, s.alert_failures_in_a_row),
    alert_oldest_stale_after = coalesce(
      make_interval(secs => (thresholds ->> 'alert_oldest_stale_after')::numeric), s.alert_oldest_stale_after
    ),
    alert_parked_from = coalesce((thresholds ->> 'alert_parked_from')::numeric, s.alert_parked_from),
    alert_changes_missed_from = coalesce((thresholds ->> 'alert_changes_missed_from')::numeric, s.alert_changes_missed_from),
    alert_missed_ticks_from = coalesce((thresholds ->> 'alert_missed_ticks_from')::numeric, s.alert_missed_ticks_from),
    alert_refused_per_hour = coalesce((thresholds ->> 'alert_refused_per_hour')::numeric, s.alert_refused_per_hour)
  where s.one_row;
  return coalesce('Changed: ' || changed || '.', 'Nothing has changed.');
end;
$$;

comment on function sovereign_sync.change_thresholds(jsonb) is
  'Changes the thresholds that are named; raises for a name or value that is none, and then nothing is changed.';
