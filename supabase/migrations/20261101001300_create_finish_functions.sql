-- How a pass ends: the run is closed as completed or failed, or released for its next pass. Cancelled, it is closed.

-- One application that fails for its own fault is no failure of the run.
create function private.sync_run_failed(run public.tblsovereignapplicationssynclog, broke_off boolean)
returns boolean
language sql
immutable
set search_path = ''
as $$
  select sync_run_failed.broke_off
    or run.listed_at is null
    or run.applications_fetched = 0 and coalesce(run.occ in ('unwell', 'unknown'), false)
    or run.applications_upserted = 0 and run.upsert_failures >= 5;
$$;

comment on function private.sync_run_failed(public.tblsovereignapplicationssynclog, boolean) is
  'Whether a run that ends now has failed: it had no list, it broke off, or nothing at all could be fetched or written '
  'and that was not the applications'' fault.';

create function private.close_sync_run(run public.tblsovereignapplicationssynclog, reason text, broke_off boolean)
returns public.tblsovereignapplicationssynclog
language sql
set search_path = ''
as $$
  update public.tblsovereignapplicationssynclog as l
  set
    status = case when private.sync_run_failed(l, close_sync_run.broke_off) then 'failed' else 'completed' end,
    sync_completed_at = now(),
    lease = null,
    ended_lease = l.lease,
    heartbeat_at = now(),
    error_details = case
      when close_sync_run.reason is null then l.error_details
      else coalesce(l.error_details, '{}') || jsonb_build_object('reason', close_sync_run.reason)
    end
  where l.id = run.id
  returning l.*;
$$;

comment on function private.close_sync_run(public.tblsovereignapplicationssynclog, text, boolean) is
  'Ends a run as completed or failed.';

-- Same transaction: the next pass is asked for exactly when the lease is free. The next tick is the safety net. Pausing
-- stops the schedule only: a run that has begun goes on to its end.
create function private.hand_over_run(run public.tblsovereignapplicationssynclog)
returns public.tblsovereignapplicationssynclog
language sql
set search_path = ''
as $$
  select private.dispatch_sync('next_pass', jsonb_build_object('syncLogId', run.id));

  update public.tblsovereignapplicationssynclog as l
  set lease = null, ended_lease = l.lease, heartbeat_at = now()
  where l.id = run.id
  returning l.*;
$$;

comment on function private.hand_over_run(public.tblsovereignapplicationssynclog) is
  'Releases a run and asks for its next pass.';

-- What failed because OCC did is due at once, and none the worse for it.
create function private.give_back_failures(lease uuid, failures jsonb)
returns integer
language sql
set search_path = ''
as $$
  with failed as materialized (
    select s.g3_application_number as id, f.error
    from jsonb_to_recordset(give_back_failures.failures) as f (id text, error text)
    join public.sync_status as s on s.g3_application_number = f.id
    where s.claimed_by = give_back_failures.lease
    order by s.g3_application_number
    for update of s skip locked
  ),
  given_back as (
    update public.sync_status as s
    set last_error = f.error, lapses = 0, claimed_by = null, claimed_at = null
    from failed as f
    where s.g3_application_number = f.id
    returning 1
  )
  select count(*)::integer from given_back;
$$;

comment on function private.give_back_failures(uuid, jsonb) is
  'Ends the claims of what failed because OCC failed as a whole: not counted, due at once.';

create function private.revive_failures()
returns void
language sql
set search_path = ''
as $$
  with failed as materialized (
    select s.g3_application_number as id
    from public.sync_status as s
    where s.state in ('failed', 'parked') and s.claimed_by is null
    order by s.g3_application_number
    for update skip locked
  )
  update public.sync_status as s
  set state = 'failed', next_attempt_at = now()
  from failed as f
  where s.g3_application_number = f.id;
$$;

comment on function private.revive_failures() is
  'Makes all failed and parked applications due: it was OCC that failed, before anybody could tell.';

-- Their own waits are up to an hour: nobody would notice sooner that OCC is back. Of those tried equally often, the one
-- whose wait ends first is the one tried longest ago. It is one a run, and none that has been tried often: what fails for
-- its own fault, and there is nothing else, would be fetched at each tick for ever.
create function private.keep_asking()
returns void
language sql
set search_path = ''
as $$
  with chosen as materialized (
    select s.g3_application_number as id
    from public.sync_status as s
    where s.state = 'failed' and s.claimed_by is null and s.attempts < private.attempts_in_doubt()
    order by s.attempts, s.next_attempt_at
    limit 1
    for update skip locked
  )
  update public.sync_status as s
  set next_attempt_at = least(s.next_attempt_at, now())
  from chosen as c
  where s.g3_application_number = c.id;
$$;

comment on function private.keep_asking() is
  'Makes the failed application that was tried least, and longest ago, due: while nobody can tell how OCC is, it stands in '
  'for a canary.';

-- Something is stored, or canaries answer, after a time in which nobody could tell whose fault it was that nothing could
-- be fetched: it was OCC's. What is fetched and not stored leaves no canary behind: a row that Postgres rejects would
-- prove it again at each attempt, and revive all others.
create function private.note_occ(run public.tblsovereignapplicationssynclog, occ text, failed_canaries text[])
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  was_in_doubt boolean := private.is_in_doubt();
  has_revived boolean := false;
begin
  with failed as materialized (
    select s.g3_application_number as id
    from public.sync_status as s
    where s.g3_application_number = any (note_occ.failed_canaries)
    order by s.g3_application_number
    for update skip locked
  )
  update public.sync_status as s
  set no_canary_until = now() + interval '1 day'
  from failed as f
  where s.g3_application_number = f.id;
  if run.applications_upserted > 0 and (was_in_doubt or occ = 'unknown') then
    occ := coalesce(nullif(occ, 'unknown'), 'well');
  end if;
  if was_in_doubt and (run.applications_upserted > 0 or occ = 'well') then
    perform private.revive_failures();
    has_revived := true;
  elsif was_in_doubt or occ = 'unknown' then
    perform private.keep_asking();
  end if;
  update public.tblsovereignapplicationssynclog as l
  set occ = coalesce(note_occ.occ, l.occ)
  where l.id = run.id;
  return has_revived;
end;
$$;

comment on function private.note_occ(public.tblsovereignapplicationssynclog, text, text[]) is
  'Remembers how a pass found OCC to be, and which canaries not to ask again for a day. Whether what had failed is due '
  'again, because OCC is back.';

create function private.date_offset_warning(run public.tblsovereignapplicationssynclog)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(jsonb_agg(format(
    'The details of %s of %s applications are dated %s hours %s than OCC''s list says: is OCC_TIME_ZONE right?',
    o.value, run.applications_fetched, round(abs(o.key::numeric) / 3600, 2),
    case when o.key::numeric > 0 then 'later' else 'earlier' end
  )), '[]')
  from jsonb_each_text(run.date_offsets) as o
  where o.key <> '0' and o.value::integer >= 5 and o.value::integer * 2 > run.applications_fetched;
$$;

comment on function private.date_offset_warning(public.tblsovereignapplicationssynclog) is
  'A warning when list and details of most of a run differ by one and the same offset.';

create function public.finish_sync_pass(
  lease uuid,
  hand_over boolean,
  reason text default null,
  broke_off boolean default false,
  warnings jsonb default '[]',
  anomalies jsonb default '[]',
  occ text default null,
  failed_canaries text[] default '{}',
  given_back jsonb default '[]'
)
returns table (
  status text,
  remaining integer,
  applications_found integer,
  unchanged integer,
  fetched integer,
  upserted integer,
  fetch_failed integer,
  upsert_failed integer,
  errors jsonb,
  cancelled text
)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  run public.tblsovereignapplicationssynclog;
  given_back_count integer;
  has_revived boolean;
  is_asked_for boolean;
begin
  -- Repeated, because its answer was lost: what it did is done.
  select l.* into run
  from public.tblsovereignapplicationssynclog as l
  where l.ended_lease = finish_sync_pass.lease and l.lease is distinct from finish_sync_pass.lease;

  if run.id is null then
    run := private.prove_lease(finish_sync_pass.lease);
    given_back_count := private.give_back_failures(run.lease, finish_sync_pass.given_back);
    has_revived := private.note_occ(run, finish_sync_pass.occ, finish_sync_pass.failed_canaries);
    update public.tblsovereignapplicationssynclog as l
    set
      fetch_failures = l.fetch_failures + given_back_count,
      error_details = private.append_details(
        private.append_details(
          private.append_errors(l.error_details, private.to_errors(finish_sync_pass.given_back)),
          'warnings',
          finish_sync_pass.warnings
        ),
        'anomalies',
        finish_sync_pass.anomalies
      )
    where l.id = run.id
    returning l.* into run;
    perform private.release_claims(run.lease);

    -- What somebody holds locked could not be claimed by the next pass either, nor by the one after it.
    select d.requested_at is not null into is_asked_for
    from private.due_applications as d
    order by d.requested_at is null, d.attempts, d.next_attempt_at desc
    limit 1
    for update skip locked;
    if run.cancelled_at is not null then
      run := private.close_sync_run(run, private.describe_cancellation(run), broke_off => true);
      perform private.send_waiting_sync();
    elsif
      finish_sync_pass.hand_over and (is_asked_for is not null or run.listed_at is null)
      or (is_asked_for or has_revived and is_asked_for is not null)
        and not finish_sync_pass.broke_off and run.occ is distinct from 'unwell'
    then
      run := private.hand_over_run(run);
    else
      update public.tblsovereignapplicationssynclog as l
      set error_details = private.append_details(l.error_details, 'anomalies', private.date_offset_warning(run))
      where l.id = run.id;
      run := private.close_sync_run(run, finish_sync_pass.reason, finish_sync_pass.broke_off);
      perform private.send_waiting_sync();
    end if;
  end if;

  return query select
    run.status,
    (select count(*)::integer from public.sync_status as s where s.next_attempt_at <= now()),
    run.applications_found, run.applications_unchanged, run.applications_fetched,
    run.applications_upserted, run.fetch_failures, run.upsert_failures, coalesce(run.error_details -> 'errors', '[]'),
    case when run.cancelled_at is null then '' else private.describe_cancellation(run) end;
end;
$$;

comment on function public.finish_sync_pass(uuid, boolean, text, boolean, jsonb, jsonb, text, text[], jsonb) is
  'Ends a pass: closes the run as completed or failed, or releases it and asks for the next pass in one transaction. '
  'occ: how it was found to be. given_back: failures that are OCC''s, [{"id", "error"}]. cancelled: by whom and when, or empty.';

revoke all on function
  private.sync_run_failed(public.tblsovereignapplicationssynclog, boolean),
  private.close_sync_run(public.tblsovereignapplicationssynclog, text, boolean),
  private.hand_over_run(public.tblsovereignapplicationssynclog),
  private.give_back_failures(uuid, jsonb),
  private.revive_failures(),
  private.keep_asking(),
  private.note_occ(public.tblsovereignapplicationssynclog, text, text[]),
  private.date_offset_warning(public.tblsovereignapplicationssynclog),
  public.finish_sync_pass(uuid, boolean, text, boolean, jsonb, jsonb, text, text[], jsonb)
from public, anon, authenticated, service_role;

grant execute on function
  private.sync_run_failed(public.tblsovereignapplicationssynclog, boolean),
  private.close_sync_run(public.tblsovereignapplicationssynclog, text, boolean),
  private.hand_over_run(public.tblsovereignapplicationssynclog),
  private.give_back_failures(uuid, jsonb),
  private.revive_failures(),
  private.keep_asking(),
  private.note_occ(public.tblsovereignapplicationssynclog, text, text[]),
  private.date_offset_warning(public.tblsovereignapplicationssynclog),
  public.finish_sync_pass(uuid, boolean, text, boolean, jsonb, jsonb, text, text[], jsonb)
to service_role;
