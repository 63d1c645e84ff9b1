-- What an operator does, each in one call with a clear result. postgres (Studio's SQL editor) and service_role may call
-- them, nobody else.

create function public.sync_now(since date default null, force boolean default false)
returns text
language plpgsql
set search_path = ''
as $$
declare
  request_id bigint;
begin
  if sync_now.since > (now() at time zone 'UTC')::date + 1 then
    raise exception 'Cannot sync since %: since must not be in the future', sync_now.since
      using errcode = '22023', hint = 'select sync_now(''2025-06-01'');';
  end if;
  request_id := private.dispatch_sync('manual', jsonb_strip_nulls(jsonb_build_object(
    'since', sync_now.since,
    'force', case when sync_now.force then true end
  )));
  return format(
    'Requested (dispatch %s)%s. Watch it in sync_runs; sync_dispatches says whether the function took it.',
    request_id,
    coalesce(' since ' || sync_now.since, ' since the last sync')
  );
end;
$$;

comment on function public.sync_now(date, boolean) is
  'Asks for a sync now, since a date or since the last sync; force fetches everything listed.';

create function public.retry_parked(ids text[] default null)
returns text
language plpgsql
set search_path = ''
as $$
declare
  retried text[];
begin
  retried := array(
    select s.g3_application_number from public.sync_status as s
    where s.state = 'parked' and (retry_parked.ids is null or s.g3_application_number = any (retry_parked.ids))
    for update
  );
  perform private.make_pending(retried);
  if cardinality(retried) = 0 then
    return case when ids is null then 'Nothing is parked.' else 'None of these is parked.' end;
  end if;
  return format(
    '%s no longer parked; the next sync fetches %s.%s',
    case when cardinality(retried) = 1 then '1 application is' else cardinality(retried) || ' applications are' end,
    case when cardinality(retried) = 1 then 'it' else 'them' end,
    case when cardinality(ids) > cardinality(retried) then format(
      ' Not parked: %s.', (select string_agg(i.id, ', ') from unnest(ids) as i (id) where i.id <> all (retried))
    ) end
  );
end;
$$;

comment on function public.retry_parked(text[]) is
  'Gives parked applications all their attempts again, all of them or those named.';

create function public.pause_sync()
returns text
language plpgsql
set search_path = ''
as $$
begin
  update public.sync_settings as s set paused_at = now() where s.paused_at is null;
  return case when found then 'Paused: ticks send nothing. A pass under way ends by itself.' else 'Paused already.' end;
end;
$$;

comment on function public.pause_sync() is 'Stops the schedule; sync_now() still works.';

create function public.resume_sync()
returns text
language plpgsql
set search_path = ''
as $$
begin
  update public.sync_settings as s set paused_at = null where s.paused_at is not null;
  if not found then
    return 'Not paused.';
  end if;
  perform private.invoke_sync_applications();
  return 'Resumed: a sync was requested, and the schedule goes on.';
end;
$$;

comment on function public.resume_sync() is 'Lets the schedule go on, beginning now.';

revoke all on function
  public.sync_now(date, boolean),
  public.retry_parked(text[]),
  public.pause_sync(),
  public.resume_sync()
from public, anon, authenticated, service_role;

grant execute on function
  public.sync_now(date, boolean),
  public.retry_parked(text[]),
  public.pause_sync(),
  public.resume_sync()
to service_role;
