-- The dashboard's runs: bucketed for its charts, as a list, and one of them with all that is known of it.

-- freshness: a list that moves the watermark, or reaches farther back, says what OCC had when its run started. Until the
-- next such run has completed, nothing newer is known. It is at its worst just before that, or at the bucket's end.
create function private.read_history(since timestamptz, until timestamptz, buckets integer)
returns table (
  bucket_from timestamptz,
  bucket_to timestamptz,
  completed bigint,
  failed bigint,
  cancelled bigint,
  seconds_avg numeric,
  seconds_max numeric,
  synced bigint,
  failures bigint,
  freshness_seconds numeric
)
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  first constant double precision := date_part('epoch', read_history.since);
  width double precision;
begin
  if (since < until and isfinite(since) and isfinite(until)) is not true then
    raise exception 'since must be a time before until: % and %', coalesce(since::text, 'null'), coalesce(until::text, 'null')
      using errcode = '22023';
  end if;
  width := (date_part('epoch', read_history.until) - first)
    / private.require_between('buckets', read_history.buckets, 1, 500);
  return query
    with frame as (
      select
        b.place,
        to_timestamp(first + b.place * width) as bucket_from,
        to_timestamp(first + (b.place + 1) * width) as bucket_to
      from generate_series(0, read_history.buckets - 1) as b (place)
    ),
    runs as materialized (
      select
        l.sync_started_at as started_at,
        l.sync_completed_at as completed_at,
        l.status,
        l.cancelled_at is not null as is_cancelled,
        l.applications_upserted as synced,
        l.fetch_failures + l.upsert_failures as failures,
        l.status = 'completed' and l.listed_at is not null
          and (l.moves_watermark or l.trigger = 'reconciliation') as refreshes
      from public.tblsovereignapplicationssynclog as l
      -- The longest that a run has been seen to take is some hours.
      where l.sync_started_at >= read_history.since - interval '2 days' and l.sync_started_at < read_history.until
    ),
    counted as (
      select
        floor((date_part('epoch', r.started_at) - first) / width)::integer as place,
        count(*) filter (where r.status = 'completed') as completed,
        count(*) filter (where r.status = 'failed' and not r.is_cancelled) as failed,
        count(*) filter (where r.status = 'failed' and r.is_cancelled) as cancelled,
        avg(date_part('epoch', r.completed_at - r.started_at))::numeric as seconds_avg,
        max(date_part('epoch', r.completed_at - r.started_at))::numeric as seconds_max,
        sum(r.synced) as synced,
        sum(r.failures) as failures
      from runs as r
      where r.started_at >= read_history.since
      group by 1
    ),
    refreshed as (
      select
        f.completed_at,
        max(f.started_at) over w as started_at,
        -- What was known until then.
        max(f.started_at) over (w rows between unbounded preceding and 1 preceding) as known_until
      from (
        select r.completed_at, r.started_at from runs as r where r.refreshes
        union all
        (
          select l.sync_completed_at, l.sync_started_at
          from public.tblsovereignapplicationssynclog as l
          where l.status = 'completed' and l.listed_at is not null
            and (l.moves_watermark or l.trigger = 'reconciliation')
            and l.sync_started_at < read_history.since - interval '2 days'
          order by l.sync_started_at desc
          limit 1
        )
      ) as f
      window w as (order by f.completed_at)
    ),
    aged as (
      select
        greatest(-1, floor((date_part('epoch', r.completed_at) - first) / width))::integer as place,
        max(r.started_at) as started_at,
        max(date_part('epoch', r.completed_at - r.known_until))::numeric as seconds
      from refreshed as r
      where r.completed_at < read_history.until
      group by 1
    )
    select
      f.bucket_from,
      f.bucket_to,
      coalesce(c.completed, 0),
      coalesce(c.failed, 0),
      coalesce(c.cancelled, 0),
      round(c.seconds_avg, 1),
      round(c.seconds_max, 1),
      coalesce(c.synced, 0),
      coalesce(c.failures, 0),
      case when f.bucket_from <= now() then round(greatest(
        a.seconds,
        extract(epoch from least(f.bucket_to, now()) - max(a.started_at) over (order by f.place))
      )) end
    -- What was known before the first of them is a row, too: it is left out again.
    from (select -1, null::timestamptz, null::timestamptz union all select * from frame) as f (place, bucket_from, bucket_to)
    left join counted as c on c.place = f.place
    left join aged as a on a.place = f.place
    order by f.place
    offset 1;
end;
$$;

comment on function private.read_history(timestamptz, timestamptz, integer) is 'What sync_history() hands out.';

create function public.sync_history(since timestamptz, until timestamptz, buckets integer)
returns table (
  bucket_from timestamptz,
  bucket_to timestamptz,
  completed bigint,
  failed bigint,
  cancelled bigint,
  seconds_avg numeric,
  seconds_max numeric,
  synced bigint,
  failures bigint,
  freshness_seconds numeric
)
language sql
stable
set search_path = ''
begin atomic
  select h.* from private.read_history(since, until, buckets) as h;
end;

comment on function public.sync_history(timestamptz, timestamptz, integer) is
  'The runs of a time in 1 to 500 equal buckets, by when they started: how they ended, how long they took, what they synced; '
  'freshness_seconds: at its worst, how long before the newest completed list had been asked for. Empty buckets are rows too.';

create function private.read_run(run uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  found_run public.tblsovereignapplicationssynclog;
  ended_at timestamptz;
begin
  select l.* into found_run from public.tblsovereignapplicationssynclog as l where l.id = read_run.run;
  if found_run.id is null then
    raise exception 'There is no run %', coalesce(read_run.run::text, 'null')
      using errcode = '22023', hint = 'The log keeps a run for sync_settings.keep_log_for.';
  end if;
  ended_at := coalesce(found_run.sync_completed_at, now());
  return jsonb_build_object(
    'run', (
      select jsonb_build_object(
        'id', r.id, 'trigger', r.trigger, 'force', found_run.force, 'since', r.since_date,
        'listed_since', found_run.listed_since, 'outcome', r.status, 'words', r.outcome,
        'reason', case
          when r.status = 'failed' then private.describe_failure(found_run)
          else found_run.error_details ->> 'reason'
        end,
        'started_at', r.started_at, 'listed_at', found_run.listed_at, 'completed_at', found_run.sync_completed_at,
        'heartbeat_at', found_run.heartbeat_at, 'seconds', r.seconds, 'passes', r.passes,
        'found', r.found, 'unchanged', r.unchanged, 'enqueued', found_run.applications_enqueued,
        'fetched', found_run.applications_fetched, 'synced', r.synced, 'failed', r.failed,
        'fetch_failures', found_run.fetch_failures, 'upsert_failures', found_run.upsert_failures,
        'parked', found_run.applications_parked, 'locked', found_run.applications_locked,
        'missing', found_run.applications_missing, 'gone', found_run.applications_gone,
        'changes_missed', found_run.changes_missed, 'watermark', found_run.moves_watermark,
        'cancelled_at', found_run.cancelled_at, 'cancelled_by', found_run.cancelled_by,
        -- What asked for its dispatch, in the same transaction. Who that was is for operators.
        'asked_by', (
          select jsonb_build_object(
            'role', a.role_name, 'email', case when private.is_operator() then a.email end
          )
          from public.sync_dispatches as d
          join public.sync_actions as a on a.acted_at = d.dispatched_at
          where d.run = found_run.id and d.trigger in ('manual', 'reconciliation')
          order by a.id
          limit 1
        )
      )
      from public.sync_runs as r
      where r.id = found_run.id
    ),
    'dispatches', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', d.id, 'dispatched_at', d.dispatched_at, 'trigger', d.trigger, 'outcome', d.outcome,
        'status_code', d.status_code, 'message', d.message
      ) order by d.id), '[]')
      from public.sync_dispatches as d
      where d.run = found_run.id
    ),
    'warnings', coalesce(found_run.error_details -> 'warnings', '[]') || coalesce(found_run.error_details -> 'anomalies', '[]'),
    'errors', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'fingerprint', c.fingerprint, 'count', c.count, 'examples', c.examples, 'what_to_do', e.what_to_do
      ) order by c.count desc, c.fingerprint), '[]')
      from (
        select f.fingerprint, count(*) as count, (array_agg(distinct f.id))[1:5] as examples
        from (
          select e.value ->> 'id' as id, private.fingerprint(e.value ->> 'error', e.value ->> 'id') as fingerprint
          from jsonb_array_elements(found_run.error_details -> 'errors') as e (value)
        ) as f
        group by f.fingerprint
      ) as c
      left join public.sync_errors as e on e.fingerprint = c.fingerprint
    ),
    'changes', (
      select count(*)
      from public.sync_application_changes as c
      where c.run = found_run.id and c.changed_at between found_run.sync_started_at and ended_at
    )
  );
end;
$$;

comment on function private.read_run(uuid) is 'What sync_run() hands out.';

create function public.sync_run(run uuid)
returns jsonb
language sql
stable
set search_path = ''
return private.read_run(run);

comment on function public.sync_run(uuid) is
  'One run with its counts, who asked for it, its dispatches, warnings, errors by cause, and how many applications it changed.';

create function private.read_runs_page(
  since timestamptz,
  until timestamptz,
  outcome text,
  trigger text,
  before timestamptz,
  page_size integer
)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.require_between('page_size', page_size, 1, 200);
  if read_runs_page.outcome not in ('running', 'completed', 'failed', 'cancelled') then
    raise exception 'outcome must be running, completed, failed or cancelled, not "%"', left(read_runs_page.outcome, 40)
      using errcode = '22023';
  end if;
  if read_runs_page.trigger not in ('schedule', 'manual', 'reconciliation') then
    raise exception 'trigger must be schedule, manual or reconciliation, not "%"', left(read_runs_page.trigger, 40)
      using errcode = '22023';
  end if;
  return jsonb_build_object(
    'rows', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', p.id, 'outcome', p.status, 'words', p.outcome, 'trigger', p.trigger, 'since', p.since_date,
        'started_at', p.started_at, 'seconds', p.seconds, 'passes', p.passes, 'found', p.found,
        'unchanged', p.unchanged, 'synced', p.synced, 'failed', p.failed
      ) order by p.started_at desc), '[]')
      from (
        select r.*
        from public.sync_runs as r
        where r.started_at >= coalesce(read_runs_page.since, '-infinity')
          and r.started_at < least(read_runs_page.until, read_runs_page.before, 'infinity')
          and r.status = coalesce(read_runs_page.outcome, r.status)
          and r.trigger = coalesce(read_runs_page.trigger, r.trigger)
        order by r.started_at desc
        limit read_runs_page.page_size
      ) as p
    ),
    'total', (
      select count(*)
      from public.sync_runs as r
      where r.started_at >= coalesce(read_runs_page.since, '-infinity')
        and r.started_at < coalesce(read_runs_page.until, 'infinity')
        and r.status = coalesce(read_runs_page.outcome, r.status)
        and r.trigger = coalesce(read_runs_page.trigger, r.trigger)
    )
  );
end;
$$;

comment on function private.read_runs_page(timestamptz, timestamptz, text, text, timestamptz, integer) is
  'What sync_runs_page() hands out.';

create function public.sync_runs_page(
  since timestamptz default null,
  until timestamptz default null,
  outcome text default null,
  trigger text default null,
  before timestamptz default null,
  page_size integer default 50
)
returns jsonb
language sql
stable
set search_path = ''
return private.read_runs_page(since, until, outcome, trigger, before, page_size);

comment on function public.sync_runs_page(timestamptz, timestamptz, text, text, timestamptz, integer) is
  'The runs of a time, newest first, at most 200 a page; before: when the last one of the page before had started.';

revoke all on function
  private.read_history(timestamptz, timestamptz, integer),
  public.sync_history(timestamptz, timestamptz, integer),
  private.read_run(uuid),
  public.sync_run(uuid),
  private.read_runs_page(timestamptz, timestamptz, text, text, timestamptz, integer),
  public.sync_runs_page(timestamptz, timestamptz, text, text, timestamptz, integer)
from public, anon, authenticated, service_role;

grant execute on function
  private.read_history(timestamptz, timestamptz, integer),
  public.sync_history(timestamptz, timestamptz, integer),
  private.read_run(uuid),
  public.sync_run(uuid),
  private.read_runs_page(timestamptz, timestamptz, text, text, timestamptz, integer),
  public.sync_runs_page(timestamptz, timestamptz, text, text, timestamptz, integer)
to authenticated, service_role;
