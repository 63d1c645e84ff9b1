-- The rules of the queue, each in one place: what is due, who is dead, when to try again, when to give up.
--
-- A function that sets its search_path, as Supabase's advisor wants of every one, is never inlined: asked of each row, it
-- would be a call and hide its condition from the index. So the thresholds are immutable functions, which the planner
-- replaces by their values, and what is asked of each row, whether it is due, is a view, which it takes apart.

create function private.max_attempts()
returns integer
language sql
immutable
set search_path = ''
as $$ select 8; $$;

comment on function private.max_attempts() is 'After so many attempts an application is parked.';

create function private.max_lapses()
returns integer
language sql
immutable
set search_path = ''
as $$ select 2; $$;

comment on function private.max_lapses() is
  'An application that has taken so many workers with it is claimed alone from then on.';

create function private.run_is_dead(heartbeat_at timestamptz)
returns boolean
language sql
stable
set search_path = ''
as $$
  select coalesce(run_is_dead.heartbeat_at, '-infinity') <= now() - interval '90 seconds';
$$;

comment on function private.run_is_dead(timestamptz) is
  'Whether an open run has shown no sign of life for so long that whoever comes next takes it over.';

-- The lease and the run are those of the one open run; without one, nothing is claimed nor has been tried.
create view private.due_applications with (security_invoker = true) as
select s.*
from public.sync_status as s
where s.state <> 'synced'
  and s.next_attempt_at <= now()
  and (s.attempted_by_run = (
    select l.id from public.tblsovereignapplicationssynclog as l where l.status = 'running'
  )) is not true
  and (s.claimed_by = (
    select l.lease from public.tblsovereignapplicationssynclog as l where l.status = 'running'
  )) is not true;

comment on view private.due_applications is
  'What the open run has to fetch now: due, not yet tried by it, and not in flight. A claim by another lease is void.';

revoke all on table private.due_applications from public, anon, authenticated, service_role;

-- update: to lock what is claimed.
grant select, update on table private.due_applications to service_role;

-- Full jitter: a random share of 1 minute doubled per attempt, at most 6 hours. A parked application is still probed
-- once a day, so that nothing OCC would serve stays old for ever.
create function private.next_attempt_at(attempts integer, parked boolean)
returns timestamptz
language sql
volatile
set search_path = ''
as $$
  select case
    when parked then now() + interval '1 day'
    else now() + random() * least(interval '6 hours', interval '1 minute' * power(2, least(attempts, 10) - 1))
  end;
$$;

comment on function private.next_attempt_at(integer, boolean) is
  'When an application that failed this many attempts is tried again.';

-- A claim stays, so that its pass can settle it.
create function private.make_pending(ids text[], forget boolean default true)
returns void
language sql
set search_path = ''
as $$
  update public.sync_status as s
  set
    state = 'pending',
    next_attempt_at = now(),
    stale_since = coalesce(s.stale_since, now()),
    attempted_by_run = null,
    attempts = case when make_pending.forget then 0 else s.attempts end,
    lapses = case when make_pending.forget then 0 else s.lapses end
  where s.g3_application_number = any (make_pending.ids);
$$;

comment on function private.make_pending(text[], boolean) is
  'Applications become pending: due now, also for a run that has tried them. forget: with all their attempts before them.';

-- Claims whose pass is gone. The claim stays counted, so an application that kills its worker is parked in the end.
create function private.void_claims(lease uuid)
returns void
language sql
set search_path = ''
as $$
  -- Locked, because somebody may ask for one of them by number at this moment.
  with void as materialized (
    select s.g3_application_number as id, s.attempts >= private.max_attempts() as is_parked
    from public.sync_status as s
    where s.claimed_by = void_claims.lease
    for update
  )
  update public.sync_status as s
  set
    state = case when v.is_parked then 'parked' else 'failed' end,
    lapses = s.lapses + 1,
    next_attempt_at = case when v.is_parked then private.next_attempt_at(s.attempts, true) else now() end,
    last_error = 'The worker that fetched it died before it was done',
    claimed_by = null,
    claimed_at = null
  from void as v
  where s.g3_application_number = v.id;
$$;

comment on function private.void_claims(uuid) is
  'Gives back the claims of a dead pass, each as a lapse.';

-- What is claimed and was never started: the attempt is not held against it.
create function private.release_claims(lease uuid)
returns void
language sql
set search_path = ''
as $$
  update public.sync_status as s
  set attempts = greatest(s.attempts - 1, 0), claimed_by = null, claimed_at = null
  where s.claimed_by = release_claims.lease;
$$;

comment on function private.release_claims(uuid) is
  'Gives back the claims of a pass that ends, as if they had not been made.';

revoke all on function
  private.max_attempts(),
  private.max_lapses(),
  private.run_is_dead(timestamptz),
  private.next_attempt_at(integer, boolean),
  private.make_pending(text[], boolean),
  private.void_claims(uuid),
  private.release_claims(uuid)
from public, anon, authenticated, service_role;

grant execute on function
  private.max_attempts(),
  private.max_lapses(),
  private.run_is_dead(timestamptz),
  private.next_attempt_at(integer, boolean),
  private.make_pending(text[], boolean),
  private.void_claims(uuid),
  private.release_claims(uuid)
to service_role;

-- The view sync_runs asks with its reader's rights; without the schema there is no other way to call it.
grant execute on function private.run_is_dead(timestamptz) to authenticated;
