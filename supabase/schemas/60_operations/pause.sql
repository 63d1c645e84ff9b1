-- Stopping the schedule, and starting it again.

create function public.pause_sync()
returns text
language plpgsql
set search_path = ''
as $$
begin
  update sovereign_sync.settings as s set paused_at = now() where s.paused_at is null;
  return sovereign_sync.record_action('pause_sync', '{}', case
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
  update sovereign_sync.settings as s set paused_at = null, resumed_at = now() where s.paused_at is not null;
  if not found then
    return sovereign_sync.record_action('resume_sync', '{}', 'Not paused.');
  end if;
  dispatch_id := sovereign_sync.invoke_sync_applications();
  return sovereign_sync.record_action('resume_sync', '{}', coalesce(
    'Resumed: the schedule goes on, but no sync was requested. ' || sovereign_sync.why_not_sent(dispatch_id),
    'Resumed: a sync was requested, and the schedule goes on.'
  ));
end;
$$;

comment on function public.resume_sync() is 'Lets the schedule go on, beginning now.';
