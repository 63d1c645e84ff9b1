-- The runs of a time in buckets, for the dashboard's charts.

-- freshness: a list that moves the watermark, or reaches farther back, says what OCC had when its run started. Until the
-- next such run has completed, nothing newer is known. It is at its worst just before that, or at the bucket's end.
create function sovereign_sync.read_history(since timestamptz, until timestamptz, buckets integer)
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
    / sovereign_sync.require_between('buckets', read_history.buckets, 1, 500);
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

comment on function sovereign_sync.read_history(timestamptz, timestamptz, integer) is 'What sync_history() hands out.';

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
  select h.* from sovereign_sync.read_history(since, until, buckets) as h;
end;

comment on function public.sync_history(timestamptz, timestamptz, integer) is
  'The runs of a time in 1 to 500 equal buckets, by when they started: how they ended, how long they took, what they synced; '
  'freshness_seconds: at its worst, how long before the newest completed list had been asked for. Empty buckets are rows too.';
