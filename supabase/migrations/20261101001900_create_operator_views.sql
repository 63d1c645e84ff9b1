-- What whoever is on call looks at: one line a run, one line for all of it, one line a failing application.

create view public.sync_runs with (security_invoker = true) as
select
  l.id,
  l.sync_started_at as started_at,
  l.trigger,
  l.status,
  l.since_date,
  round(extract(epoch from coalesce(l.sync_completed_at, now()) - l.sync_started_at), 1) as seconds,
  l.passes,
  l.applications_found as found,
  l.applications_unchanged as unchanged,
  l.applications_upserted as synced,
  l.fetch_failures + l.upsert_failures as failed,
  round(
    l.applications_fetched
      / nullif(extract(epoch from coalesce(l.sync_completed_at, now()) - l.sync_started_at), 0), 1
  ) as applications_per_second,
  case
    when l.status = 'running' and private.run_is_dead(l.heartbeat_at)
      then 'no sign of life for ' || round(extract(epoch from now() - coalesce(l.heartbeat_at, l.sync_started_at)))
        || ' s; the next tick resumes it'
    when l.status = 'running' and l.listed_at is null then 'listing'
    when l.status = 'running' and l.lease is null then 'waiting for its next pass'
    when l.status = 'running' then format(
      'fetching, %s of %s done',
      l.applications_fetched + l.fetch_failures, l.applications_enqueued
    )
    when l.status = 'failed' then coalesce(l.error_details ->> 'reason', 'nothing could be fetched or stored')
    when l.trigger = 'reconciliation' then format('%s changes had been missed', coalesce(l.changes_missed, 0))
    when l.applications_fetched + l.fetch_failures = 0 then 'all listed applications were current'
    when l.fetch_failures + l.upsert_failures > 0 then format(
      '%s synced, %s failed and are tried again',
      l.applications_upserted, l.fetch_failures + l.upsert_failures
    )
    else l.applications_upserted || ' synced'
  end as outcome,
  l.error_details -> 'warnings' as warnings
from public.tblsovereignapplicationssynclog as l;

comment on view public.sync_runs is 'One line a sync run, its outcome in words.';

create view public.sync_failures with (security_invoker = true) as
select
  s.g3_application_number as application,
  s.state,
  s.attempts,
  s.next_attempt_at,
  s.last_error,
  s.stale_since,
  s.listed_last_saved,
  s.synced_last_saved
from public.sync_status as s
where s.state in ('failed', 'parked');

comment on view public.sync_failures is
  'Applications that could not be synced: parked ones want an operator, failed ones are tried again by themselves.';

create view public.sync_health with (security_invoker = true) as
with conditions as materialized (select c.condition, c.message from private.sync_conditions() as c),
ended as (
  select max(l.sync_completed_at) filter (where l.status = 'completed') as last_completed_at
  from public.tblsovereignapplicationssynclog as l
),
running as (
  select l.id, l.sync_started_at, l.heartbeat_at
  from public.tblsovereignapplicationssynclog as l where l.status = 'running'
),
queue as (
  select
    count(*) filter (where s.state = 'pending') as pending,
    count(*) filter (where s.state = 'failed') as failed,
    count(*) filter (where s.state = 'parked') as parked,
    min(s.stale_since) as stale_since
  from public.sync_status as s where s.state <> 'synced'
),
dispatch as (
  select d.dispatched_at, d.outcome, d.status_code
  from public.sync_dispatches as d order by d.id desc limit 1
)
select
  case
    when exists (select from conditions) then 'unhealthy'
    when g.paused_at is not null then 'paused'
    when r.id is not null then 'syncing'
    else 'healthy'
  end as verdict,
  coalesce(
    (select string_agg(c.message, ' ') from conditions as c),
    'Paused since ' || to_char(g.paused_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC; select resume_sync().',
    case when r.id is not null then 'A sync is running.' end,
    'The last sync completed ' || round(extract(epoch from now() - e.last_completed_at) / 60) || ' minutes ago.',
    'No sync has run yet.'
  ) as reason,
  e.last_completed_at,
  round(extract(epoch from now() - e.last_completed_at) / 60, 1) as minutes_since_completed,
  (
    select count(*) from public.tblsovereignapplicationssynclog as l
    where l.status = 'failed' and l.sync_completed_at > coalesce(e.last_completed_at, '-infinity')
  ) as consecutive_failures,
  r.id as running_sync,
  round(extract(epoch from now() - r.sync_started_at)) as running_for_seconds,
  q.pending,
  q.failed,
  q.parked,
  round(extract(epoch from now() - q.stale_since) / 60, 1) as oldest_stale_minutes,
  d.dispatched_at as last_dispatch_at,
  coalesce(d.outcome, case when d.dispatched_at is not null then 'no answer yet' end) as last_dispatch_outcome,
  d.status_code as last_dispatch_status,
  (
    select coalesce(sum(f.requests), 0) from public.sync_refusals as f where f.reported_at > now() - interval '1 hour'
  ) as refused_last_hour
from public.sync_settings as g
cross join ended as e
cross join queue as q
left join running as r on true
left join dispatch as d on true;

comment on view public.sync_health is 'One row: is it well, and if not, why, in words.';

revoke all on table public.sync_runs, public.sync_failures, public.sync_health
from public, anon, authenticated, service_role;

-- Runs hold counts only, as the log does; failures and health are for operators.
grant select on table public.sync_runs to authenticated, service_role;
grant select on table public.sync_failures, public.sync_health to service_role;
