-- The one gate for operators who signed in. They have the role authenticated, which may execute none of the functions
-- that change something. sovereign_sync.operate() runs with its owner's rights: it checks who acts, then calls the
-- function, which records the action with the person.

create function sovereign_sync.to_texts(list jsonb)
returns text[]
language sql
immutable
set search_path = ''
as $$
  select case
    when jsonb_typeof(to_texts.list) = 'array' then array(select jsonb_array_elements_text(to_texts.list))
  end;
$$;

comment on function sovereign_sync.to_texts(jsonb) is 'An array of JSON as one of texts; null when it is none.';

create function sovereign_sync.require_applications(applications text[])
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

comment on function sovereign_sync.require_applications(text[]) is
  'Application numbers, each once; raises for what can be none.';

create function sovereign_sync.sync_now_as_operator(since date, force boolean)
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

comment on function sovereign_sync.sync_now_as_operator(date, boolean) is
  'sync_now(), with the run whose end it waits for, if there is one.';

create function sovereign_sync.preview_retry(applications text[], fingerprint text, everything boolean)
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
      select sovereign_sync.counted(count(*), 'application is', 'applications are') || ' fetched by the next sync.' from previewed
    )
  );
$$;

comment on function sovereign_sync.preview_retry(text[], text, boolean) is
  'How many applications retry() would try again, and which.';

create function sovereign_sync.retry_as_operator(applications text[], fingerprint text, everything boolean)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  retried constant jsonb := sovereign_sync.preview_retry(applications, fingerprint, everything) -> 'applications';
begin
  return jsonb_build_object(
    'message', public.retry(applications, fingerprint, coalesce(everything, false)), 'applications', retried
  );
end;
$$;

comment on function sovereign_sync.retry_as_operator(text[], text, boolean) is 'retry(), with how many it was.';

create function sovereign_sync.preview_forget(applications text[])
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
      sovereign_sync.counted(count(s.g3_application_number), 'application comes', 'applications come') || ' off the queue.',
      case when count(m.g3_application_number) > 0 then format(
        '%s; %s.',
        sovereign_sync.counted(count(m.g3_application_number), 'stored row stays', 'stored rows stay'),
        'it comes back when OCC lists another date than is stored'
      ) end,
      sovereign_sync.counted(nullif(count(*) filter (where s.g3_application_number is null), 0), 'number is', 'numbers are')
        || ' not on it.'
    )
  )
  from unnest(sovereign_sync.require_applications(preview_forget.applications)) as i (id)
  left join sovereign_sync.status as s on s.g3_application_number = i.id
  left join public.tblsovereignapplications as m on m.g3_application_number = i.id;
$$;

comment on function sovereign_sync.preview_forget(text[]) is
  'How many applications forget_application() would take off the queue.';

-- In order, as everybody locks several of them.
create function sovereign_sync.forget_as_operator(applications text[], reason text)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  ids constant text[] := sovereign_sync.require_applications(forget_as_operator.applications);
  forgotten constant integer := (
    select count(*) from sovereign_sync.status as s where s.g3_application_number = any (ids)
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
      else sovereign_sync.counted(forgotten, 'application is', 'applications are') || ' off the queue.'
    end,
    'applications', forgotten
  );
end;
$$;

comment on function sovereign_sync.forget_as_operator(text[], text) is 'forget_application() of each.';

create function sovereign_sync.request_as_operator(applications text[])
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  ids constant text[] := sovereign_sync.require_applications(request_as_operator.applications);
  run public.tblsovereignapplicationssynclog;
begin
  perform public.request_applications(ids);
  -- Locked, so that the run cannot end without having seen what is asked for here.
  select l.* into run from public.tblsovereignapplicationssynclog as l where l.status = 'running' for share;
  return jsonb_build_object(
    'message',
    format('%s asked for. ', sovereign_sync.counted(cardinality(ids), 'application is', 'applications are'))
      || case
        when run.id is not null and not sovereign_sync.run_is_dead(run.heartbeat_at)
        then format('The run that is open fetches %s before all others.', case when cardinality(ids) = 1 then 'it' else 'them' end)
        -- A request opens an ordinary run or joins the open one.
        else public.sync_now()
      end,
    'applications', cardinality(ids)
  );
end;
$$;

comment on function sovereign_sync.request_as_operator(text[]) is
  'request_applications(), with what comes of it; with no run open it asks for one.';

create function sovereign_sync.operate(action text, arguments jsonb default '{}')
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  applications text[] := sovereign_sync.to_texts(operate.arguments -> 'applications');
  fingerprint constant text := operate.arguments ->> 'fingerprint';
  everything constant boolean := (operate.arguments ->> 'everything')::boolean;
  since constant date := (operate.arguments ->> 'since')::date;
begin
  perform sovereign_sync.require_operator(replace(operate.action, '_', ' '));
  if applications is not null then
    applications := sovereign_sync.require_applications(applications);
  end if;
  return case operate.action
    when 'sync_now' then sovereign_sync.sync_now_as_operator(since, (operate.arguments ->> 'force')::boolean)
    when 'request_applications' then sovereign_sync.request_as_operator(applications)
    when 'cancel_sync' then jsonb_build_object('message', public.cancel_sync())
    when 'pause_sync' then jsonb_build_object('message', public.pause_sync())
    when 'resume_sync' then jsonb_build_object('message', public.resume_sync())
    when 'accept_gap' then jsonb_build_object('message', public.accept_gap())
    when 'start_from' then
      jsonb_build_object('message', public.start_from((operate.arguments ->> 'day')::date))
    when 'reconcile' then jsonb_build_object('message', public.reconcile(since))
    when 'retry_preview' then sovereign_sync.preview_retry(applications, fingerprint, everything)
    when 'retry' then sovereign_sync.retry_as_operator(applications, fingerprint, everything)
    when 'forget_preview' then sovereign_sync.preview_forget(applications)
    when 'forget' then sovereign_sync.forget_as_operator(applications, operate.arguments ->> 'reason')
    when 'change_thresholds' then
      jsonb_build_object('message', sovereign_sync.change_thresholds(operate.arguments -> 'thresholds'))
    when 'read_actions' then sovereign_sync.read_actions(
      (operate.arguments ->> 'before')::bigint, (operate.arguments ->> 'page_size')::integer
    )
  end;
end;
$$;

comment on function sovereign_sync.operate(text, jsonb) is
  'The one gate of what operators do: asks who it is, then does it. Raises 42501 for anybody else.';
