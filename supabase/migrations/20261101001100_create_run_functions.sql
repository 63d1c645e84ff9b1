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

create function private.append_details(details jsonb, key text, entries jsonb)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select case
    when jsonb_array_length(append_details.entries) > 0
    then coalesce(append_details.details, '{}') || jsonb_build_object(
      append_details.key, coalesce(append_details.details -> append_details.key, '[]') || append_details.entries
    )
    else append_details.details
  end;
$$;

comment on function private.append_details(jsonb, text, jsonb) is
  'A run''s error_details with entries added to one of its lists: errors, warnings, or anomalies, which raise an alert.';

create function private.resume_sync_run(run_id uuid)
returns public.tblsovereignapplicationssynclog
language sql
set search_path = ''
as $$
  update public.tblsovereignapplicationssynclog as l
  set
    lease = gen_random_uuid(),
    heartbeat_at = now(),
    passes = l.passes + 1,
    -- Without a finished list the next pass lists again, from nothing.
    applications_found = case when l.listed_at is null then 0 else l.applications_found end,
    applications_unchanged = case when l.listed_at is null then 0 else l.applications_unchanged end,
    applications_enqueued = case when l.listed_at is null then 0 else l.applications_enqueued end
  where l.id = resume_sync_run.run_id
  returning l.*;
$$;

comment on function private.resume_sync_run(uuid) is 'Gives a run that nobody works on to a new pass.';

create function private.fail_dead_run(run_id uuid)
returns void
language sql
set search_path = ''
as $$
  update public.tblsovereignapplicationssynclog as l
  set
    status = 'failed',
    sync_completed_at = now(),
    lease = null,
    error_details = coalesce(l.error_details, '{}') || jsonb_build_object(
      'reason', 'Its worker died; a manual run took its place'
    )
  where l.id = fail_dead_run.run_id;
$$;

comment on function private.fail_dead_run(uuid) is
  'Ends a dead run in favour of another one. What it enqueued stays enqueued.';

create function public.open_sync_run(
  since date,
  trigger text,
  force boolean default false,
  moves_watermark boolean default true
)
returns table (
  outcome text,
  sync_log_id uuid,
  lease uuid,
  since_date date,
  listed boolean,
  pass integer,
  due integer
)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  run public.tblsovereignapplicationssynclog;
  answer text := 'opened';
  wants_another boolean;
begin
  select l.* into run from public.tblsovereignapplicationssynclog as l where l.status = 'running' for update;

  if run.id is not null then
    -- A released run (no lease) is resumed by its own next pass; whoever wants another one waits for it.
    wants_another := not open_sync_run.moves_watermark and open_sync_run.since <> run.since_date
      or open_sync_run.force and not run.force;
    if not private.run_is_dead(run.heartbeat_at) and (run.lease is not null or wants_another) then
      answer := 'running';
    else
      perform private.void_claims(run.lease);
      if wants_another then
        -- A dead run must not keep an operator from another date.
        perform private.fail_dead_run(run.id);
      else
        run := private.resume_sync_run(run.id);
        answer := 'resumed';
      end if;
    end if;
  end if;

  if answer = 'opened' then
    insert into public.tblsovereignapplicationssynclog as l
      (since_date, trigger, force, moves_watermark, status, lease, heartbeat_at, passes)
    values (
      open_sync_run.since,
      -- The run that asked for its next pass has ended meanwhile.
      case open_sync_run.trigger when 'next_pass' then 'schedule' else open_sync_run.trigger end,
      open_sync_run.force, open_sync_run.moves_watermark, 'running', gen_random_uuid(), now(), 1
    )
    on conflict ((true)) where status = 'running' do nothing
    returning l.* into run;
    if not found then
      -- Somebody opened a run between the look and the insert.
      select l.* into run from public.tblsovereignapplicationssynclog as l where l.status = 'running';
      answer := 'running';
    end if;
  end if;

  return query select
    answer,
    run.id,
    case when answer <> 'running' then run.lease end,
    run.since_date,
    run.listed_at is not null,
    run.passes,
    case
      when answer = 'resumed' and run.listed_at is not null
      then (select count(*)::integer from private.due_applications)
      else 0
    end
  where run.id is not null;
end;
$$;

comment on function public.open_sync_run(date, text, boolean, boolean) is
  'Opens a run, or resumes one that was released or died 90 seconds ago. outcome: opened, resumed, or running (no lease). '
  'due: how many applications a run that has its list already has to fetch now.';

revoke all on function
  private.hold_sync_run(uuid),
  private.append_details(jsonb, text, jsonb),
  private.resume_sync_run(uuid),
  private.fail_dead_run(uuid),
  public.open_sync_run(date, text, boolean, boolean)
from public, anon, authenticated, service_role;

grant execute on function
  private.hold_sync_run(uuid),
  private.append_details(jsonb, text, jsonb),
  private.resume_sync_run(uuid),
  private.fail_dead_run(uuid),
  public.open_sync_run(date, text, boolean, boolean)
to service_role;
