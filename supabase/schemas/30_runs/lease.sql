-- One run at a time. The row lock on the running row decides every race; the lease fences off a pass that lost it.

create function sovereign_sync.run_is_dead(heartbeat_at timestamptz)
returns boolean
language sql
stable
set search_path = ''
as $$
  select coalesce(run_is_dead.heartbeat_at, '-infinity') <= now() - interval '90 seconds';
$$;

comment on function sovereign_sync.run_is_dead(timestamptz) is
  'Whether an open run has shown no sign of life for so long that whoever comes next takes its place.';

create function sovereign_sync.run_is_abandoned(heartbeat_at timestamptz)
returns boolean
language sql
stable
set search_path = ''
as $$
  select coalesce(run_is_abandoned.heartbeat_at, '-infinity') <= now() - interval '10 minutes';
$$;

comment on function sovereign_sync.run_is_abandoned(timestamptz) is
  'Whether a dead run has waited so long for whoever comes next that the minutely watch ends it.';

-- Every call of a pass starts here: proves the lease, locks the run against a takeover, shows a sign of life.
create function sovereign_sync.prove_lease(lease uuid)
returns public.tblsovereignapplicationssynclog
language plpgsql
set search_path = ''
as $$
declare
  run public.tblsovereignapplicationssynclog;
begin
  update public.tblsovereignapplicationssynclog as l
  set heartbeat_at = now()
  where l.status = 'running' and l.lease = prove_lease.lease
  returning l.* into run;
  if run.id is null then
    raise exception 'The lease on the sync run is lost' using errcode = 'PT409';
  end if;
  return run;
end;
$$;

comment on function sovereign_sync.prove_lease(uuid) is
  'Returns the running row held by this lease, locked and with a fresh heartbeat; raises PT409 when the lease is lost.';

create function sovereign_sync.hold_sync_run(lease uuid)
returns public.tblsovereignapplicationssynclog
language plpgsql
set search_path = ''
as $$
declare
  run constant public.tblsovereignapplicationssynclog := sovereign_sync.prove_lease(hold_sync_run.lease);
begin
  if run.cancelled_at is not null then
    raise exception 'The sync run is cancelled' using errcode = 'PT410';
  end if;
  return run;
end;
$$;

comment on function sovereign_sync.hold_sync_run(uuid) is
  'The same for all a pass does but its end: raises PT410 when the run is cancelled, and the pass has to end.';

create function sovereign_sync.close_dead_run(run public.tblsovereignapplicationssynclog)
returns void
language sql
set search_path = ''
as $$
  select sovereign_sync.void_claims(run.lease);

  update public.tblsovereignapplicationssynclog as l
  set
    status = 'failed',
    sync_completed_at = now(),
    lease = null,
    error_details = coalesce(l.error_details, '{}') || jsonb_build_object(
      'reason', case
        when l.cancelled_at is not null then sovereign_sync.describe_cancellation(l)
        when l.lease is null then 'Its next pass never came; what it left goes on in the next run'
        else 'Its worker died; what it left goes on in the next run'
      end
    )
  where l.id = run.id;
$$;

comment on function sovereign_sync.close_dead_run(public.tblsovereignapplicationssynclog) is
  'Ends a run that shows no sign of life. What it enqueued stays enqueued, what it had claimed is due at once.';

create function sovereign_sync.close_abandoned_run()
returns void
language sql
set search_path = ''
as $$
  with abandoned as materialized (
    select l as run
    from public.tblsovereignapplicationssynclog as l
    where l.status = 'running' and sovereign_sync.run_is_abandoned(l.heartbeat_at)
    for update skip locked
  )
  select sovereign_sync.close_dead_run(a.run) from abandoned as a;
$$;

comment on function sovereign_sync.close_abandoned_run() is
  'Ends a run that has been dead for long and that nobody came to take over, such as while the schedule is paused.';
