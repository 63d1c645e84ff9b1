-- Cancelling the run that is open.

-- The pass at work hears of it at its next call, and ends the run itself: nobody else can tell what it has in flight. A
-- run that no pass is at is ended here; the next pass it asked for finds it ended.
create function public.cancel_sync()
returns text
language plpgsql
set search_path = ''
as $$
declare
  run public.tblsovereignapplicationssynclog;
  is_at_work boolean;
  result text;
begin
  select l.* into run from public.tblsovereignapplicationssynclog as l where l.status = 'running' for update;
  is_at_work := run.lease is not null and not sovereign_sync.run_is_dead(run.heartbeat_at);
  if run.id is null then
    result := 'No sync is running.';
  elsif is_at_work and run.cancelled_at is not null then
    result := format('Sync %s is being cancelled already.', run.id);
  else
    update public.tblsovereignapplicationssynclog as l
    set
      cancelled_at = coalesce(l.cancelled_at, now()),
      -- The log is read by others than operators, so it names nobody.
      cancelled_by = coalesce(
        l.cancelled_by, case when sovereign_sync.acting_role() = 'authenticated' then 'an operator' else sovereign_sync.acting_role() end
      )
    where l.id = run.id
    returning l.* into run;
    if not is_at_work then
      perform sovereign_sync.close_dead_run(run);
    end if;
    delete from sovereign_sync.queued_sync as w where w.one_row;
    result := format(
      'Sync %s %s. What it left goes on with the next tick, unless the schedule is paused.%s',
      run.id, case when is_at_work then 'ends within half a minute' else 'is cancelled' end,
      case when found then ' The sync that waited for its end is cancelled too.' else '' end
    );
  end if;
  return sovereign_sync.record_action('cancel_sync', '{}', result);
end;
$$;

comment on function public.cancel_sync() is
  'Ends the run that is open, as failed with the reason that it was cancelled, and with it the sync that waits for its end. '
  'What it has stored stays, what is in flight is given back.';
