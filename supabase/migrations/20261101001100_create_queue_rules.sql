-- The rules of the queue, each in one place: what is due, who is dead, when to try again, when to give up. How an
-- application moves between its states is a table in docs/architecture.md.
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

comment on function private.max_attempts() is
  'After so many attempts, and a day, an application is parked.';

create function private.max_lapses()
returns integer
language sql
immutable
set search_path = ''
as $$ select 2; $$;

comment on function private.max_lapses() is
  'An application that has taken so many workers with it is claimed alone from then on.';

-- Each try is one of those after which it is parked: more of them, and what fails for good would be fetched too often.
create function private.attempts_in_doubt()
returns integer
language sql
immutable
set search_path = ''
as $$ select 7; $$;

comment on function private.attempts_in_doubt() is
  'While nobody can tell how OCC is, what failed fewer times than this is asked for before its wait ends.';

create function private.settled_apart()
returns interval
language sql
immutable
set search_path = ''
as $$ select interval '10 minutes'; $$;

comment on function private.settled_apart() is
  'An answer that disagrees with OCC''s list is believed when a fetch begun so much later brings it again.';

create function private.max_suspects()
returns integer
language sql
immutable
set search_path = ''
as $$ select 50; $$;

comment on function private.max_suspects() is
  'So many applications that are missing from OCC''s list are asked for a night.';

create function private.run_is_dead(heartbeat_at timestamptz)
returns boolean
language sql
stable
set search_path = ''
as $$
  select coalesce(run_is_dead.heartbeat_at, '-infinity') <= now() - interval '90 seconds';
$$;

comment on function private.run_is_dead(timestamptz) is
  'Whether an open run has shown no sign of life for so long that whoever comes next takes its place.';

create function private.run_is_abandoned(heartbeat_at timestamptz)
returns boolean
language sql
stable
set search_path = ''
as $$
  select coalesce(run_is_abandoned.heartbeat_at, '-infinity') <= now() - interval '10 minutes';
$$;

comment on function private.run_is_abandoned(timestamptz) is
  'Whether a dead run has waited so long for whoever comes next that the minutely watch ends it.';

-- The lease and the run are those of the one open run; without one, nothing is claimed nor has been tried.
create view private.due_applications with (security_invoker = true) as
select s.*
from public.sync_status as s
where s.next_attempt_at <= now()
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

create function private.next_attempt_at(attempts integer)
returns timestamptz
language sql
volatile
set search_path = ''
as $$
  select now() + (0.5 + random() / 2)
    * least(interval '1 hour', interval '1 minute' * power(2, least(next_attempt_at.attempts, 10) - 1));
$$;

comment on function private.next_attempt_at(integer) is
  'When an application that failed so many attempts is tried again: 1 minute doubling to 1 hour, jitter over the upper half.';

-- In order of their keys, as everybody locks several of them, so that nobody waits in a circle. The open run may have
-- tried one already: it tries it again. A claim stays, so that its pass can settle it.
create function private.make_pending(ids text[])
returns void
language sql
set search_path = ''
as $$
  with locked as materialized (
    select s.g3_application_number as id
    from public.sync_status as s
    where s.g3_application_number = any (make_pending.ids)
    order by s.g3_application_number
    for update
  )
  update public.sync_status as s
  set
    state = 'pending',
    next_attempt_at = now(),
    stale_since = coalesce(s.stale_since, now()),
    attempts = 0,
    failing_since = null,
    lapses = 0,
    held_answer = null,
    held_since = null,
    not_found_since = null,
    gone_at = null,
    attempted_by_run = null
  from locked as l
  where s.g3_application_number = l.id;
$$;

comment on function private.make_pending(text[]) is
  'Applications to be fetched now, whatever is known of them, with all their attempts before them.';

-- The death of a worker counts as an attempt only for an application that was in flight alone: any other may be innocent.
create function private.void_claims(lease uuid)
returns void
language sql
set search_path = ''
as $$
  -- Somebody else may hold one locked; that one's claim is void all the same.
  with void as materialized (
    select
      s.g3_application_number as id,
      s.lapses >= private.max_lapses() as was_alone,
      s.attempts + 1 as attempts,
      coalesce(s.failing_since, now()) as failing_since
    from public.sync_status as s
    where s.claimed_by = void_claims.lease
    order by s.g3_application_number
    for update skip locked
  ),
  judged as (
    select v.*, v.attempts >= private.max_attempts() and v.failing_since <= now() - interval '1 day' as is_parked
    from void as v
  ),
  voided as (
    update public.sync_status as s
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
        else private.next_attempt_at(j.attempts)
      end,
      last_error = case when j.was_alone then 'The worker that fetched it, and nothing else, died' else s.last_error end
    from judged as j
    where s.g3_application_number = j.id
    returning s.g3_application_number as id, j.was_alone, s.last_error as error
  )
  select private.note_errors(coalesce(jsonb_agg(v) filter (where v.was_alone), '[]')) from voided as v;
$$;

comment on function private.void_claims(uuid) is
  'Gives back the claims of a dead pass, each as a lapse; all are due at once.';

create function private.release_claims(lease uuid)
returns void
language sql
set search_path = ''
as $$
  with released as materialized (
    select s.g3_application_number as id
    from public.sync_status as s
    where s.claimed_by = release_claims.lease
    order by s.g3_application_number
    for update skip locked
  )
  update public.sync_status as s
  set claimed_by = null, claimed_at = null
  from released as r
  where s.g3_application_number = r.id;
$$;

comment on function private.release_claims(uuid) is
  'Gives back the claims of a pass that ends, as if they had not been made.';

revoke all on function
  private.max_attempts(),
  private.max_lapses(),
  private.attempts_in_doubt(),
  private.settled_apart(),
  private.max_suspects(),
  private.run_is_dead(timestamptz),
  private.run_is_abandoned(timestamptz),
  private.next_attempt_at(integer),
  private.make_pending(text[]),
  private.void_claims(uuid),
  private.release_claims(uuid)
from public, anon, authenticated, service_role;

grant execute on function
  private.max_attempts(),
  private.max_lapses(),
  private.attempts_in_doubt(),
  private.settled_apart(),
  private.max_suspects(),
  private.run_is_dead(timestamptz),
  private.run_is_abandoned(timestamptz),
  private.next_attempt_at(integer),
  private.make_pending(text[]),
  private.void_claims(uuid),
  private.release_claims(uuid)
to service_role;

-- The view sync_runs asks with its reader's rights; without the schema there is no other way to call it.
grant execute on function private.run_is_dead(timestamptz) to authenticated;
