-- How a pass ends: the run is closed as completed or failed, or released for its next pass.

create function private.occ_is_down(run public.tblsovereignapplicationssynclog)
returns boolean
language sql
immutable
set search_path = ''
as $$ select run.applications_fetched = 0 and run.fetch_failures >= 5; $$;

comment on function private.occ_is_down(public.tblsovereignapplicationssynclog) is
  'Not one of several applications could be fetched: that is OCC''s failure, not theirs.';

-- A run has failed when the list could not be had, or when nothing at all could be fetched or written. A run that only
-- tried again what had failed before says nothing new: a few poison records must not make every quiet night a failure.
create function private.sync_run_failed(run public.tblsovereignapplicationssynclog, reason text)
returns boolean
language sql
stable
set search_path = ''
as $$
  select run.listed_at is null
    or run.applications_fetched > 0 and run.applications_upserted = 0
    or run.applications_fetched = 0 and (
      sync_run_failed.reason is not null
      or private.occ_is_down(run)
      or run.fetch_failures > 0 and exists (
        select from public.sync_status as s
        where s.attempted_by_run = run.id and s.state <> 'synced' and s.attempts <= 1
      )
    );
$$;

comment on function private.sync_run_failed(public.tblsovereignapplicationssynclog, text) is
  'Whether a run that ends now, for this reason if any, has failed.';

create function private.close_sync_run(run public.tblsovereignapplicationssynclog, reason text)
returns public.tblsovereignapplicationssynclog
language plpgsql
set search_path = ''
as $$
declare
  has_failed constant boolean := private.sync_run_failed(run, close_sync_run.reason);
begin
  if private.occ_is_down(run) then
    update public.sync_status as s
    set state = 'failed', attempts = greatest(s.attempts - 1, 0), next_attempt_at = now()
    where s.attempted_by_run = run.id
      and (s.state = 'failed' or s.state = 'parked' and s.attempts >= private.max_attempts());
  end if;

  update public.tblsovereignapplicationssynclog as l
  set
    status = case when has_failed then 'failed' else 'completed' end,
    sync_completed_at = now(),
    lease = null,
    heartbeat_at = now(),
    error_details = case
      when close_sync_run.reason is null then l.error_details
      else coalesce(l.error_details, '{}') || jsonb_build_object('reason', close_sync_run.reason)
    end
  where l.id = run.id
  returning l.* into run;
  return run;
end;
$$;

comment on function private.close_sync_run(public.tblsovereignapplicationssynclog, text) is
  'Ends a run as completed or failed; gives attempts back when it was OCC that failed as a whole.';

-- Same transaction: the next pass is asked for exactly when the lease is free. The next tick is the safety net. Pausing
-- stops the schedule only: a run that has begun goes on to its end.
create function private.hand_over_run(run_id uuid)
returns public.tblsovereignapplicationssynclog
language plpgsql
set search_path = ''
as $$
declare
  run public.tblsovereignapplicationssynclog;
begin
  update public.tblsovereignapplicationssynclog as l
  set lease = null, heartbeat_at = now()
  where l.id = hand_over_run.run_id
  returning l.* into run;
  begin
    perform private.dispatch_sync('next_pass');
  exception when others then
    raise warning 'Cannot ask for the next pass: %', sqlerrm;
  end;
  return run;
end;
$$;

comment on function private.hand_over_run(uuid) is 'Releases a run and asks for its next pass.';

create function public.finish_sync_pass(
  lease uuid,
  hand_over boolean,
  reason text default null,
  warnings jsonb default '[]',
  anomalies jsonb default '[]'
)
returns table (
  status text,
  remaining integer,
  found integer,
  unchanged integer,
  fetched integer,
  upserted integer,
  fetch_failed integer,
  upsert_failed integer,
  errors jsonb
)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  run public.tblsovereignapplicationssynclog := private.hold_sync_run(finish_sync_pass.lease);
  due integer;
begin
  update public.tblsovereignapplicationssynclog as l
  set error_details = private.append_details(
    private.append_details(l.error_details, 'warnings', finish_sync_pass.warnings),
    'anomalies',
    finish_sync_pass.anomalies
  )
  where l.id = run.id
  returning l.* into run;

  perform private.release_claims(finish_sync_pass.lease);
  select count(*) into due from private.due_applications;

  if finish_sync_pass.hand_over and (due > 0 or run.listed_at is null) then
    run := private.hand_over_run(run.id);
  else
    run := private.close_sync_run(run, finish_sync_pass.reason);
  end if;

  return query select
    run.status, due, run.applications_found, run.applications_unchanged, run.applications_fetched,
    run.applications_upserted, run.fetch_failures, run.upsert_failures, coalesce(run.error_details -> 'errors', '[]');
end;
$$;

comment on function public.finish_sync_pass(uuid, boolean, text, jsonb, jsonb) is
  'Ends a pass: closes the run as completed or failed, or releases it and asks for the next pass in one transaction.';

revoke all on function
  private.occ_is_down(public.tblsovereignapplicationssynclog),
  private.sync_run_failed(public.tblsovereignapplicationssynclog, text),
  private.close_sync_run(public.tblsovereignapplicationssynclog, text),
  private.hand_over_run(uuid),
  public.finish_sync_pass(uuid, boolean, text, jsonb, jsonb)
from public, anon, authenticated, service_role;

grant execute on function
  private.occ_is_down(public.tblsovereignapplicationssynclog),
  private.sync_run_failed(public.tblsovereignapplicationssynclog, text),
  private.close_sync_run(public.tblsovereignapplicationssynclog, text),
  private.hand_over_run(uuid),
  public.finish_sync_pass(uuid, boolean, text, jsonb, jsonb)
to service_role;
