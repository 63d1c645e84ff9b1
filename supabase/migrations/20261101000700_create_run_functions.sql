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
  update public.sync_status as s
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
  trigger text,
  force boolean default false,
  moves_watermark boolean default true
)
returns table (outcome text, sync_log_id uuid, lease uuid, since_date date, listed boolean, pass integer)
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
      or open_sync_run.force and not run.force;
    if alive and (run.lease is not null or other_request) then
      return query select 'running', run.id, null::uuid, run.since_date, run.listed_at is not null, run.passes;
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
      return query select 'resumed', run.id, run.lease, run.since_date, run.listed_at is not null, run.passes;
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
    open_sync_run.since, open_sync_run.trigger, open_sync_run.force, open_sync_run.moves_watermark,
    'running', gen_random_uuid(), now(), 1
  )
  on conflict ((true)) where status = 'running' do nothing
  returning l.* into run;

  if not found then
    -- Somebody opened a run between the look and the insert.
    return query
      select 'running', l.id, null::uuid, l.since_date, l.listed_at is not null, l.passes
      from public.tblsovereignapplicationssynclog as l where l.status = 'running';
    return;
  end if;
  return query select 'opened', run.id, run.lease, run.since_date, false, run.passes;
end;
$$;

comment on function public.open_sync_run(date, text, boolean, boolean) is
  'Opens a run, or resumes one that was released or died 90 seconds ago. outcome: opened, resumed, or running (no lease).';

revoke all on function
  private.hold_sync_run(uuid),
  private.next_attempt_at(integer, boolean),
  private.void_claims(uuid),
  public.open_sync_run(date, text, boolean, boolean)
from public, anon, authenticated, service_role;

grant execute on function
  private.hold_sync_run(uuid),
  private.next_attempt_at(integer, boolean),
  private.void_claims(uuid),
  public.open_sync_run(date, text, boolean, boolean)
to service_role;
