-- Claims are settled together with the rows they brought, in one transaction.

create table private.known_status_codes (
  appstatuscode text primary key,
  first_seen_at timestamptz not null default now()
);

comment on table private.known_status_codes is 'Status codes OCC ever sent, so that a new one can be told.';

revoke all on table private.known_status_codes from public, anon, authenticated, service_role;

grant select, insert on table private.known_status_codes to service_role;

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
  new_codes text[];
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

    update public.sync_status as s
    set
      -- A detail older than the list announced is stored if it is news, but the application stays stale.
      state = case
        when a.last_saved < s.listed_last_saved then case when s.attempts >= 8 then 'parked' else 'failed' end
        else 'synced'
      end,
      stale_since = case when a.last_saved < s.listed_last_saved then s.stale_since end,
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

    with added as (
      insert into private.known_status_codes (appstatuscode)
      select distinct left(r.appstatuscode, 40)
      from jsonb_to_recordset(settle_applications.applications) as r (appstatuscode text)
      where r.appstatuscode is not null
      on conflict do nothing
      returning appstatuscode
    )
    select array_agg(a.appstatuscode order by a.appstatuscode) into new_codes from added as a;
  end if;

  if jsonb_array_length(settle_applications.failures) > 0 then
    with failed as (
      update public.sync_status as s
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

  -- The first run of all knows none of them.
  if new_codes is not null and exists (
    select from private.known_status_codes as k where k.first_seen_at < run.sync_started_at
  ) then
    update public.tblsovereignapplicationssynclog as l
    set error_details = coalesce(l.error_details, '{}') || jsonb_build_object(
      'warnings',
      coalesce(l.error_details -> 'warnings', '[]')
        || to_jsonb('Status codes never seen before: ' || array_to_string(new_codes[1:10], ', '))
    )
    where l.id = run.id;
  end if;
  return query
    select run.applications_fetched, run.applications_upserted, run.fetch_failures, run.upsert_failures;
end;
$$;

comment on function public.settle_applications(uuid, jsonb, jsonb) is
  'Stores fetched applications (keys are the table''s columns) and failures [{"id", "error", "permanent", "step"}], '
  'their status, the counters and the heartbeat in one transaction. Returns the run''s totals.';

revoke all on function
  public.settle_applications(uuid, jsonb, jsonb)
from public, anon, authenticated, service_role;

grant execute on function
  public.settle_applications(uuid, jsonb, jsonb)
to service_role;
