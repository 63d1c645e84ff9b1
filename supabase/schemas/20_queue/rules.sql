-- The rules of the queue, each in one place: what is due, when to try again, when to give up. How an application moves
-- between its states is a table in docs/architecture.md.
--
-- A function that sets its search_path, as Supabase's advisor wants of every one, is never inlined: asked of each row,
-- it would be a call and hide its condition from the index. So the thresholds are immutable functions, which the
-- planner replaces by their values, and what is asked of each row, whether it is due, is a view, which it takes apart.

create function sovereign_sync.max_attempts()
returns integer
language sql
immutable
set search_path = ''
as $$ select 8; $$;

comment on function sovereign_sync.max_attempts() is
  'After so many attempts, and a day, an application is parked.';

create function sovereign_sync.max_lapses()
returns integer
language sql
immutable
set search_path = ''
as $$ select 2; $$;

comment on function sovereign_sync.max_lapses() is
  'An application that has taken so many workers with it is claimed alone from then on.';

-- Each try is one of those after which it is parked: more of them, and what fails for good would be fetched too often.
create function sovereign_sync.attempts_in_doubt()
returns integer
language sql
immutable
set search_path = ''
as $$ select 7; $$;

comment on function sovereign_sync.attempts_in_doubt() is
  'While nobody can tell how OCC is, what failed fewer times than this is asked for before its wait ends.';

create function sovereign_sync.settled_apart()
returns interval
language sql
immutable
set search_path = ''
as $$ select interval '10 minutes'; $$;

comment on function sovereign_sync.settled_apart() is
  'An answer that disagrees with OCC''s list is believed when a fetch begun so much later brings it again.';

create function sovereign_sync.max_suspects()
returns integer
language sql
immutable
set search_path = ''
as $$ select 50; $$;

comment on function sovereign_sync.max_suspects() is
  'So many applications that are missing from OCC''s list are asked for a night.';

-- The lease and the run are those of the one open run; without one, nothing is claimed nor has been tried.
create view sovereign_sync.due_applications with (security_invoker = true) as
select s.*
from sovereign_sync.status as s
where s.next_attempt_at <= now()
  and (s.attempted_by_run = (
    select l.id from public.tblsovereignapplicationssynclog as l where l.status = 'running'
  )) is not true
  and (s.claimed_by = (
    select l.lease from public.tblsovereignapplicationssynclog as l where l.status = 'running'
  )) is not true;

comment on view sovereign_sync.due_applications is
  'What the open run has to fetch now: due, not yet tried by it, and not in flight. A claim by another lease is void.';

create function sovereign_sync.next_attempt_at(attempts integer)
returns timestamptz
language sql
volatile
set search_path = ''
as $$
  select now() + (0.5 + random() / 2)
    * least(interval '1 hour', interval '1 minute' * power(2, least(next_attempt_at.attempts, 10) - 1));
$$;

comment on function sovereign_sync.next_attempt_at(integer) is
  'When an application that failed so many attempts is tried again: 1 minute doubling to 1 hour, jitter over the upper half.';

-- In order of their keys, as everybody locks several of them, so that nobody waits in a circle. The open run may have
-- tried one already: it tries it again. A claim stays, so that its pass can settle it.
create function sovereign_sync.make_pending(ids text[])
returns void
language sql
set search_path = ''
as $$
  with locked as materialized (
    select s.g3_application_number as id
    from sovereign_sync.status as s
    where s.g3_application_number = any (make_pending.ids)
    order by s.g3_application_number
    for update
  )
  update sovereign_sync.status as s
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

comment on function sovereign_sync.make_pending(text[]) is
  'Applications to be fetched now, whatever is known of them, with all their attempts before them.';
