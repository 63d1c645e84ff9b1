-- What an operator does from the dashboard. Who signed in is of the role authenticated, which may execute none of the
-- functions that change something; an operator may through these. There is one gate, private.operate(), which runs with
-- its owner's rights: it asks who it is, and calls the function there is, which records the action with the person.

create function private.to_texts(list jsonb)
returns text[]
language sql
immutable
set search_path = ''
as $$
  select case
    when jsonb_typeof(to_texts.list) = 'array' then array(select jsonb_array_elements_text(to_texts.list))
  end;
$$;

comment on function private.to_texts(jsonb) is 'An array of JSON as one of texts; null when it is none.';

create function private.require_applications(applications text[])
returns text[]
language plpgsql
immutable
set search_path = ''
as $$
begin
  if (cardinality(require_applications.applications) between 1 and 500) is not true then
    raise exception 'applications must be 1 to 500 application numbers, not %',
      coalesce(cardinality(require_applications.applications), 0)
      using errcode = '22023';
  end if;
  if exists (
    select from unnest(require_applications.applications) as i (id)
    where (i.id ~ '\S' and length(i.id) <= 200) is not true
  ) then
    raise exception 'applications must not have an empty number, nor one of more than 200 characters' using errcode = '22023';
  end if;
  return array(select distinct i.id from unnest(require_applications.applications) as i (id) order by i.id);
end;
$$;

comment on function private.require_applications(text[]) is 'Application numbers, each once; raises for what can be none.';

create function private.sync_now_as_operator(since date, force boolean)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  message constant text := public.sync_now(sync_now_as_operator.since, coalesce(sync_now_as_operator.force, false));
begin
  return jsonb_build_object(
    'message', message,
    'run', (select l.id from public.tblsovereignapplicationssynclog as l where l.status = 'running')
  );
end;
$$;

comment on function private.sync_now_as_operator(date, boolean) is
  'sync_now(), with the run whose end it waits for, if there is one.';

create function private.preview_retry(applications text[], fingerprint text, everything boolean)
returns jsonb
language sql
stable
set search_path = ''
as $$
  with previewed as materialized (
    select r.application, r.state
    from public.retry_preview(
      preview_retry.applications, preview_retry.fingerprint, coalesce(preview_retry.everything, false)
    ) as r
  )
  select jsonb_build_object(
    'applications', (select count(*) from previewed),
    'by_state', (
      select coalesce(jsonb_object_agg(s.state, s.count), '{}')
      from (select p.state, count(*) from previewed as p group by p.state) as s
    ),
    'examples', array(select p.application from previewed as p order by p.application limit 10),
    'message', (
      select private.counted(count(*), 'application is', 'applications are') || ' fetched by the next sync.' from previewed
    )
  );
$$;

comment on function private.preview_retry(text[], text, boolean) is 'How many applications retry() would try again, and which.';

create function private.retry_as_operator(applications text[], fingerprint text, everything boolean)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  retried constant jsonb := private.preview_retry(applications, fingerprint, everything) -> 'applications';
begin
  return jsonb_build_object(
    'message', public.retry(applications, fingerprint, coalesce(everything, false)), 'applications', retried
  );
end;
$$;

comment on function private.retry_as_operator(text[], text, boolean) is 'retry(), with how many it was.';

create function private.preview_forget(applications text[])
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'applications', count(s.g3_application_number),
    'stored', count(m.g3_application_number),
    'message', concat_ws(
      ' ',
      private.counted(count(s.g3_application_number), 'application comes', 'applications come') || ' off the queue.',
      case when count(m.g3_application_number) > 0 then format(
        '%s; %s.',
        private.counted(count(m.g3_application_number), 'stored row stays', 'stored rows stay'),
        'it comes back when OCC lists another date than is stored'
      ) end,
      private.counted(nullif(count(*) filter (where s.g3_application_number is null), 0), 'number is', 'numbers are')
        || ' not on it.'
    )
  )
  from unnest(private.require_applications(preview_forget.applications)) as i (id)
  left join public.sync_status as s on s.g3_application_number = i.id
  left join public.tblsovereignapplications as m on m.g3_application_number = i.id;
$$;

comment on function private.preview_forget(text[]) is 'How many applications forget_application() would take off the queue.';

-- In order, as everybody locks several of them.
create function private.forget_as_operator(applications text[], reason text)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  ids constant text[] := private.require_applications(forget_as_operator.applications);
  forgotten constant integer := (
    select count(*) from public.sync_status as s where s.g3_application_number = any (ids)
  );
  one text;
  message text;
begin
  foreach one in array ids loop
    message := public.forget_application(one, left(forget_as_operator.reason, 1000));
  end loop;
  return jsonb_build_object(
    'message', case
      when cardinality(ids) = 1 then message
      else private.counted(forgotten, 'application is', 'applications are') || ' off the queue.'
    end,
    'applications', forgotten
  );
end;
$$;

comment on function private.forget_as_operator(text[], text) is 'forget_application() of each.';

create function private.request_as_operator(applications text[])
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  ids constant text[] := private.require_applications(request_as_operator.applications);
  run public.tblsovereignapplicationssynclog;
begin
  perform public.request_applications(ids);
  -- Locked, so that the run cannot end without having seen what is asked for here.
  select l.* into run from public.tblsovereignapplicationssynclog as l where l.status = 'running' for share;
  return jsonb_build_object(
    'message',
    format('%s asked for. ', private.counted(cardinality(ids), 'application is', 'applications are'))
      || case
        when run.id is not null and not private.run_is_dead(run.heartbeat_at)
        then format('The run that is open fetches %s before all others.', case when cardinality(ids) = 1 then 'it' else 'them' end)
        -- A request opens an ordinary run or joins the open one.
        else public.sync_now()
      end,
    'applications', cardinality(ids)
  );
end;
$$;

comment on function private.request_as_operator(text[]) is
  'request_applications(), with what comes of it; with no run open it asks for one.';

create function private.operate(action text, arguments jsonb default '{}')
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  applications text[] := private.to_texts(operate.arguments -> 'applications');
  fingerprint constant text := operate.arguments ->> 'fingerprint';
  everything constant boolean := (operate.arguments ->> 'everything')::boolean;
  since constant date := (operate.arguments ->> 'since')::date;
begin
  perform private.require_operator(replace(operate.action, '_', ' '));
  if applications is not null then
    applications := private.require_applications(applications);
  end if;
  return case operate.action
    when 'sync_now' then private.sync_now_as_operator(since, (operate.arguments ->> 'force')::boolean)
    when 'request_applications' then private.request_as_operator(applications)
    when 'cancel_sync' then jsonb_build_object('message', public.cancel_sync())
    when 'pause_sync' then jsonb_build_object('message', public.pause_sync())
    when 'resume_sync' then jsonb_build_object('message', public.resume_sync())
    when 'accept_gap' then jsonb_build_object('message', public.accept_gap())
    when 'start_from' then
      jsonb_build_object('message', public.start_from((operate.arguments ->> 'day')::date))
    when 'reconcile' then jsonb_build_object('message', public.reconcile(since))
    when 'retry_preview' then private.preview_retry(applications, fingerprint, everything)
    when 'retry' then private.retry_as_operator(applications, fingerprint, everything)
    when 'forget_preview' then private.preview_forget(applications)
    when 'forget' then private.forget_as_operator(applications, operate.arguments ->> 'reason')
    when 'change_thresholds' then
      jsonb_build_object('message', private.change_thresholds(operate.arguments -> 'thresholds'))
    when 'read_actions' then private.read_actions(
      (operate.arguments ->> 'before')::bigint, (operate.arguments ->> 'page_size')::integer
    )
  end;
end;
$$;

comment on function private.operate(text, jsonb) is
  'The one gate of what operators do: asks who it is, then does it. Raises 42501 for anybody else.';

create function public.operator_sync_now(since date default null, force boolean default false)
returns jsonb
language sql
set search_path = ''
return private.operate('sync_now', jsonb_build_object('since', since, 'force', force));

comment on function public.operator_sync_now(date, boolean) is
  'sync_now(), for an operator who signed in. run: the one that is open already, which it has to wait for, or null.';

create function public.operator_request_applications(applications text[])
returns jsonb
language sql
set search_path = ''
return private.operate('request_applications', jsonb_build_object('applications', applications));

comment on function public.operator_request_applications(text[]) is
  'request_applications(), for an operator who signed in: 1 to 500 of them.';

create function public.operator_cancel_sync()
returns jsonb
language sql
set search_path = ''
return private.operate('cancel_sync');

comment on function public.operator_cancel_sync() is 'cancel_sync(), for an operator who signed in.';

create function public.operator_pause_sync()
returns jsonb
language sql
set search_path = ''
return private.operate('pause_sync');

comment on function public.operator_pause_sync() is 'pause_sync(), for an operator who signed in.';

create function public.operator_resume_sync()
returns jsonb
language sql
set search_path = ''
return private.operate('resume_sync');

comment on function public.operator_resume_sync() is 'resume_sync(), for an operator who signed in.';

create function public.operator_accept_gap()
returns jsonb
language sql
set search_path = ''
return private.operate('accept_gap');

comment on function public.operator_accept_gap() is 'accept_gap(), for an operator who signed in.';

create function public.operator_start_from(day date)
returns jsonb
language sql
set search_path = ''
return private.operate('start_from', jsonb_build_object('day', day));

comment on function public.operator_start_from(date) is
  'start_from(), for an operator who signed in. Null takes it back.';

create function public.operator_reconcile(since date default null)
returns jsonb
language sql
set search_path = ''
return private.operate('reconcile', jsonb_build_object('since', since));

comment on function public.operator_reconcile(date) is 'reconcile(), for an operator who signed in.';

create function public.operator_retry_preview(
  applications text[] default null,
  fingerprint text default null,
  everything boolean default false
)
returns jsonb
language sql
stable
set search_path = ''
return private.operate(
  'retry_preview',
  jsonb_build_object('applications', applications, 'fingerprint', fingerprint, 'everything', everything)
);

comment on function public.operator_retry_preview(text[], text, boolean) is
  'What operator_retry() would try again, by the same arguments: how many, in which states, some of them.';

create function public.operator_retry(
  applications text[] default null,
  fingerprint text default null,
  everything boolean default false
)
returns jsonb
language sql
set search_path = ''
return private.operate(
  'retry',
  jsonb_build_object('applications', applications, 'fingerprint', fingerprint, 'everything', everything)
);

comment on function public.operator_retry(text[], text, boolean) is 'retry(), for an operator who signed in.';

create function public.operator_forget_preview(applications text[])
returns jsonb
language sql
stable
set search_path = ''
return private.operate('forget_preview', jsonb_build_object('applications', applications));

comment on function public.operator_forget_preview(text[]) is
  'What operator_forget() would take off the queue, and how many of them are stored.';

create function public.operator_forget(applications text[], reason text)
returns jsonb
language sql
set search_path = ''
return private.operate('forget', jsonb_build_object('applications', applications, 'reason', reason));

comment on function public.operator_forget(text[], text) is
  'forget_application() of 1 to 500, for an operator who signed in.';

create function public.operator_change_thresholds(thresholds jsonb)
returns jsonb
language sql
set search_path = ''
return private.operate('change_thresholds', jsonb_build_object('thresholds', thresholds));

comment on function public.operator_change_thresholds(jsonb) is
  'Changes thresholds of the alerts, by the names and in the limits of sync_thresholds(): {"alert_parked_from": 5}. '
  'All or nothing.';

create function public.sync_actions_page(before bigint default null, page_size integer default 50)
returns jsonb
language sql
stable
set search_path = ''
return private.operate('read_actions', jsonb_build_object('before', before, 'page_size', page_size));

comment on function public.sync_actions_page(bigint, integer) is
  'What operators did, newest first, at most 200 a page, for operators; before: the id of the last one of the page '
  'before.';

revoke all on function
  private.to_texts(jsonb),
  private.require_applications(text[]),
  private.sync_now_as_operator(date, boolean),
  private.preview_retry(text[], text, boolean),
  private.retry_as_operator(text[], text, boolean),
  private.preview_forget(text[]),
  private.forget_as_operator(text[], text),
  private.request_as_operator(text[]),
  private.operate(text, jsonb),
  public.operator_sync_now(date, boolean),
  public.operator_request_applications(text[]),
  public.operator_cancel_sync(),
  public.operator_pause_sync(),
  public.operator_resume_sync(),
  public.operator_accept_gap(),
  public.operator_start_from(date),
  public.operator_reconcile(date),
  public.operator_retry_preview(text[], text, boolean),
  public.operator_retry(text[], text, boolean),
  public.operator_forget_preview(text[]),
  public.operator_forget(text[], text),
  public.operator_change_thresholds(jsonb),
  public.sync_actions_page(bigint, integer)
from public, anon, authenticated, service_role;

grant execute on function
  private.operate(text, jsonb),
  public.operator_sync_now(date, boolean),
  public.operator_request_applications(text[]),
  public.operator_cancel_sync(),
  public.operator_pause_sync(),
  public.operator_resume_sync(),
  public.operator_accept_gap(),
  public.operator_start_from(date),
  public.operator_reconcile(date),
  public.operator_retry_preview(text[], text, boolean),
  public.operator_retry(text[], text, boolean),
  public.operator_forget_preview(text[]),
  public.operator_forget(text[], text),
  public.operator_change_thresholds(jsonb),
  public.sync_actions_page(bigint, integer)
to authenticated, service_role;
