-- The conditions that raise alerts, each with its message.

create view sovereign_sync.queue_state with (security_invoker = true) as
select
  count(*) filter (where s.state = 'pending') as pending,
  count(*) filter (where s.state = 'failed') as failed,
  count(*) filter (where s.state = 'parked') as parked,
  count(*) filter (where s.state <> 'parked' and s.last_error is not null) as with_error,
  min(s.stale_since) filter (where s.state <> 'parked') as stale_since,
  min(s.stale_since) as waiting_since
from sovereign_sync.status as s
where s.next_attempt_at is not null and s.state <> 'gone';

comment on view sovereign_sync.queue_state is
  'One row: what is to be fetched, counted, and since when the oldest is out of date, without what is parked and with it.';

-- Which conditions hold now, in words. Counts, days, reasons and names of conditions only, no application's number: the
-- texts leave the database.
create function sovereign_sync.conditions_of(queue sovereign_sync.queue_state)
returns table (condition text, message text, size bigint)
language plpgsql
stable
rows 5
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    with settings as (select s.* from sovereign_sync.settings as s),
    silence as (
      select floor(extract(epoch from now() - sovereign_sync.schedule_ran_at()) / 60)::bigint as minutes
    ),
    failures as (select sovereign_sync.failures_in_a_row() as in_a_row),
    -- What waited while the schedule was paused is late from then on.
    status as (
      select
        (conditions_of.queue).parked,
        (conditions_of.queue).pending + (conditions_of.queue).failed as stale,
        (conditions_of.queue).failed,
        (conditions_of.queue).with_error,
        greatest((conditions_of.queue).stale_since, g.resumed_at) as stale_since
      from settings as g
    ),
    stale as (
      select
        t.stale as applications,
        t.failed,
        floor(extract(epoch from now() - t.stale_since) / 60)::bigint as minutes,
        case when t.with_error > 0 then (
          select replace(s.last_error, 'application ' || s.g3_application_number, 'it')
          from sovereign_sync.status as s
          where s.next_attempt_at is not null and s.state in ('pending', 'failed') and s.last_error is not null
          order by s.state = 'failed' desc, s.stale_since
          limit 1
        ) end as last_error
      from settings as g, status as t
      where g.paused_at is null and t.stale > 0 and t.stale_since < now() - g.alert_oldest_stale_after
    ),
    reconciliation as (
      select coalesce(l.changes_missed, 0) as missed
      from public.tblsovereignapplicationssynclog as l
      where l.trigger = 'reconciliation' and l.listed_at is not null
      order by l.sync_started_at desc
      limit 1
    ),
    -- The last run that noticed something, unless as many applications as say something have come since without it.
    anomalous as (
      select l.error_details -> 'anomalies' ->> -1 as anomaly
      from (
        select l.* from public.tblsovereignapplicationssynclog as l
        where l.error_details ? 'anomalies' and l.status <> 'running'
        order by l.sync_started_at desc
        limit 1
      ) as l
      where 20 > (
        select coalesce(sum(n.applications_fetched), 0)
        from public.tblsovereignapplicationssynclog as n
        where n.sync_started_at > l.sync_started_at and n.status <> 'running'
      )
    ),
    quality as (
      select format(
        'OCC no longer sends: %s (in none of the last %s applications).',
        array_to_string(m.attributes, ', '), m.absent
      ) as anomaly
      from sovereign_sync.missing_attributes() as m
      union all
      select sovereign_sync.sentence(left(a.anomaly, 300)) from anomalous as a
    ),
    missed as (
      select
        sum(sovereign_sync.ticks_between(d.silent_since, d.dispatched_at)) as ticks,
        min(d.silent_since) as since,
        max(d.dispatched_at) as until
      from sovereign_sync.dispatches as d
      where d.silent_since is not null and d.dispatched_at > now() - interval '1 hour'
    ),
    refused as (
      select coalesce(sum(r.requests), 0) as requests
      from sovereign_sync.unauthorized_requests as r where r.reported_at > now() - interval '1 hour'
    )
    -- Before a tick has noticed. A dispatch that was not sent says it itself.
    select 'not connected', sovereign_sync.sentence(sovereign_sync.connection_problem()), null::bigint
    where sovereign_sync.connection_problem() is not null
      and not exists (select from sovereign_sync.last_answered_dispatch() as d where d.outcome = 'not sent')
    union all
    select 'not scheduled', sovereign_sync.sentence(sovereign_sync.schedule_problem()), null
    where sovereign_sync.schedule_problem() is not null
    union all
    select
      'no completed run',
      sovereign_sync.sentence(format(
        'No scheduled sync has completed for %s: %s', sovereign_sync.counted(c.minutes, 'minute'), sovereign_sync.why_no_run_completes()
      )),
      c.minutes
    from settings as s, silence as c
    where s.paused_at is null
      and sovereign_sync.schedule_ran_at() < now() - s.alert_no_completed_run_after
      -- A backlog of hours that moves is not silence.
      and not exists (
        select from public.tblsovereignapplicationssynclog as l
        where l.status = 'running' and l.applications_upserted > 0 and not sovereign_sync.run_is_dead(l.heartbeat_at)
      )
    union all
    select
      'failures in a row',
      sovereign_sync.sentence(format(
        '%s in a row, the last one for this reason: %s',
        sovereign_sync.counted(f.in_a_row, 'scheduled sync has failed', 'scheduled syncs have failed'),
        sovereign_sync.describe_failure(sovereign_sync.last_failed_run())
      )),
      f.in_a_row
    from settings as s, failures as f
    where f.in_a_row >= s.alert_failures_in_a_row
    union all
    select
      'dispatch failed',
      sovereign_sync.sentence(format(
        'The database''s last call of the function failed (%s): %s', d.outcome, sovereign_sync.describe_dispatch(d)
      )),
      null
    from settings as s, sovereign_sync.last_answered_dispatch() as d
    where s.paused_at is null and sovereign_sync.dispatch_failed(d)
    union all
    select
      'list too large',
      format(
        'OCC cannot list so far back: what changed from %s to %s and not since is not known. The nightly reconciliation '
          'tries again; select accept_gap() leaves these days as they are.',
        g.from_date, g.to_date - 1
      ),
      g.to_date - g.from_date
    from sovereign_sync.gaps as g
    where g.closed_at is null
    union all
    select
      'applications parked',
      format(
        '%s after many attempts, and asked for once a day. sync_errors says why, and how to retry(); what nobody wants any '
          'more, select forget_application().',
        sovereign_sync.counted(t.parked, 'application is parked', 'applications are parked')
      ),
      t.parked
    from settings as s, status as t
    where t.parked >= s.alert_parked_from
    union all
    select
      'stale applications',
      sovereign_sync.sentence(format(
        '%s out of date, the oldest for %s%s%s. sync_failures says more',
        sovereign_sync.counted(t.applications, 'application is', 'applications are'),
        sovereign_sync.counted(t.minutes, 'minute'),
        case when t.failed > 0 then format('; %s failed at the last attempt', t.failed) else '; none of them has failed' end,
        coalesce(': ' || left(t.last_error, 200), '')
      )),
      t.minutes
    from stale as t
    union all
    select
      'changes missed',
      format(
        'The last reconciliation found %s that the five-minute runs had missed; they are being fetched. OCC listed them late, '
          'or OCC_TIME_ZONE is wrong.',
        sovereign_sync.counted(r.missed, 'change')
      ),
      r.missed
    from settings as s, reconciliation as r
    where r.missed >= s.alert_changes_missed_from
    union all
    select 'data quality', string_agg(q.anomaly, ' ') || ' If it stays so, ask OCC what has changed.', null
    from quality as q
    having count(q.anomaly) > 0
    union all
    select
      'refused requests',
      format(
        '%s without a valid secret within an hour: give whoever calls the function its CRON_SECRET; if nobody should, somebody '
          'guesses at it, in vain.',
        sovereign_sync.counted(r.requests::bigint, 'request')
      ),
      r.requests::bigint
    from settings as s, refused as r
    where r.requests >= s.alert_refused_per_hour
    union all
    select
      'ticks missed',
      format(
        'pg_cron missed %s between %s and %s UTC: the database was down or its jobs stood still; its log says which. What '
          'changed at OCC in between is fetched now.',
        sovereign_sync.counted(m.ticks, 'tick'),
        to_char(m.since at time zone 'UTC', 'YYYY-MM-DD HH24:MI'),
        to_char(m.until at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
      ),
      m.ticks
    from settings as s, missed as m
    where s.paused_at is null and m.ticks >= s.alert_missed_ticks_from;
end;
$$;

comment on function sovereign_sync.conditions_of(sovereign_sync.queue_state) is
  'The alert conditions that hold at this moment with such a queue, each with its message and, where it has one, its size.';

create function sovereign_sync.sync_conditions()
returns table (condition text, message text, size bigint)
language sql
stable
rows 5
set search_path = ''
as $$
  select c.* from sovereign_sync.queue_state as q cross join lateral sovereign_sync.conditions_of(q) as c;
$$;

comment on function sovereign_sync.sync_conditions() is
  'The alert conditions that hold at this moment, each with its message and, where it has one, its size.';
