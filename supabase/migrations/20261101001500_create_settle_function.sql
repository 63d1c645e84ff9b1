-- Claims are settled together with the rows they brought, in one transaction.

create table private.known_status_codes (
  appstatuscode text primary key,
  first_seen_at timestamptz not null default now()
);

comment on table private.known_status_codes is 'Status codes OCC ever sent, so that a new one can be told.';

alter table private.known_status_codes enable row level security;

revoke all on table private.known_status_codes from public, anon, authenticated, service_role;

grant select, insert on table private.known_status_codes to service_role;

create policy "Service role has full access"
  on private.known_status_codes
  for all
  to service_role
  using (true)
  with check (true);

create function private.upsert_applications(applications jsonb)
returns void
language sql
set search_path = ''
as $$
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
  from jsonb_populate_recordset(null::public.tblsovereignapplications, upsert_applications.applications) as a
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
$$;

comment on function private.upsert_applications(jsonb) is
  'Stores applications whose keys are the table''s columns; what is older than the stored row changes nothing.';

create function private.settle_claims(lease uuid, run_id uuid, applications jsonb, failures jsonb)
returns table (stored integer, fetch_failed integer, upsert_failed integer)
language plpgsql
set search_path = ''
as $$
declare
  asked_again text[];
begin
  with outcomes as (
    select r.g3_application_number as id, r.lastsaveddatetime as last_saved, 'store' as step, null as error, false as permanent
    from jsonb_to_recordset(settle_claims.applications) as r (g3_application_number text, lastsaveddatetime timestamptz)
    union all
    select f.id, null, f.step, f.error, coalesce(f.permanent, false)
    from jsonb_to_recordset(settle_claims.failures) as f (id text, step text, error text, permanent boolean)
  ),
  judged as (
    select
      o.id,
      o.step,
      o.step = 'store' as is_stored,
      o.last_saved,
      -- A detail older than the list announced is stored if it is news, but the application stays stale.
      case
        when o.last_saved < s.listed_last_saved then 'OCC answered with an older state than its list announced'
        else o.error
      end as error,
      o.permanent or s.attempts >= private.max_attempts() as is_parked
    from outcomes as o
    join public.sync_status as s on s.g3_application_number = o.id
    where s.claimed_by = settle_claims.lease
  ),
  settled as (
    update public.sync_status as s
    set
      state = case when j.error is null then 'synced' when j.is_parked then 'parked' else 'failed' end,
      stale_since = case when j.error is not null then s.stale_since end,
      next_attempt_at = case when j.error is not null then private.next_attempt_at(s.attempts, j.is_parked) end,
      attempts = case when j.error is null then 0 else s.attempts end,
      lapses = 0,
      last_error = j.error,
      synced_last_saved = case when j.is_stored then coalesce(j.last_saved, s.listed_last_saved) else s.synced_last_saved end,
      synced_at = case when j.is_stored then now() else s.synced_at end,
      requested_at = case when s.requested_at > s.claimed_at then s.requested_at end,
      attempted_by_run = settle_claims.run_id,
      claimed_by = null,
      claimed_at = null
    from judged as j
    where s.g3_application_number = j.id
    returning s.g3_application_number as id, s.requested_at, j.step
  )
  select
    count(*) filter (where x.step = 'store'),
    count(*) filter (where x.step = 'fetch'),
    count(*) filter (where x.step = 'upsert'),
    array_agg(x.id) filter (where x.requested_at is not null)
  into stored, fetch_failed, upsert_failed, asked_again
  from settled as x;

  -- Asked for while it was in flight: what was fetched may be older than the wish.
  if asked_again is not null then
    perform private.make_pending(asked_again, forget => false);
  end if;
  return next;
end;
$$;

comment on function private.settle_claims(uuid, uuid, jsonb, jsonb) is
  'Ends the claims of applications that were stored and of those that failed. What the lease does not hold is left alone.';

create function private.note_status_codes(run public.tblsovereignapplicationssynclog, applications jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  new_codes text[];
begin
  with added as (
    insert into private.known_status_codes (appstatuscode)
    select distinct left(r.appstatuscode, 40)
    from jsonb_to_recordset(note_status_codes.applications) as r (appstatuscode text)
    where r.appstatuscode is not null
    on conflict do nothing
    returning appstatuscode
  )
  select array_agg(a.appstatuscode order by a.appstatuscode) into new_codes from added as a;

  -- The first run of all knows none of them.
  if new_codes is null or not exists (
    select from private.known_status_codes as k where k.first_seen_at < run.sync_started_at
  ) then
    return;
  end if;
  update public.tblsovereignapplicationssynclog as l
  set error_details = private.append_details(
    l.error_details,
    'warnings',
    jsonb_build_array('Status codes never seen before: ' || array_to_string(new_codes[1:10], ', '))
  )
  where l.id = run.id;
end;
$$;

comment on function private.note_status_codes(public.tblsovereignapplicationssynclog, jsonb) is
  'Remembers the status codes of these applications; warns of those that no earlier run has seen.';

create function private.record_settled(
  run_id uuid,
  stored integer,
  fetch_failed integer,
  upsert_failed integer,
  failures jsonb
)
returns void
language sql
set search_path = ''
as $$
  update public.tblsovereignapplicationssynclog as l
  set
    applications_fetched = l.applications_fetched + record_settled.stored + record_settled.upsert_failed,
    applications_upserted = l.applications_upserted + record_settled.stored,
    fetch_failures = l.fetch_failures + record_settled.fetch_failed,
    upsert_failures = l.upsert_failures + record_settled.upsert_failed,
    -- The first hundred say what is wrong; the status table has them all.
    error_details = case
      when record_settled.fetch_failed + record_settled.upsert_failed = 0
        or jsonb_array_length(coalesce(l.error_details -> 'errors', '[]')) >= 100 then l.error_details
      else private.append_details(l.error_details, 'errors', (
        select jsonb_agg(jsonb_build_object('id', f.id, 'error', f.error))
        from jsonb_to_recordset(record_settled.failures) as f (id text, error text)
      ))
    end
  where l.id = record_settled.run_id;
$$;

comment on function private.record_settled(uuid, integer, integer, integer, jsonb) is
  'Adds what has been settled to the run''s counters, and its failures to the run''s errors.';

create function public.settle_applications(lease uuid, applications jsonb, failures jsonb default '[]')
returns integer
language plpgsql
set search_path = ''
as $$
declare
  run public.tblsovereignapplicationssynclog := private.hold_sync_run(settle_applications.lease);
  settled record;
begin
  -- A pass with nothing to settle shows a sign of life.
  if jsonb_array_length(settle_applications.applications || settle_applications.failures) = 0 then
    return 0;
  end if;
  perform private.upsert_applications(settle_applications.applications);
  select s.* into settled
  from private.settle_claims(
    settle_applications.lease, run.id, settle_applications.applications, settle_applications.failures
  ) as s;
  perform private.record_settled(
    run.id, settled.stored, settled.fetch_failed, settled.upsert_failed, settle_applications.failures
  );
  perform private.note_status_codes(run, settle_applications.applications);
  return settled.stored;
end;
$$;

comment on function public.settle_applications(uuid, jsonb, jsonb) is
  'Stores fetched applications (keys are the table''s columns) and failures [{"id", "error", "permanent", "step"}], '
  'their status, the counters and the heartbeat in one transaction. Returns how many applications it settled as stored.';

revoke all on function
  private.upsert_applications(jsonb),
  private.settle_claims(uuid, uuid, jsonb, jsonb),
  private.note_status_codes(public.tblsovereignapplicationssynclog, jsonb),
  private.record_settled(uuid, integer, integer, integer, jsonb),
  public.settle_applications(uuid, jsonb, jsonb)
from public, anon, authenticated, service_role;

grant execute on function
  private.upsert_applications(jsonb),
  private.settle_claims(uuid, uuid, jsonb, jsonb),
  private.note_status_codes(public.tblsovereignapplicationssynclog, jsonb),
  private.record_settled(uuid, integer, integer, integer, jsonb),
  public.settle_applications(uuid, jsonb, jsonb)
to service_role;
