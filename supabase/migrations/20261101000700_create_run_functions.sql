-- One run at a time. The row lock on the running row decides every race, the lease fences off whoever lost it.

-- Every call of a pass starts here: proves the lease, locks the run against a takeover, shows a sign of life.
create function private.hold_sync_run(lease uuid)
returns public.tblsovereignapplicationssynclog
language plpgsql
set search_path = ''
as $$
declare
  run public.tblsovereignapplicationssynclog;
begin
  update public.tblsovereignapplicationssynclog as l
  set heartbeat_at = now()
  where l.status = 'running' and l.lease = hold_sync_run.lease
  returning l.* into run;
  if run.id is null then
    raise exception 'The lease on the sync run is lost' using errcode = 'PT409';
  end if;
  return run;
end;
$$;

comment on function private.hold_sync_run(uuid) is
  'Returns the running row held by this lease, locked and with a fresh heartbeat; raises PT409 when the lease is lost.';

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

-- Claims whose pass is gone. The claim stays counted, so an application that kills its worker is parked in the end.
create function private.void_claims(lease uuid)
returns void
language sql
set search_path = ''
as $$
  update public.tblsovereignapplicationssyncstatus as s
  set
    state = case when s.attempts >= 8 then 'parked' else 'failed' end,
    lapses = s.lapses + 1,
    next_attempt_at = case when s.attempts >= 8 then private.next_attempt_at(s.attempts, true) else now() end,
    last_error = 'The worker that fetched it died before it was done',
    claimed_by = null,
    claimed_until = null
  where s.claimed_by = void_claims.lease;
$$;

comment on function private.void_claims(uuid) is
  'Gives back the claims of a dead pass; from two such lapses on an application is claimed alone.';

create function public.open_sync_run(
  since date,
  run_trigger text,
  force_all boolean default false,
  moves_watermark boolean default true
)
returns table (outcome text, sync_log_id uuid, lease uuid, since_date date, forced boolean, listed boolean, pass integer)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  run public.tblsovereignapplicationssynclog;
  alive boolean;
  other_request boolean;
begin
  select l.* into run from public.tblsovereignapplicationssynclog as l where l.status = 'running' for update;

  if run.id is not null then
    -- A released run (no lease) is resumed by its own next pass; whoever wants another one waits for it.
    alive := run.heartbeat_at > now() - interval '90 seconds';
    other_request := not open_sync_run.moves_watermark and open_sync_run.since <> run.since_date
      or open_sync_run.force_all and not run.force;
    if alive and (run.lease is not null or other_request) then
      return query select 'running', run.id, null::uuid, run.since_date, run.force, run.listed_at is not null, run.passes;
      return;
    end if;

    perform private.void_claims(run.lease);
    if not other_request then
      update public.tblsovereignapplicationssynclog as l
      set
        lease = gen_random_uuid(),
        heartbeat_at = now(),
        passes = l.passes + 1,
        -- Without a finished list the next pass lists again, from nothing.
        applications_found = case when l.listed_at is null then 0 else l.applications_found end,
        applications_unchanged = case when l.listed_at is null then 0 else l.applications_unchanged end,
        applications_enqueued = case when l.listed_at is null then 0 else l.applications_enqueued end
      where l.id = run.id
      returning l.* into run;
      return query select 'resumed', run.id, run.lease, run.since_date, run.force, run.listed_at is not null, run.passes;
      return;
    end if;

    -- A dead run must not keep an operator from another date. What it enqueued stays enqueued.
    update public.tblsovereignapplicationssynclog as l
    set
      status = 'failed',
      sync_completed_at = now(),
      lease = null,
      error_details = coalesce(l.error_details, '{}') || jsonb_build_object(
        'reason', 'Its worker died; a manual run took its place'
      )
    where l.id = run.id;
  end if;

  insert into public.tblsovereignapplicationssynclog as l
    (since_date, trigger, force, moves_watermark, status, lease, heartbeat_at, passes)
  values (
    open_sync_run.since, open_sync_run.run_trigger, open_sync_run.force_all, open_sync_run.moves_watermark,
    'running', gen_random_uuid(), now(), 1
  )
  on conflict ((true)) where status = 'running' do nothing
  returning l.* into run;

  if not found then
    -- Somebody opened a run between the look and the insert.
    return query
      select 'running', l.id, null::uuid, l.since_date, l.force, l.listed_at is not null, l.passes
      from public.tblsovereignapplicationssynclog as l where l.status = 'running';
    return;
  end if;
  return query select 'opened', run.id, run.lease, run.since_date, run.force, false, run.passes;
end;
$$;

comment on function public.open_sync_run(date, text, boolean, boolean) is
  'Opens a run, or resumes one that was released or died 90 seconds ago. outcome: opened, resumed, or running (no lease).';

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
        select from public.tblsovereignapplicationssyncstatus as s
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
    update public.tblsovereignapplicationssyncstatus as s
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
  warnings jsonb default '[]'
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
  if jsonb_array_length(finish_sync_pass.warnings) > 0 then
    update public.tblsovereignapplicationssynclog as l
    set error_details = coalesce(l.error_details, '{}') || jsonb_build_object(
      'warnings', coalesce(l.error_details -> 'warnings', '[]') || finish_sync_pass.warnings
    )
    where l.id = run.id;
  end if;

  -- What is still claimed was never started: the attempt is not held against it.
  update public.tblsovereignapplicationssyncstatus as s
  set attempts = greatest(s.attempts - 1, 0), claimed_by = null, claimed_until = null
  where s.claimed_by = finish_sync_pass.lease;

  select count(*) into due
  from public.tblsovereignapplicationssyncstatus as s
  where s.state <> 'synced' and s.next_attempt_at <= now() and s.attempted_by_run is distinct from run.id;

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
comment on function public.finish_sync_pass(uuid, boolean, text, jsonb) is
  'Ends a pass: closes the run as completed or failed, or releases it and asks for the next pass in one transaction.';

revoke all on function
  private.hold_sync_run(uuid),
  private.next_attempt_at(integer, boolean),
  private.void_claims(uuid),
  private.sync_run_failed(public.tblsovereignapplicationssynclog, text),
  private.close_sync_run(uuid, text),
  public.open_sync_run(date, text, boolean, boolean),
  public.finish_sync_pass(uuid, boolean, text, jsonb)
from public, anon, authenticated, service_role;

grant execute on function
  private.hold_sync_run(uuid),
  private.next_attempt_at(integer, boolean),
  private.void_claims(uuid),
  private.sync_run_failed(public.tblsovereignapplicationssynclog, text),
  private.close_sync_run(uuid, text),
  public.open_sync_run(date, text, boolean, boolean),
  public.finish_sync_pass(uuid, boolean, text, jsonb)
to service_role;
