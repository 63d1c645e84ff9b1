-- The dashboard's first page. Its reading functions in public run with their caller's rights and do nothing but call
-- one of sovereign_sync, which runs with its owner's: Supabase's advisors want no function of the exposed schema to do
-- so where signed-in users may call it. They hand out what they name and nothing else; no table is opened for it. Their
-- bodies begin with return or begin atomic, so they are bound when they are created, and their callers need no access
-- to sovereign_sync.
--
-- Applicants' data is not among it: sync_application() and sync_statistics() read that with their caller's rights,
-- under Row Level Security. An application's number, state and last error are handed out here to every signed-in user:
-- whoever narrows the policy "Authenticated users may read" wants to narrow sync_not_current() and
-- explain_application() too.

-- The schedule's own minutes, of which every hour has the same: others are not foretold.
create function sovereign_sync.next_tick_at()
returns timestamptz
language sql
stable
set search_path = ''
as $$
  select to_timestamp((floor(extract(epoch from now()) / 60 / s.minutes) + 1) * s.minutes * 60)
  from (
    select case
      when j.schedule = '* * * * *' then 1
      else substring(j.schedule from '^\*/([1-9][0-9]?) \* \* \* \*$')::integer
    end as minutes
    from cron.job as j
    where j.jobname = 'sync-applications' and j.active
  ) as s
  where 60 % s.minutes = 0 and (select g.paused_at from sovereign_sync.settings as g) is null
  order by 1
  limit 1;
$$;

comment on function sovereign_sync.next_tick_at() is
  'When the schedule comes next; null while it is paused, or where that cannot be told.';

-- The first that is known. What only OCC or time can mend has none; what needs a look at the function stands in the reason.
create function sovereign_sync.what_to_do(conditions text[], cause text, is_paused boolean)
returns text
language sql
stable
set search_path = ''
as $$
  select coalesce(
    (
      select w.words
      from unnest(what_to_do.conditions) with ordinality as c (condition, place)
      cross join lateral (select case
        -- A tick that could not be sent tells it, in place of a condition of its own.
        when c.condition in ('not connected', 'dispatch failed', 'no completed run')
          then substring(sovereign_sync.connection_problem() from 'select .*$') || ';'
        when c.condition = 'not scheduled' then substring(sovereign_sync.schedule_problem() from 'select .*$') || ';'
        when c.condition = 'list too large' then 'select accept_gap();'
        when c.condition in ('applications parked', 'stale applications') then what_to_do.cause
      end as words) as w
      where w.words is not null
      order by c.place
      limit 1
    ),
    case when what_to_do.is_paused then 'select resume_sync();' end
  );
$$;

comment on function sovereign_sync.what_to_do(text[], text, boolean) is
  'The statement that mends what is wrong, as far as one does. cause: the one for what most applications fail with.';

-- How fast is known when the list is stored and two chunks have been settled: two hundred applications, or what was settled
-- in fifteen seconds, as one that is not full is settled after five.
create function sovereign_sync.describe_run_under_way()
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'id', l.id,
    'trigger', l.trigger,
    'since', l.since_date,
    'force', l.force,
    'started_at', l.sync_started_at,
    'heartbeat_at', l.heartbeat_at,
    'passes', l.passes,
    'phase', p.phase,
    'waits_for', case
      when l.cancelled_at is not null then 'its end: ' || lower(left(d.words, 1)) || substring(d.words from 2)
      when p.phase = 'stalled' then r.outcome
      when p.phase = 'between passes' then 'its next pass, which has been asked for'
      when p.phase = 'listing' then 'OCC''s list of what has changed since ' || l.since_date
      when q.in_flight = 0 then 'the next applications it claims'
      else 'OCC''s answers: ' || sovereign_sync.counted(q.in_flight, 'application is in flight', 'applications are in flight')
    end,
    'enqueued', l.applications_enqueued,
    'remaining', case when l.listed_at is not null then q.remaining end,
    'done', n.done,
    'synced', l.applications_upserted,
    'failed', l.fetch_failures + l.upsert_failures,
    'per_second', round(s.per_second, 2),
    'seconds_left', case
      when l.cancelled_at is null and p.phase <> 'stalled' then ceil(q.remaining / nullif(s.per_second, 0))
    end,
    'cancelled_by', l.cancelled_by
  )
  from public.tblsovereignapplicationssynclog as l
  join public.sync_runs as r on r.id = l.id
  cross join lateral sovereign_sync.describe_cancellation(l) as d (words)
  cross join lateral (
    select
      l.applications_fetched + l.fetch_failures as done,
      extract(epoch from now() - l.listed_at) as seconds
  ) as n
  cross join lateral (
    select case when n.done >= 200 or n.done > 0 and n.seconds >= 15 then n.done / nullif(n.seconds, 0) end as per_second
  ) as s
  cross join lateral (
    select case
      when sovereign_sync.run_is_dead(l.heartbeat_at) then 'stalled'
      when l.lease is null then 'between passes'
      when l.listed_at is null then 'listing'
      else 'fetching'
    end as phase
  ) as p
  cross join lateral (
    select count(*) as remaining, count(*) filter (where s.claimed_by = l.lease) as in_flight
    from sovereign_sync.status as s
    where s.next_attempt_at <= now() and s.attempted_by_run is distinct from l.id
  ) as q
  where l.status = 'running';
$$;

comment on function sovereign_sync.describe_run_under_way() is
  'The run that is open: where it is, what it waits for, how fast it is and how long it takes, as far as that is known.';

-- Nearly all applications are current, and to count them is to read them all. Of many, it is enough to know about how many.
create function sovereign_sync.count_synced(not_current bigint, out applications bigint, out is_about boolean)
language plpgsql
stable
set search_path = ''
as $$
declare
  known constant bigint := (
    select c.reltuples from pg_catalog.pg_class as c where c.oid = 'sovereign_sync.status'::regclass
  );
begin
  is_about := known >= 20000;
  if is_about then
    applications := greatest(0, known - count_synced.not_current);
  else
    applications := (select count(*) from sovereign_sync.status as s where s.state = 'synced');
  end if;
end;
$$;

comment on function sovereign_sync.count_synced(bigint) is
  'How many applications are current; from 20,000 on about, by what Postgres knows of the table''s size.';

create function sovereign_sync.read_overview()
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  health public.sync_health;
  settings sovereign_sync.settings;
  cause record;
  current record;
begin
  select h.* into health from public.sync_health as h;
  select s.* into settings from sovereign_sync.settings as s;
  select null::text as fingerprint, null::text as what_to_do into cause;
  if health.conditions && array['applications parked', 'stale applications'] then
    select e.fingerprint, e.what_to_do into cause
    from public.sync_errors as e
    where e.is_happening
    order by e.applications desc, e.fingerprint
    limit 1;
  end if;
  select c.* into current from sovereign_sync.count_synced(health.pending + health.failed + health.parked + health.gone) as c;
  return jsonb_build_object(
    'now', now(),
    'project', sovereign_sync.project_name(),
    'operator', sovereign_sync.is_operator(),
    'email', sovereign_sync.request_claims() ->> 'email',
    'verdict', health.verdict,
    'reason', health.reason,
    'what_to_do', sovereign_sync.what_to_do(health.conditions, cause.what_to_do, settings.paused_at is not null),
    'cause_fingerprint', cause.fingerprint,
    'paused_at', settings.paused_at,
    'next_tick_at', sovereign_sync.next_tick_at(),
    'last_completed_at', health.last_completed_at,
    'last_tick_at', (
      select d.dispatched_at from public.sync_dispatches as d where d.trigger = 'schedule' order by d.id desc limit 1
    ),
    'freshness', jsonb_build_object(
      'oldest_stale_at', health.stale_since,
      'stale', health.pending + health.failed,
      'limit_seconds', extract(epoch from settings.alert_oldest_stale_after)
    ),
    'counts', jsonb_build_object(
      'pending', health.pending, 'failed', health.failed, 'parked', health.parked, 'gone', health.gone,
      'synced', current.applications, 'synced_is_about', current.is_about
    ),
    'running', sovereign_sync.describe_run_under_way(),
    'runs', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', r.id, 'outcome', r.status, 'trigger', r.trigger, 'started_at', date_trunc('second', r.started_at),
        'seconds', r.seconds, 'found', r.found, 'synced', r.synced, 'failed', r.failed
      ) order by r.started_at), '[]')
      from (select s.* from public.sync_runs as s order by s.started_at desc limit 60) as r
    ),
    'alerts', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'condition', a.condition, 'message', a.message, 'opened_at', a.opened_at, 'size', a.size
      ) order by a.opened_at, a.id), '[]')
      from sovereign_sync.alerts as a
      where a.resolved_at is null
    ),
    'gap', case
      when health.gap_from is not null then jsonb_build_object('from', health.gap_from, 'to', health.gap_to)
    end
  );
end;
$$;

comment on function sovereign_sync.read_overview() is 'What sync_overview() hands out.';

create function public.sync_overview()
returns jsonb
language sql
stable
set search_path = ''
return sovereign_sync.read_overview();

comment on function public.sync_overview() is
  'How the sync is, in one look, for the dashboard: verdict, reason, freshness, counts, the run under way, the last 60 runs, '
  'open alerts.';
