-- How the pass that holds the lease claims what is due, and how claims end without an answer: released by a pass that
-- ends, voided when a pass died.

create function public.claim_applications(lease uuid, max_claims integer, part integer)
returns setof text
language plpgsql
set search_path = ''
as $$
declare
  run public.tblsovereignapplicationssynclog := sovereign_sync.hold_sync_run(claim_applications.lease);
  in_flight boolean;
  in_flight_alone boolean;
begin
  -- A claim whose answer was lost is made again, and brings the same.
  if claim_applications.part < run.claimed_parts then
    return query
    select s.g3_application_number
    from sovereign_sync.status as s
    where s.claimed_by = claim_applications.lease and s.claimed_at = run.claimed_last_at
    order by s.requested_at is null, s.attempts, s.next_attempt_at desc;
    return;
  end if;
  update public.tblsovereignapplicationssynclog as l
  set claimed_parts = claim_applications.part + 1, claimed_last_at = now()
  where l.id = run.id;

  select count(*) > 0, coalesce(bool_or(s.lapses >= sovereign_sync.max_lapses()), false) into in_flight, in_flight_alone
  from sovereign_sync.status as s
  where s.claimed_by = claim_applications.lease;
  if in_flight_alone then
    return;
  end if;

  -- Materialized: joined with the update, a plan may run a "limit … for update skip locked" again for each row, and it
  -- would skip what it has locked and take the next ones: more than its limit.
  return query
  with due as materialized (
    select d.g3_application_number
    from sovereign_sync.due_applications as d
    where d.lapses < sovereign_sync.max_lapses()
    order by d.requested_at is null, d.attempts, d.next_attempt_at desc
    limit claim_applications.max_claims
    for update skip locked
  ),
  suspect as materialized (
    -- What has taken its workers with it is fetched alone, after all others.
    select d.g3_application_number
    from sovereign_sync.due_applications as d
    where d.lapses >= sovereign_sync.max_lapses() and not in_flight and not exists (select from due)
    order by d.requested_at is null, d.attempts, d.next_attempt_at desc
    limit 1
    for update skip locked
  ),
  claimed as (
    update sovereign_sync.status as s
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

-- The death of a worker counts as an attempt only for an application that was in flight alone: any other may be innocent.
create function sovereign_sync.void_claims(lease uuid)
returns void
language sql
set search_path = ''
as $$
  -- Somebody else may hold one locked; that one's claim is void all the same.
  with void as materialized (
    select
      s.g3_application_number as id,
      s.lapses >= sovereign_sync.max_lapses() as was_alone,
      s.attempts + 1 as attempts,
      coalesce(s.failing_since, now()) as failing_since
    from sovereign_sync.status as s
    where s.claimed_by = void_claims.lease
    order by s.g3_application_number
    for update skip locked
  ),
  judged as (
    select v.*, v.attempts >= sovereign_sync.max_attempts() and v.failing_since <= now() - interval '1 day' as is_parked
    from void as v
  ),
  voided as (
    update sovereign_sync.status as s
    set
      lapses = s.lapses + 1,
      claimed_by = null,
      claimed_at = null,
      state = case when not j.was_alone then s.state when j.is_parked then 'parked' else 'failed' end,
      gone_at = case when not j.was_alone then s.gone_at end,
      attempts = case when j.was_alone then j.attempts else s.attempts end,
      failing_since = case when j.was_alone then j.failing_since else s.failing_since end,
      next_attempt_at = case
        when not j.was_alone then s.next_attempt_at
        when j.is_parked then now() + interval '1 day'
        else sovereign_sync.next_attempt_at(j.attempts)
      end,
      last_error = case when j.was_alone then 'The worker that fetched it, and nothing else, died' else s.last_error end
    from judged as j
    where s.g3_application_number = j.id
    returning s.g3_application_number as id, j.was_alone, s.last_error as error
  )
  select sovereign_sync.note_errors(coalesce(jsonb_agg(v) filter (where v.was_alone), '[]')) from voided as v;
$$;

comment on function sovereign_sync.void_claims(uuid) is
  'Gives back the claims of a dead pass, each as a lapse; all are due at once.';

create function sovereign_sync.release_claims(lease uuid)
returns void
language sql
set search_path = ''
as $$
  with released as materialized (
    select s.g3_application_number as id
    from sovereign_sync.status as s
    where s.claimed_by = release_claims.lease
    order by s.g3_application_number
    for update skip locked
  )
  update sovereign_sync.status as s
  set claimed_by = null, claimed_at = null
  from released as r
  where s.g3_application_number = r.id;
$$;

comment on function sovereign_sync.release_claims(uuid) is
  'Gives back the claims of a pass that ends, as if they had not been made.';
