-- One line for all of it: is the sync well, and if not, why.

create view public.sync_health with (security_invoker = true) as
with queue as materialized (select q from sovereign_sync.queue_state as q),
conditions as materialized (
  select c.condition, c.message from queue as k cross join lateral sovereign_sync.conditions_of(k.q) as c
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
  select l.id, l.sync_started_at, sovereign_sync.run_is_dead(l.heartbeat_at) as is_dead, format(
    '%s for %s: the next tick ends it, or else the minutely watch after 10 minutes; what it left goes on in the next run.',
    case
      when l.lease is null then 'The next pass of the sync that is open has not come'
      else 'The worker of the sync that is open has given no sign of life'
    end,
    sovereign_sync.counted(round(extract(epoch from now() - coalesce(l.heartbeat_at, l.sync_started_at)) / 60)::bigint, 'minute')
  ) as why_dead
  from public.tblsovereignapplicationssynclog as l where l.status = 'running'
),
gone as (select count(*) as gone from sovereign_sync.status as s where s.state = 'gone'),
dispatch as (
  select d.dispatched_at, d.outcome, d.status_code, d.message
  from public.sync_dispatches as d order by d.id desc limit 1
),
-- As long as it is posted again.
post as (
  select a.post_error
  from sovereign_sync.alerts as a
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
          || sovereign_sync.counted(round(extract(epoch from now() - e.last_completed_at) / 60)::bigint, 'minute') || ' ago.',
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
  sovereign_sync.failures_in_a_row() as consecutive_failures,
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
    select coalesce(sum(f.requests), 0) from sovereign_sync.unauthorized_requests as f where f.reported_at > now() - interval '1 hour'
  ) as refused_last_hour,
  (
    select coalesce(sum(sovereign_sync.ticks_between(m.silent_since, m.dispatched_at)), 0)
    from sovereign_sync.dispatches as m
    where m.silent_since is not null and m.dispatched_at > now() - interval '1 day'
  ) as missed_ticks_last_day,
  p.post_error,
  b.sent_at as last_heartbeat_at,
  b.error as heartbeat_error,
  array(select c.condition from conditions as c) as conditions
from sovereign_sync.settings as g
join sovereign_sync.uptime_ping as b on b.one_row = g.one_row
cross join ended as e
cross join queue as k
cross join gone as n
left join running as r on true
left join sovereign_sync.queued_sync as w on w.one_row = g.one_row
left join dispatch as d on true
left join sovereign_sync.gaps as o on o.closed_at is null
left join post as p on true
-- Its key, so that the planner knows that there is one row and not a thousand: for so many it compiles the query, for a second.
where g.one_row;

comment on view public.sync_health is 'One row: is it well, and if not, why, in words.';
