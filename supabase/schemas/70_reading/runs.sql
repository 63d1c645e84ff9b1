-- One line a run, its outcome in words; and the same page by page, for the dashboard.

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
    when l.status = 'running' and sovereign_sync.run_is_dead(l.heartbeat_at) then format(
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
      then sovereign_sync.counted(l.changes_missed, 'change had been missed', 'changes had been missed')
    end as missed,
    case
      when l.applications_missing > 0 then sovereign_sync.counted(
        l.applications_missing, 'application is missing from OCC''s list', 'applications are missing from OCC''s list'
      )
    end as missing,
    case when l.listed_since > l.since_date then format('listed since %s only', l.listed_since) end as shortened,
    case when n.attempted > 0 then concat_ws(
      ', ',
      l.applications_upserted || ' synced',
      case
        when n.tried_again > 0
        then sovereign_sync.counted(n.tried_again, 'failed and is tried again', 'failed and are tried again')
      end,
      case
        when l.applications_locked > 0 then sovereign_sync.counted(
          l.applications_locked, 'was locked by somebody and is tried again', 'were locked by somebody and are tried again'
        )
      end,
      case when l.applications_parked > 0 then l.applications_parked || ' parked' end,
      case when l.applications_gone > 0 then l.applications_gone || ' gone at OCC' end
    ) end as fetched,
    case
      when l.applications_enqueued > 0 then sovereign_sync.counted(
        l.applications_enqueued, 'listed application waits for its next attempt',
        'listed applications wait for their next attempt'
      ) || case when l.applications_unchanged > 0 then ', the others were current' else '' end
      when l.applications_found > 0 then 'all listed applications were current'
      else 'OCC listed nothing'
    end as listed
) as w;

comment on view public.sync_runs is
  'One line a sync run, its outcome in words. A run that was cancelled, failed in the log, is called so here.';

create function sovereign_sync.read_runs_page(
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
  perform sovereign_sync.require_between('page_size', page_size, 1, 200);
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

comment on function sovereign_sync.read_runs_page(timestamptz, timestamptz, text, text, timestamptz, integer) is
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
return sovereign_sync.read_runs_page(since, until, outcome, trigger, before, page_size);

comment on function public.sync_runs_page(timestamptz, timestamptz, text, text, timestamptz, integer) is
  'The runs of a time, newest first, at most 200 a page; before: when the last one of the page before had started.';
