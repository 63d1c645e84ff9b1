-- Asking for a sync now.

create function sovereign_sync.require_past(action text, day date)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if require_past.day > sovereign_sync.today() then
    raise exception '% %: it must not be in the future; today is % in %',
      require_past.action, require_past.day, sovereign_sync.today(), (select s.time_zone from sovereign_sync.settings as s)
      using errcode = '22023', hint = 'sync_settings.time_zone says which day it is.';
  end if;
end;
$$;

comment on function sovereign_sync.require_past(text, date) is
  'Raises when a day has not come yet where the credit union is.';

create function sovereign_sync.describe_range(since date, force boolean)
returns text
language sql
immutable
set search_path = ''
as $$
  select coalesce('since ' || describe_range.since, 'since the last sync')
    || case when describe_range.force then ', whatever is current' else '' end;
$$;

comment on function sovereign_sync.describe_range(date, boolean) is 'What a sync covers, in words.';

create function public.sync_now(since date default null, force boolean default false)
returns text
language plpgsql
set search_path = ''
as $$
declare
  run public.tblsovereignapplicationssynclog;
  waiting sovereign_sync.queued_sync;
  dispatch_id bigint;
  result text;
begin
  perform sovereign_sync.require_past('Cannot sync since', sync_now.since);
  -- Locked, so that the run cannot end between this look and the commit, and leave what waits for it behind.
  select l.* into run from public.tblsovereignapplicationssynclog as l where l.status = 'running' for share;
  if run.id is not null and not sovereign_sync.run_is_dead(run.heartbeat_at) then
    waiting := sovereign_sync.let_sync_wait(sync_now.since, coalesce(sync_now.force, false));
    result := format(
      'Sync %s is running. The next one, %s, waits for its end and begins then.',
      run.id, sovereign_sync.describe_range(waiting.since, waiting.force)
    );
  else
    dispatch_id := sovereign_sync.dispatch_sync('manual', sovereign_sync.manual_sync(sync_now.since, sync_now.force));
    result := sovereign_sync.why_not_sent(dispatch_id);
    if result is null then
      perform sovereign_sync.let_sync_wait(sync_now.since, coalesce(sync_now.force, false), now());
      result := format(
        'Requested (dispatch %s) %s. Watch it in sync_runs; sync_dispatches says whether the function took it.',
        dispatch_id, sovereign_sync.describe_range(sync_now.since, sync_now.force)
      );
    end if;
  end if;
  return sovereign_sync.record_action('sync_now', jsonb_build_object('since', sync_now.since, 'force', sync_now.force), result);
end;
$$;

comment on function public.sync_now(date, boolean) is
  'Asks for a sync now, since a date or since the last sync; force fetches everything listed, and stores it whatever its '
  'date. While another one runs it waits for the end of that, one at most: what is asked for meanwhile is done by it too.';
