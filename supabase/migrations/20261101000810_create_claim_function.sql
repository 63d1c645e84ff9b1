-- What is due is claimed by the pass that holds the lease.

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
  from public.sync_status as s
  where s.claimed_by = claim_applications.lease;
  if alone then
    return;
  end if;

  return query
  with due as (
    select s.g3_application_number, s.lapses
    from public.sync_status as s
    where s.state <> 'synced'
      and s.next_attempt_at <= now()
      and (s.claimed_until is null or s.claimed_until < now())
      and s.attempted_by_run is distinct from run.id
      and (run.trigger <> 'applications' or s.requested_by_run = run.id)
      and s.lapses < 2
    order by s.attempts, s.next_attempt_at
    limit claim_applications.max_claims
    for update skip locked
  ),
  suspect as (
    -- What has killed its worker twice is fetched alone, after all others.
    select s.g3_application_number
    from public.sync_status as s
    where s.state <> 'synced'
      and s.next_attempt_at <= now()
      and (s.claimed_until is null or s.claimed_until < now())
      and s.attempted_by_run is distinct from run.id
      and (run.trigger <> 'applications' or s.requested_by_run = run.id)
      and s.lapses >= 2
      and not in_flight
      and not exists (select from due)
    order by s.attempts, s.next_attempt_at
    limit 1
    for update skip locked
  )
  update public.sync_status as s
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

revoke all on function
  public.claim_applications(uuid, integer)
from public, anon, authenticated, service_role;

grant execute on function
  public.claim_applications(uuid, integer)
to service_role;
