-- What is due is claimed by the pass that holds the lease.
create function public.claim_applications(lease uuid, max_claims integer)
returns setof text
language plpgsql
set search_path = ''
as $$
declare
  in_flight boolean;
  in_flight_alone boolean;
begin
  perform private.hold_sync_run(claim_applications.lease);

  select count(*) > 0, coalesce(bool_or(s.lapses >= private.max_lapses()), false) into in_flight, in_flight_alone
  from public.sync_status as s
  where s.claimed_by = claim_applications.lease;
  if in_flight_alone then
    return;
  end if;

  -- Materialized: joined with the update, a plan may run a "limit … for update skip locked" again for each row, and it
  -- would skip what it has locked and take the next ones: more than its limit.
  return query
  with due as materialized (
    select d.g3_application_number
    from private.due_applications as d
    where d.lapses < private.max_lapses()
    order by d.requested_at is null, d.attempts, d.next_attempt_at
    limit claim_applications.max_claims
    for update skip locked
  ),
  suspect as materialized (
    -- What has taken its workers with it is fetched alone, after all others.
    select d.g3_application_number
    from private.due_applications as d
    where d.lapses >= private.max_lapses() and not in_flight and not exists (select from due)
    order by d.requested_at is null, d.attempts, d.next_attempt_at
    limit 1
    for update skip locked
  )
  update public.sync_status as s
  set attempts = s.attempts + 1, claimed_by = claim_applications.lease, claimed_at = now()
  from (select * from due union all select * from suspect) as c
  where s.g3_application_number = c.g3_application_number
  returning s.g3_application_number;
end;
$$;

comment on function public.claim_applications(uuid, integer) is
  'Claims applications that are due: requested ones first, then the least tried. Empty while others are in flight can '
  'mean: settle those first.';

revoke all on function public.claim_applications(uuid, integer) from public, anon, authenticated, service_role;

grant execute on function public.claim_applications(uuid, integer) to service_role;
