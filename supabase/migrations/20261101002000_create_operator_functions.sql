-- What an operator does, each in one call with a clear result, which sync_actions keeps. postgres (Studio's SQL editor) and
-- service_role may call them, nobody else.

create function private.counted(number bigint, singular text, plural text default null)
returns text
language sql
immutable
set search_path = ''
as $$
  select counted.number || ' ' || case
    when counted.number = 1 then counted.singular
    else coalesce(counted.plural, counted.singular || 's')
  end;
$$;

comment on function private.counted(bigint, text, text) is
  'A number with its noun, or with its whole sentence: 1 application, 2 applications.';

create function private.why_not_sent(dispatch_id bigint)
returns text
language sql
stable
set search_path = ''
as $$
  select 'Cannot be sent: ' || d.message
  from private.sync_dispatches as d
  where d.id = why_not_sent.dispatch_id and d.outcome = 'not sent';
$$;

comment on function private.why_not_sent(bigint) is 'Why a dispatch could not even be queued, in words; else null.';

create function private.require_past(action text, day date)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if require_past.day > private.today() then
    raise exception '% %: it must not be in the future; today is % in %',
      require_past.action, require_past.day, private.today(), (select s.time_zone from public.sync_settings as s)
      using errcode = '22023', hint = 'sync_settings.time_zone says which day it is.';
  end if;
end;
$$;

comment on function private.require_past(text, date) is 'Raises when a day has not come yet where the credit union is.';

create function private.describe_range(since date, force boolean)
returns text
language sql
immutable
set search_path = ''
as $$
  select coalesce('since ' || describe_range.since, 'since the last sync')
    || case when describe_range.force then ', whatever is current' else '' end;
$$;

comment on function private.describe_range(date, boolean) is 'What a sync covers, in words.';

create function public.sync_now(since date default null, force boolean default false)
returns text
language plpgsql
set search_path = ''
as $$
declare
  run public.tblsovereignapplicationssynclog;
  waiting private.waiting_sync;
  dispatch_id bigint;
  result text;
begin
  perform private.require_past('Cannot sync since', sync_now.since);
  -- Locked, so that the run cannot end between this look and the commit, and leave what waits for it behind.
  select l.* into run from public.tblsovereignapplicationssynclog as l where l.status = 'running' for share;
  if run.id is not null and not private.run_is_dead(run.heartbeat_at) then
    waiting := private.let_sync_wait(sync_now.since, coalesce(sync_now.force, false));
    result := format(
      'Sync %s is running. The next one, %s, waits for its end and begins then.',
      run.id, private.describe_range(waiting.since, waiting.force)
    );
  else
    dispatch_id := private.dispatch_sync('manual', private.manual_sync(sync_now.since, sync_now.force));
    result := private.why_not_sent(dispatch_id);
    if result is null then
      perform private.let_sync_wait(sync_now.since, coalesce(sync_now.force, false), now());
      result := format(
        'Requested (dispatch %s) %s. Watch it in sync_runs; sync_dispatches says whether the function took it.',
        dispatch_id, private.describe_range(sync_now.since, sync_now.force)
      );
    end if;
  end if;
  return private.record_action('sync_now', jsonb_build_object('since', sync_now.since, 'force', sync_now.force), result);
end;
$$;

comment on function public.sync_now(date, boolean) is
  'Asks for a sync now, since a date or since the last sync; force fetches everything listed, and stores it whatever its '
  'date. While another one runs it waits for the end of that, one at most: what is asked for meanwhile is done by it too.';

create function public.forget_application(id text, reason text)
returns text
language plpgsql
set search_path = ''
as $$
declare
  forgotten public.sync_status;
  is_stored constant boolean := exists (
    select from public.tblsovereignapplications as m where m.g3_application_number = forget_application.id
  );
begin
  if coalesce(trim(forget_application.reason), '') = '' then
    raise exception 'Cannot forget %: reason is empty', coalesce(forget_application.id, 'null')
      using errcode = '22023', hint = 'Say why, for those who look for it later: sync_actions keeps it.';
  end if;
  delete from public.sync_status as s where s.g3_application_number = forget_application.id returning s.* into forgotten;
  return private.record_action('forget_application', jsonb_build_object('id', id, 'reason', reason), format(
    case
      when forgotten.g3_application_number is null then
        case when is_stored then '%s is stored, and not on the queue.' else 'Nothing is known of %s.' end
      when is_stored then
        '%s is off the queue; it was %s. Its stored row stays. It comes back when OCC lists it with another date than is '
          'stored.'
      else '%s is off the queue; it was %s, and never stored. It comes back when OCC lists it.'
    end,
    forget_application.id, forgotten.state
  ));
end;
$$;

comment on function public.forget_application(text, text) is
  'Takes an application off the queue, such as a wrong number somebody asked for, for a reason that sync_actions keeps. A '
  'stored row stays.';

create function public.start_from(day date)
returns text
language plpgsql
set search_path = ''
as $$
begin
  perform private.require_past('Cannot start from', start_from.day);
  update public.sync_settings as s set start_from = start_from.day where s.one_row;
  return private.record_action('start_from', jsonb_build_object('day', start_from.day), coalesce(
    'The next scheduled sync lists from ' || start_from.day || '.',
    'The next scheduled sync lists from the watermark.'
  ));
end;
$$;

comment on function public.start_from(date) is
  'Moves the watermark, back or forth: the next scheduled sync lists from this day. Null takes that back.';

create function public.accept_gap()
returns text
language plpgsql
set search_path = ''
as $$
declare
  gap public.sync_gaps;
begin
  update public.sync_gaps as g
  set closed_at = now(), closed_by = 'accepted'
  where g.closed_at is null
  returning g.* into gap;
  return private.record_action('accept_gap', '{}', case
    when gap.id is null then 'There is no open gap.'
    else format(
      'Accepted: what changed from %s to %s and not since is left as it is stored.', gap.from_date, gap.to_date - 1
    )
  end);
end;
$$;

comment on function public.accept_gap() is
  'Closes the open gap: the days OCC''s list was too large for are not listed any more.';

create function public.pause_sync()
returns text
language plpgsql
set search_path = ''
as $$
begin
  update public.sync_settings as s set paused_at = now() where s.paused_at is null;
  return private.record_action('pause_sync', '{}', case
    when found then 'Paused: ticks send nothing. A run under way goes on to its end; select cancel_sync() ends it.'
    else 'Paused already.'
  end);
end;
$$;

comment on function public.pause_sync() is 'Stops the schedule; sync_now() still works.';

create function public.resume_sync()
returns text
language plpgsql
set search_path = ''
as $$
declare
  dispatch_id bigint;
begin
  update public.sync_settings as s set paused_at = null, resumed_at = now() where s.paused_at is not null;
  if not found then
    return private.record_action('resume_sync', '{}', 'Not paused.');
  end if;
  dispatch_id := private.invoke_sync_applications();
  return private.record_action('resume_sync', '{}', coalesce(
    'Resumed: the schedule goes on, but no sync was requested. ' || private.why_not_sent(dispatch_id),
    'Resumed: a sync was requested, and the schedule goes on.'
  ));
end;
$$;

comment on function public.resume_sync() is 'Lets the schedule go on, beginning now.';

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
  is_at_work := run.lease is not null and not private.run_is_dead(run.heartbeat_at);
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
        l.cancelled_by, case when private.acting_role() = 'authenticated' then 'an operator' else private.acting_role() end
      )
    where l.id = run.id
    returning l.* into run;
    if not is_at_work then
      perform private.close_dead_run(run);
    end if;
    delete from private.waiting_sync as w where w.one_row;
    result := format(
      'Sync %s %s. What it left goes on with the next tick, unless the schedule is paused.%s',
      run.id, case when is_at_work then 'ends within half a minute' else 'is cancelled' end,
      case when found then ' The sync that waited for its end is cancelled too.' else '' end
    );
  end if;
  return private.record_action('cancel_sync', '{}', result);
end;
$$;

comment on function public.cancel_sync() is
  'Ends the run that is open, as failed with the reason that it was cancelled, and with it the sync that waits for its end. '
  'What it has stored stays, what is in flight is given back.';

revoke all on function
  private.counted(bigint, text, text),
  private.why_not_sent(bigint),
  private.require_past(text, date),
  private.describe_range(date, boolean),
  public.sync_now(date, boolean),
  public.forget_application(text, text),
  public.start_from(date),
  public.accept_gap(),
  public.pause_sync(),
  public.resume_sync(),
  public.cancel_sync()
from public, anon, authenticated, service_role;

grant execute on function
  private.counted(bigint, text, text),
  private.why_not_sent(bigint),
  private.require_past(text, date),
  private.describe_range(date, boolean),
  public.sync_now(date, boolean),
  public.forget_application(text, text),
  public.start_from(date),
  public.accept_gap(),
  public.pause_sync(),
  public.resume_sync(),
  public.cancel_sync()
to service_role;

-- The view sync_runs asks with its reader's rights; without the schema there is no other way to call it.
grant execute on function private.counted(bigint, text, text) to authenticated;
