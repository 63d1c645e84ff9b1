-- What is due is claimed by the pass that holds the lease.
create function public.claim_applications(lease uuid, max_claims integer, part integer)
returns setof text
language plpgsql
set search_path = ''
as $$
declare
  run public.tblsovereignapplicationssynclog := private.hold_sync_run(claim_applications.lease);
  in_flight boolean;
  in_flight_alone boolean;
begin
  -- A claim whose answer was lost is made again, and brings the same.
  if claim_applications.part < run.claimed_parts then
    return query
    select s.g3_application_number
    from public.sync_status as s
    where s.claimed_by = claim_applications.lease and s.claimed_at = run.claimed_last_at
    order by s.requested_at is null, s.attempts, s.next_attempt_at desc;
    return;
  end if;
  update public.tblsovereignapplicationssynclog as l
  set claimed_parts = claim_applications.part + 1, claimed_last_at = now()
  where l.id = run.id;

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
    order by d.requested_at is null, d.attempts, d.next_attempt_at desc
    limit claim_applications.max_claims
    for update skip locked
  ),
  suspect as materialized (
    -- What has taken its workers with it is fetched alone, after all others.
    select d.g3_application_number
    from private.due_applications as d
    where d.lapses >= private.max_lapses() and not in_flight and not exists (select from due)
    order by d.requested_at is null, d.attempts, d.next_attempt_at desc
    limit 1
    for update skip locked
  ),
  claimed as (
    update public.sync_status as s
    set claimed_by = claim_applications.lease, claimed_at = now()
    from (select * from due union all select * from suspect) as c
    where s.g3_application_number = c.g3_application_number
    returning s.g3_application_number, s.requested_at, s.attempts, s.next_attempt_at
  )
  select c.g3_application_number
  from claimed as c
  order by c.requested_at is null, c.attempts, c.next_attempt_at desc;
end;
$$;

comment on function public.claim_applications(uuid, integer, integer) is
  'Claims applications that are due, in the order in which to fetch them: requested ones, then the least tried, of those '
  'the newest first. part: which claim of the pass it is, counted from 0. Empty while others are in flight can mean: settle those first.';

create function public.choose_canaries(lease uuid)
returns setof text
language plpgsql
set search_path = ''
as $$
begin
  perform private.hold_sync_run(choose_canaries.lease);
  return query
  select s.g3_application_number
  from public.sync_status as s
  join public.tblsovereignapplications as m using (g3_application_number)
  where s.state = 'synced'
    -- What failed as a canary is asked again only when there is nothing else, and the one that failed last at the very last.
    and ((s.no_canary_until > now()) is not true or not private.has_canaries())
  order by greatest(s.no_canary_until, now()), random()
  limit 3;
end;
$$;

comment on function public.choose_canaries(uuid) is
  'Up to three applications OCC has served before: when one of them fails too, it is OCC that fails.';

revoke all on function
  public.claim_applications(uuid, integer, integer),
  public.choose_canaries(uuid)
from public, anon, authenticated, service_role;

grant execute on function
  public.claim_applications(uuid, integer, integer),
  public.choose_canaries(uuid)
to service_role;
