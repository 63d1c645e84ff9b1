-- How a pass ends: the run is closed as completed or failed, or released for its next pass. A cancelled run is closed.

-- One application that fails for its own fault is no failure of the run.
create function sovereign_sync.sync_run_failed(run public.tblsovereignapplicationssynclog, broke_off boolean)
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

comment on function sovereign_sync.sync_run_failed(public.tblsovereignapplicationssynclog, boolean) is
  'Whether a run that ends now has failed: it had no list, it broke off, or nothing at all could be fetched or written '
  'and that was not the applications'' fault.';

create function sovereign_sync.close_sync_run(run public.tblsovereignapplicationssynclog, reason text, broke_off boolean)
returns public.tblsovereignapplicationssynclog
language sql
set search_path = ''
as $$
  update public.tblsovereignapplicationssynclog as l
  set
    status = case when sovereign_sync.sync_run_failed(l, close_sync_run.broke_off) then 'failed' else 'completed' end,
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

comment on function sovereign_sync.close_sync_run(public.tblsovereignapplicationssynclog, text, boolean) is
  'Ends a run as completed or failed.';

-- Same transaction: the next pass is asked for exactly when the lease is free. The next tick is the safety net. Pausing
-- stops the schedule only: a run that has begun goes on to its end.
create function sovereign_sync.hand_over_run(run public.tblsovereignapplicationssynclog)
returns public.tblsovereignapplicationssynclog
language sql
set search_path = ''
as $$
  select sovereign_sync.dispatch_sync('next_pass', jsonb_build_object('syncLogId', run.id));

  update public.tblsovereignapplicationssynclog as l
  set lease = null, ended_lease = l.lease, heartbeat_at = now()
  where l.id = run.id
  returning l.*;
$$;

comment on function sovereign_sync.hand_over_run(public.tblsovereignapplicationssynclog) is
  'Releases a run and asks for its next pass.';

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
    run := sovereign_sync.prove_lease(finish_sync_pass.lease);
    given_back_count := sovereign_sync.give_back_failures(run.lease, finish_sync_pass.given_back);
    has_revived := sovereign_sync.note_occ(run, finish_sync_pass.occ, finish_sync_pass.failed_canaries);
    update public.tblsovereignapplicationssynclog as l
    set
      fetch_failures = l.fetch_failures + given_back_count,
      error_details = sovereign_sync.append_details(
        sovereign_sync.append_details(
          sovereign_sync.append_errors(l.error_details, sovereign_sync.to_errors(finish_sync_pass.given_back)),
          'warnings',
          finish_sync_pass.warnings
        ),
        'anomalies',
        finish_sync_pass.anomalies
      )
    where l.id = run.id
    returning l.* into run;
    perform sovereign_sync.release_claims(run.lease);

    -- What somebody holds locked could not be claimed by the next pass either, nor by the one after it.
    select d.requested_at is not null into is_asked_for
    from sovereign_sync.due_applications as d
    order by d.requested_at is null, d.attempts, d.next_attempt_at desc
    limit 1
    for update skip locked;
    if run.cancelled_at is not null then
      run := sovereign_sync.close_sync_run(run, sovereign_sync.describe_cancellation(run), broke_off => true);
      perform sovereign_sync.send_waiting_sync();
    elsif
      finish_sync_pass.hand_over and (is_asked_for is not null or run.listed_at is null)
      or (is_asked_for or has_revived and is_asked_for is not null)
        and not finish_sync_pass.broke_off and run.occ is distinct from 'unwell'
    then
      run := sovereign_sync.hand_over_run(run);
    else
      update public.tblsovereignapplicationssynclog as l
      set error_details = sovereign_sync.append_details(l.error_details, 'anomalies', sovereign_sync.date_offset_warning(run))
      where l.id = run.id;
      run := sovereign_sync.close_sync_run(run, finish_sync_pass.reason, finish_sync_pass.broke_off);
      perform sovereign_sync.send_waiting_sync();
    end if;
  end if;

  return query select
    run.status,
    (select count(*)::integer from sovereign_sync.status as s where s.next_attempt_at <= now()),
    run.applications_found, run.applications_unchanged, run.applications_fetched,
    run.applications_upserted, run.fetch_failures, run.upsert_failures, coalesce(run.error_details -> 'errors', '[]'),
    case when run.cancelled_at is null then '' else sovereign_sync.describe_cancellation(run) end;
end;
$$;

comment on function public.finish_sync_pass(uuid, boolean, text, boolean, jsonb, jsonb, text, text[], jsonb) is
  'Ends a pass: closes the run as completed or failed, or releases it and asks for the next pass in one transaction. '
  'occ: how it was found to be. given_back: failures that are OCC''s, [{"id", "error"}]. cancelled: by whom and when, or empty.';
