-- The queue: what OCC listed goes in durably, is claimed by the pass that holds the lease, and is settled together
-- with the rows it brought.

create function public.enqueue_applications(lease uuid, applications jsonb, complete boolean)
returns table (found integer, unchanged integer, enqueued integer, due boolean)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  run public.tblsovereignapplicationssynclog := private.hold_sync_run(enqueue_applications.lease);
  found_count integer;
  enqueued_count integer;
begin
  with listed as (
    select a.id, max(a.last_saved) as last_saved
    from jsonb_to_recordset(enqueue_applications.applications) as a (id text, last_saved timestamptz)
    group by a.id
  ),
  judged as (
    select
      l.id,
      l.last_saved,
      s.g3_application_number is null as is_new,
      -- Newer than the newest known list entry: a real change, which ends any waiting and un-parks.
      coalesce(l.last_saved > s.listed_last_saved, s.listed_last_saved is null and l.last_saved is not null) as is_newer,
      case
        when run.force then true
        when s.state in ('pending', 'failed') then true
        when l.last_saved is null and s.state is distinct from 'parked' then true
        when s.state = 'parked' then l.last_saved > coalesce(s.listed_last_saved, '-infinity')
        when m.g3_application_number is null then true
        when s.state = 'synced' then l.last_saved > coalesce(s.synced_last_saved, '-infinity')
        -- Never listed before, but stored already: adopted rows are compared, not fetched again.
        else l.last_saved > coalesce(m.lastsaveddatetime, '-infinity')
      end as is_stale,
      m.lastsaveddatetime as stored_last_saved
    from listed as l
    left join public.tblsovereignapplicationssyncstatus as s on s.g3_application_number = l.id
    left join public.tblsovereignapplications as m on m.g3_application_number = l.id
  ),
  added as (
    insert into public.tblsovereignapplicationssyncstatus
      (g3_application_number, state, listed_last_saved, synced_last_saved, next_attempt_at, synced_at)
    select
      j.id,
      case when j.is_stale then 'pending' else 'synced' end,
      j.last_saved,
      j.stored_last_saved,
      case when j.is_stale then now() end,
      case when not j.is_stale then now() end
    from judged as j
    where j.is_new
    on conflict do nothing
  ),
  moved as (
    update public.tblsovereignapplicationssyncstatus as s
    set
      state = 'pending',
      listed_last_saved = greatest(j.last_saved, s.listed_last_saved),
      listed_at = now(),
      next_attempt_at = now(),
      attempted_by_run = null,
      attempts = case when j.is_newer or run.force or s.state = 'synced' then 0 else s.attempts end,
      lapses = case when j.is_newer or s.state = 'synced' then 0 else s.lapses end,
      claimed_by = null,
      claimed_until = null
    from judged as j
    where not j.is_new and j.is_stale and s.g3_application_number = j.id
      -- What waits for its next attempt goes on waiting, unless it changed or a person asks.
      and (s.state <> 'failed' or j.is_newer or run.trigger = 'manual' or run.force)
      and (s.state <> 'pending' or j.is_newer)
  )
  select count(*), count(*) filter (where j.is_stale) into found_count, enqueued_count from judged as j;

  update public.tblsovereignapplicationssynclog as l
  set
    applications_found = l.applications_found + found_count,
    applications_enqueued = l.applications_enqueued + enqueued_count,
    applications_unchanged = l.applications_unchanged + found_count - enqueued_count,
    listed_at = case when enqueue_applications.complete then now() else l.listed_at end
  where l.id = run.id
  returning l.* into run;
  return query select
    run.applications_found, run.applications_unchanged, run.applications_enqueued,
    exists (
      select from public.tblsovereignapplicationssyncstatus as s
      where s.state <> 'synced' and s.next_attempt_at <= now() and s.attempted_by_run is distinct from run.id
    );
end;
$$;

comment on function public.enqueue_applications(uuid, jsonb, boolean) is
  'Stores a part of OCC''s list, [{"id", "last_saved"}], and marks what is stale as pending. complete: it was the last part.';

create function public.claim_applications(lease uuid, max_claims integer)
returns table (g3_application_number text, listed_last_saved timestamptz)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  run public.tblsovereignapplicationssynclog := private.hold_sync_run(claim_applications.lease);
  in_flight boolean;
  alone boolean;
begin
  select count(*) > 0, coalesce(bool_or(s.lapses >= 2), false) into in_flight, alone
  from public.tblsovereignapplicationssyncstatus as s
  where s.claimed_by = claim_applications.lease;
  if alone then
    return;
  end if;

  return query
  with due as (
    select s.g3_application_number, s.lapses
    from public.tblsovereignapplicationssyncstatus as s
    where s.state <> 'synced'
      and s.next_attempt_at <= now()
      and (s.claimed_until is null or s.claimed_until < now())
      and s.attempted_by_run is distinct from run.id
      and s.lapses < 2
    order by s.attempts, s.next_attempt_at
    limit claim_applications.max_claims
    for update skip locked
  ),
  suspect as (
    -- What has killed its worker twice is fetched alone, after all others.
    select s.g3_application_number
    from public.tblsovereignapplicationssyncstatus as s
    where s.state <> 'synced'
      and s.next_attempt_at <= now()
      and (s.claimed_until is null or s.claimed_until < now())
      and s.attempted_by_run is distinct from run.id
      and s.lapses >= 2
      and not in_flight
      and not exists (select from due)
    order by s.attempts, s.next_attempt_at
    limit 1
    for update skip locked
  )
  update public.tblsovereignapplicationssyncstatus as s
  set attempts = s.attempts + 1, claimed_by = claim_applications.lease, claimed_until = now() + interval '5 minutes'
  from (
    select d.g3_application_number from due as d
    union all
    select x.g3_application_number from suspect as x
  ) as claimed
  where s.g3_application_number = claimed.g3_application_number
  returning s.g3_application_number, s.listed_last_saved;
end;
$$;

comment on function public.claim_applications(uuid, integer) is
  'Claims applications that are due, least tried first. Empty while others are in flight can mean: settle those first.';

create function public.settle_applications(lease uuid, applications jsonb, failures jsonb default '[]')
returns table (fetched integer, upserted integer, fetch_failed integer, upsert_failed integer)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  run public.tblsovereignapplicationssynclog := private.hold_sync_run(settle_applications.lease);
  stored_count integer := 0;
  fetch_failed_count integer := 0;
  upsert_failed_count integer := 0;
begin
  if jsonb_array_length(settle_applications.applications) > 0 then
    insert into public.tblsovereignapplications as m (
      g3_application_number, applicationinternalnumber, applicationname, clientapplication, loadedbyclientnumber,
      owner, applicationtitle, tradingbranch, saleschannel, subprime, comparisonratessupplied, paymentmethod, type,
      appstatusdesc, appstatuscode, currenttaskwith, lastsaveddatetime
    )
    select
      a.g3_application_number, a.applicationinternalnumber, a.applicationname, a.clientapplication,
      a.loadedbyclientnumber, a.owner, a.applicationtitle, a.tradingbranch, a.saleschannel, a.subprime,
      a.comparisonratessupplied, a.paymentmethod, a.type, a.appstatusdesc, a.appstatuscode, a.currenttaskwith,
      a.lastsaveddatetime
    from jsonb_populate_recordset(null::public.tblsovereignapplications, settle_applications.applications) as a
    on conflict (g3_application_number) do update set
      applicationinternalnumber = excluded.applicationinternalnumber,
      applicationname = excluded.applicationname,
      clientapplication = excluded.clientapplication,
      loadedbyclientnumber = excluded.loadedbyclientnumber,
      owner = excluded.owner,
      applicationtitle = excluded.applicationtitle,
      tradingbranch = excluded.tradingbranch,
      saleschannel = excluded.saleschannel,
      subprime = excluded.subprime,
      comparisonratessupplied = excluded.comparisonratessupplied,
      paymentmethod = excluded.paymentmethod,
      type = excluded.type,
      appstatusdesc = excluded.appstatusdesc,
      appstatuscode = excluded.appstatuscode,
      currenttaskwith = excluded.currenttaskwith,
      lastsaveddatetime = excluded.lastsaveddatetime;

    update public.tblsovereignapplicationssyncstatus as s
    set
      -- A detail older than the list announced is stored if it is news, but the application stays stale.
      state = case
        when a.last_saved < s.listed_last_saved then case when s.attempts >= 8 then 'parked' else 'failed' end
        else 'synced'
      end,
      next_attempt_at = case
        when a.last_saved < s.listed_last_saved then private.next_attempt_at(s.attempts, s.attempts >= 8)
      end,
      last_error = case
        when a.last_saved < s.listed_last_saved then 'OCC answered with an older state than its list announced'
      end,
      attempts = case when a.last_saved < s.listed_last_saved then s.attempts else 0 end,
      lapses = 0,
      synced_last_saved = coalesce(a.last_saved, s.listed_last_saved),
      synced_at = now(),
      attempted_by_run = run.id,
      claimed_by = null,
      claimed_until = null
    from (
      select r.g3_application_number, r.lastsaveddatetime as last_saved
      from jsonb_to_recordset(settle_applications.applications) as r (
        g3_application_number text, lastsaveddatetime timestamptz
      )
    ) as a
    where s.g3_application_number = a.g3_application_number and s.claimed_by = settle_applications.lease;
    get diagnostics stored_count = row_count;
  end if;

  if jsonb_array_length(settle_applications.failures) > 0 then
    with failed as (
      update public.tblsovereignapplicationssyncstatus as s
      set
        state = case when f.permanent or s.attempts >= 8 then 'parked' else 'failed' end,
        next_attempt_at = private.next_attempt_at(s.attempts, f.permanent or s.attempts >= 8),
        last_error = f.error,
        lapses = 0,
        attempted_by_run = run.id,
        claimed_by = null,
        claimed_until = null
      from jsonb_to_recordset(settle_applications.failures) as f (id text, error text, permanent boolean, step text)
      where s.g3_application_number = f.id and s.claimed_by = settle_applications.lease
      returning f.step
    )
    select count(*) filter (where f.step = 'fetch'), count(*) filter (where f.step = 'upsert')
    into fetch_failed_count, upsert_failed_count
    from failed as f;
  end if;

  update public.tblsovereignapplicationssynclog as l
  set
    applications_fetched = l.applications_fetched + stored_count + upsert_failed_count,
    applications_upserted = l.applications_upserted + stored_count,
    fetch_failures = l.fetch_failures + fetch_failed_count,
    upsert_failures = l.upsert_failures + upsert_failed_count,
    -- The first hundred say what is wrong; the status table has them all.
    error_details = case
      when fetch_failed_count + upsert_failed_count = 0
        or jsonb_array_length(coalesce(l.error_details -> 'errors', '[]')) >= 100 then l.error_details
      else coalesce(l.error_details, '{}') || jsonb_build_object(
        'errors',
        coalesce(l.error_details -> 'errors', '[]') || (
          select jsonb_agg(jsonb_build_object('id', f.id, 'error', f.error))
          from jsonb_to_recordset(settle_applications.failures) as f (id text, error text)
        )
      )
    end
  where l.id = run.id
  returning l.* into run;
  return query
    select run.applications_fetched, run.applications_upserted, run.fetch_failures, run.upsert_failures;
end;
$$;

comment on function public.settle_applications(uuid, jsonb, jsonb) is
  'Stores fetched applications (keys are the table''s columns) and failures [{"id", "error", "permanent", "step"}], '
  'their status, the counters and the heartbeat in one transaction. Returns the run''s totals.';

revoke all on function
  public.enqueue_applications(uuid, jsonb, boolean),
  public.claim_applications(uuid, integer),
  public.settle_applications(uuid, jsonb, jsonb)
from public, anon, authenticated, service_role;

grant execute on function
  public.enqueue_applications(uuid, jsonb, boolean),
  public.claim_applications(uuid, integer),
  public.settle_applications(uuid, jsonb, jsonb)
to service_role;
