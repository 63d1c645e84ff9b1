-- How a pass ends: the run is closed as completed or failed, or released for its next pass.

-- A run has failed when the list could not be had, or when nothing at all could be fetched or written. A run that only
-- tried again what had failed before says nothing new: a few poison records must not make every quiet night a failure.
create function private.sync_run_failed(run public.tblsovereignapplicationssynclog, reason text)
returns boolean
language sql
stable
set search_path = ''
as $$
  select run.listed_at is null
    or (run.applications_fetched = 0 and (
      sync_run_failed.reason is not null
      or run.fetch_failures >= 5
      or run.fetch_failures > 0 and exists (
        select from public.sync_status as s
        where s.attempted_by_run = run.id and s.state <> 'synced' and s.attempts <= 1
      )
    ))
    or (run.applications_fetched > 0 and run.applications_upserted = 0);
$$;

create function private.close_sync_run(run_id uuid, reason text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  run public.tblsovereignapplicationssynclog;
begin
  select l.* into run from public.tblsovereignapplicationssynclog as l where l.id = close_sync_run.run_id for update;
  if private.sync_run_failed(run, close_sync_run.reason) and run.applications_fetched = 0 and run.fetch_failures >= 5 then
    -- Not one of several could be fetched: that is OCC's failure, not theirs.
    update public.sync_status as s
    set state = 'failed', attempts = greatest(s.attempts - 1, 0), next_attempt_at = now()
    where s.attempted_by_run = run.id and (s.state = 'failed' or s.state = 'parked' and s.attempts >= 8);
  end if;

  update public.tblsovereignapplicationssynclog as l
  set
    status = case when private.sync_run_failed(run, close_sync_run.reason) then 'failed' else 'completed' end,
    sync_completed_at = now(),
    lease = null,
    heartbeat_at = now(),
    error_details = case
      when close_sync_run.reason is null then l.error_details
      else coalesce(l.error_details, '{}') || jsonb_build_object('reason', close_sync_run.reason)
    end
  where l.id = run.id;
end;
$$;

comment on function private.close_sync_run(uuid, text) is
  'Ends a run as completed or failed; gives attempts back when it was OCC that failed as a whole.';

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
  if jsonb_array_length(finish_sync_pass.warnings || finish_sync_pass.anomalies) > 0 then
    update public.tblsovereignapplicationssynclog as l
    set error_details = coalesce(l.error_details, '{}') || jsonb_strip_nulls(jsonb_build_object(
      'warnings', coalesce(l.error_details -> 'warnings', '[]') || finish_sync_pass.warnings,
      -- Those that raise an alert.
      'anomalies', nullif(coalesce(l.error_details -> 'anomalies', '[]') || finish_sync_pass.anomalies, '[]')
    ))
    where l.id = run.id;
  end if;

  -- What is still claimed was never started: the attempt is not held against it.
  update public.sync_status as s
  set attempts = greatest(s.attempts - 1, 0), claimed_by = null, claimed_until = null
  where s.claimed_by = finish_sync_pass.lease;

  select count(*) into due
  from public.sync_status as s
  where s.state <> 'synced' and s.next_attempt_at <= now() and s.attempted_by_run is distinct from run.id
    and (run.trigger <> 'applications' or s.requested_by_run = run.id);

  if finish_sync_pass.hand_over and (due > 0 or run.listed_at is null) then
    update public.tblsovereignapplicationssynclog as l
    set lease = null, heartbeat_at = now()
    where l.id = run.id
    returning l.* into run;
    begin
      -- Same transaction: the next pass is asked for exactly when the lease is free. The next tick is the safety net.
      perform private.invoke_sync_applications();
    exception when others then
      raise warning 'Cannot ask for the next pass: %', sqlerrm;
    end;
  else
    perform private.close_sync_run(run.id, finish_sync_pass.reason);
    select l.* into run from public.tblsovereignapplicationssynclog as l where l.id = run.id;
  end if;

  return query select
    run.status, due, run.applications_found, run.applications_unchanged, run.applications_fetched,
    run.applications_upserted, run.fetch_failures, run.upsert_failures, coalesce(run.error_details -> 'errors', '[]');
end;
$$;
comment on function public.finish_sync_pass(uuid, boolean, text, jsonb, jsonb) is
  'Ends a pass: closes the run as completed or failed, or releases it and asks for the next pass in one transaction.';

revoke all on function
  private.sync_run_failed(public.tblsovereignapplicationssynclog, text),
  private.close_sync_run(uuid, text),
  public.finish_sync_pass(uuid, boolean, text, jsonb, jsonb)
from public, anon, authenticated, service_role;

grant execute on function
  private.sync_run_failed(public.tblsovereignapplicationssynclog, text),
  private.close_sync_run(uuid, text),
  public.finish_sync_pass(uuid, boolean, text, jsonb, jsonb)
to service_role;
