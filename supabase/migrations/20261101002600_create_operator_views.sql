-- What whoever is on call looks at: one line a run, one line for all of it, one line a failing application.

create view public.sync_runs with (security_invoker = true) as
select
  l.id,
  l.sync_started_at as started_at,
  l.trigger,
  case when l.status = 'failed' and l.cancelled_at is not null then 'cancelled' else l.status end as status,
  l.since_date,
  w.seconds,
  l.passes,
  l.applications_found as found,
  l.applications_unchanged as unchanged,
  l.applications_upserted as synced,
  w.failed,
  round(l.applications_fetched / nullif(w.seconds, 0), 1) as applications_per_second,
  case
    when l.status = 'running' and private.run_is_dead(l.heartbeat_at) then format(
      '%s for %s s; the next tick ends it and goes on with what it left',
      case when l.lease is null then 'its next pass has not come' else 'its worker has given no sign of life' end,
      round(extract(epoch from now() - coalesce(l.heartbeat_at, l.sync_started_at)))
    )
    when l.status = 'running' and l.cancelled_at is not null then 'being cancelled'
    when l.status = 'running' and l.lease is null then concat_ws(', ', 'waiting for its next pass', w.progress)
    when l.status = 'running' and l.listed_at is null then 'listing'
    when l.status = 'running' then 'fetching, ' || w.progress
    when l.status = 'failed' then concat_ws(
      '; ', coalesce(l.error_details ->> 'reason', 'nothing could be fetched or stored'), w.fetched
    )
    else concat_ws('; ', w.missed, w.missing, w.shortened, coalesce(w.fetched, w.listed), l.error_details ->> 'reason')
  end as outcome,
  l.error_details -> 'warnings' as warnings
from public.tblsovereignapplicationssynclog as l
cross join lateral (
  select
    round(extract(epoch from coalesce(l.sync_completed_at, now()) - l.sync_started_at), 1) as seconds,
    l.applications_fetched + l.fetch_failures as attempted,
    l.fetch_failures + l.upsert_failures as failed,
    l.fetch_failures + l.upsert_failures - l.applications_parked - l.applications_gone - l.applications_locked as tried_again
) as n
cross join lateral (
  select
    n.seconds,
    n.failed,
    case
      when l.listed_at is null then null
      -- What earlier runs left is fetched too.
      when n.attempted > l.applications_enqueued then n.attempted || ' done'
      else format('%s of %s done', n.attempted, l.applications_enqueued)
    end as progress,
    case
      when l.trigger = 'reconciliation'
      then private.counted(l.changes_missed, 'change had been missed', 'changes had been missed')
    end as missed,
    case
      when l.applications_missing > 0 then private.counted(
        l.applications_missing, 'application is missing from OCC''s list', 'applications are missing from OCC''s list'
      )
    end as missing,
    case when l.listed_since > l.since_date then format('listed since %s only', l.listed_since) end as shortened,
    case when n.attempted > 0 then concat_ws(
      ', ',
      l.applications_upserted || ' synced',
      case
        when n.tried_again > 0
        then private.counted(n.tried_again, 'failed and is tried again', 'failed and are tried again')
      end,
      case
        when l.applications_locked > 0 then private.counted(
          l.applications_locked, 'was locked by somebody and is tried again', 'were locked by somebody and are tried again'
        )
      end,
      case when l.applications_parked > 0 then l.applications_parked || ' parked' end,
      case when l.applications_gone > 0 then l.applications_gone || ' gone at OCC' end
    ) end as fetched,
    case
      when l.applications_enqueued > 0 then private.counted(
        l.applications_enqueued, 'listed application waits for its next attempt',
        'listed applications wait for their next attempt'
      ) || case when l.applications_unchanged > 0 then ', the others were current' else '' end
      when l.applications_found > 0 then 'all listed applications were current'
      else 'OCC listed nothing'
    end as listed
) as w;

comment on view public.sync_runs is
  'One line a sync run, its outcome in words. A run that was cancelled, failed in the log, is called so here.';

create view public.sync_failures with (security_invoker = true) as
select
  s.g3_application_number as application,
  s.state,
  s.attempts,
  s.failing_since,
  s.next_attempt_at,
  s.last_error,
  s.stale_since,
  s.requested_at,
  s.force,
  s.listed_last_saved,
  s.settled_last_saved
from public.sync_status as s
where s.next_attempt_at is not null and s.state in ('failed', 'parked');

comment on view public.sync_failures is
  'Applications that could not be synced: parked ones want an operator, failed ones are tried again by themselves.';

create view public.sync_gone with (security_invoker = true) as
select
  s.g3_application_number as application,
  s.gone_at,
  case
    when s.missing_since is not null then 'OCC''s list lacks it, and OCC answers that it does not have it'
    else 'OCC lists it, and answers that it does not have it; asked again once a day'
  end as why,
  m.lastsaveddatetime as last_saved,
  m.updated_at as stored_at,
  s.synced_at,
  s.listed_last_saved,
  s.missing_since,
  s.next_attempt_at,
  s.last_error
from public.sync_status as s
left join public.tblsovereignapplications as m using (g3_application_number)
where s.state = 'gone';

comment on view public.sync_gone is
  'Applications that OCC has no more. What was stored of them stays; they come back by themselves when OCC lists them again.';

create view public.sync_health with (security_invoker = true) as
with queue as materialized (select q from private.queue_state as q),
conditions as materialized (
  select c.condition, c.message from queue as k cross join lateral private.conditions_of(k.q) as c
),
ended as (
  select (
    select l.sync_completed_at
    from public.tblsovereignapplicationssynclog as l
    where l.status = 'completed' and l.sync_started_at <= now()
    order by l.sync_started_at desc
    limit 1
  ) as last_completed_at
),
running as (
  select l.id, l.sync_started_at, private.run_is_dead(l.heartbeat_at) as is_dead, format(
    '%s for %s: the next tick ends it, or else the minutely watch after 10 minutes; what it left goes on in the next run.',
    case
      when l.lease is null then 'The next pass of the sync that is open has not come'
      else 'The worker of the sync that is open has given no sign of life'
    end,
    private.counted(round(extract(epoch from now() - coalesce(l.heartbeat_at, l.sync_started_at)) / 60)::bigint, 'minute')
  ) as why_dead
  from public.tblsovereignapplicationssynclog as l where l.status = 'running'
),
gone as (select count(*) as gone from public.sync_status as s where s.state = 'gone'),
dispatch as (
  select d.dispatched_at, d.outcome, d.status_code, d.message
  from public.sync_dispatches as d order by d.id desc limit 1
),
-- As long as it is posted again.
post as (
  select a.post_error
  from public.sync_alerts as a
  where a.post_error is not null and coalesce(a.resolved_at, 'infinity') > now() - interval '1 day'
  order by a.told_at desc
  limit 1
)
select
  case
    when exists (select from conditions) or r.is_dead then 'unhealthy'
    when g.paused_at is not null then 'paused'
    when r.id is not null then 'syncing'
    else 'healthy'
  end as verdict,
  concat_ws(
    ' ',
    (select string_agg(c.message, ' ') from conditions as c),
    case when r.is_dead then r.why_dead end,
    case
      when g.paused_at is not null
      then 'Paused since ' || to_char(g.paused_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC; select resume_sync().'
      when exists (select from conditions) or r.is_dead then null
      when r.id is not null then 'A sync is running.'
      else coalesce(
        'The last sync completed '
          || private.counted(round(extract(epoch from now() - e.last_completed_at) / 60)::bigint, 'minute') || ' ago.',
        'No sync has completed yet.'
      )
    end,
    case
      when w.requested_at is not null then format(
        'Another one, asked for at %s UTC, %s.',
        to_char(w.requested_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'),
        case when r.id is null then 'has not begun yet' else 'waits for its end' end
      )
    end,
    'Alerts cannot be posted: ' || p.post_error || '.',
    'The heartbeat does not arrive: ' || b.error || '.'
  ) as reason,
  e.last_completed_at,
  round(extract(epoch from now() - e.last_completed_at) / 60, 1) as minutes_since_completed,
  private.failures_in_a_row() as consecutive_failures,
  r.id as running_sync,
  round(extract(epoch from now() - r.sync_started_at)) as running_for_seconds,
  w.requested_at as waiting_since,
  g.paused_at,
  (k.q).pending,
  (k.q).failed,
  (k.q).parked,
  n.gone,
  round(extract(epoch from now() - (k.q).waiting_since) / 60, 1) as oldest_stale_minutes,
  (k.q).stale_since,
  o.from_date as gap_from,
  o.to_date - 1 as gap_to,
  d.dispatched_at as last_dispatch_at,
  coalesce(d.outcome, case when d.dispatched_at is not null then 'no answer yet' end) as last_dispatch_outcome,
  d.status_code as last_dispatch_status,
  d.message as last_dispatch_message,
  (
    select coalesce(sum(f.requests), 0) from public.sync_refusals as f where f.reported_at > now() - interval '1 hour'
  ) as refused_last_hour,
  (
    select coalesce(sum(private.ticks_between(m.silent_since, m.dispatched_at)), 0)
    from private.sync_dispatches as m
    where m.silent_since is not null and m.dispatched_at > now() - interval '1 day'
  ) as missed_ticks_last_day,
  p.post_error,
  b.sent_at as last_heartbeat_at,
  b.error as heartbeat_error,
  array(select c.condition from conditions as c) as conditions
from public.sync_settings as g
join public.sync_heartbeat as b on b.one_row = g.one_row
cross join ended as e
cross join queue as k
cross join gone as n
left join running as r on true
left join private.waiting_sync as w on w.one_row = g.one_row
left join dispatch as d on true
left join public.sync_gaps as o on o.closed_at is null
left join post as p on true
-- Its key, so that the planner knows that there is one row and not a thousand: for so many it compiles the query, for a second.
where g.one_row;

comment on view public.sync_health is 'One row: is it well, and if not, why, in words.';

revoke all on table public.sync_runs, public.sync_failures, public.sync_gone, public.sync_health
from public, anon, authenticated, service_role;

-- Runs hold counts only, as the log does; failures, what is gone and health are for operators.
grant select on table public.sync_runs to authenticated, service_role;
grant select on table public.sync_failures, public.sync_gone, public.sync_health to service_role;
