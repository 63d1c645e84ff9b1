-- What failed is tried again by itself; an operator who has fixed the cause need not wait for it.

create function sovereign_sync.to_retry(applications text[], fingerprint text, everything boolean)
returns setof sovereign_sync.status
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  unknown text;
begin
  if num_nonnulls(to_retry.applications, to_retry.fingerprint, nullif(to_retry.everything, false)) <> 1 then
    raise exception 'Cannot retry: say which by exactly one of applications, fingerprint and everything'
      using errcode = '22023', hint = 'applications => array[''G3-…''], fingerprint => ''…'' (one of sync_errors), '
        'everything => true';
  end if;

  unknown := (
    select string_agg(coalesce(i.id, 'null'), ', ' order by i.id)
    from unnest(to_retry.applications) as i (id)
    where not exists (select from sovereign_sync.status as s where s.g3_application_number = i.id)
  );
  if unknown is not null then
    raise exception 'Cannot retry %: nothing is known of it', unknown
      using errcode = '22023', hint = 'select request_applications(array[''G3-…'']) asks OCC for an application.';
  end if;

  if to_retry.fingerprint is not null and not exists (
    select from public.sync_errors as e where e.fingerprint = to_retry.fingerprint
  ) then
    raise exception 'Cannot retry what failed with "%": there is no such fingerprint', to_retry.fingerprint
      using errcode = '22023', hint = 'select fingerprint from sync_errors';
  end if;

  return query
    select s.*
    from sovereign_sync.status as s
    where case
      -- One that is named may be in whatever state it is not fetched in soon.
      when to_retry.applications is not null
        then s.g3_application_number = any (to_retry.applications) and s.state not in ('synced', 'pending')
      else s.state in ('failed', 'parked') and (
        to_retry.everything or sovereign_sync.fingerprint(s.last_error, s.g3_application_number) = to_retry.fingerprint
      )
    end;
end;
$$;

comment on function sovereign_sync.to_retry(text[], text, boolean) is
  'The applications that retry() would try again. Raises unless it is said which, and names what is not known.';

create function public.retry_preview(
  applications text[] default null,
  fingerprint text default null,
  everything boolean default false
)
returns table (application text, state text, attempts integer, last_error text)
language sql
stable
set search_path = ''
as $$
  select s.g3_application_number, s.state, s.attempts, s.last_error
  from sovereign_sync.to_retry(retry_preview.applications, retry_preview.fingerprint, retry_preview.everything) as s
  order by s.state desc, s.g3_application_number;
$$;

comment on function public.retry_preview(text[], text, boolean) is
  'Which applications retry() would try again, called with the same arguments. It changes nothing.';

create function public.retry(
  applications text[] default null,
  fingerprint text default null,
  everything boolean default false
)
returns text
language plpgsql
set search_path = ''
as $$
declare
  retried text[];
  states text;
  others text;
begin
  retried := array(
    select s.g3_application_number
    from sovereign_sync.status as s
    where s.g3_application_number = any (array(
      select t.g3_application_number
      from sovereign_sync.to_retry(retry.applications, retry.fingerprint, retry.everything) as t
    ))
    order by s.g3_application_number
    for update
  );
  states := (
    select string_agg(t.count || ' ' || t.state, ', ' order by t.state desc)
    from (
      select s.state, count(*) from sovereign_sync.status as s
      where s.g3_application_number = any (retried) group by s.state
    ) as t
  );
  others := (
    select string_agg(s.g3_application_number || ' (' || s.state || ')', ', ' order by s.g3_application_number)
    from sovereign_sync.status as s
    where s.g3_application_number = any (retry.applications) and s.g3_application_number <> all (retried)
  );
  perform sovereign_sync.make_pending(retried);
  update sovereign_sync.status as s set force = true where s.g3_application_number = any (retried);
  return sovereign_sync.record_action(
    'retry',
    jsonb_strip_nulls(jsonb_build_object(
      'applications', to_jsonb(retry.applications[1:100]), 'fingerprint', fingerprint, 'everything', nullif(everything, false)
    )),
    concat_ws(
      ' ',
      case
        when states is null then 'Nothing to retry.'
        else sovereign_sync.counted(
          cardinality(retried), 'application is', 'applications are'
        ) || ' fetched by the next sync (' || states || ').'
      end,
      'Left alone: ' || others || '.'
    )
  );
end;
$$;

comment on function public.retry(text[], text, boolean) is
  'Gives applications that failed, parked ones too, all their attempts again: those named, those that fail for one cause '
  '(a fingerprint of sync_errors), or everything. The next answer is stored whatever its date.';
