-- The applications that are out of date, page by page, for the dashboard.

-- Prefix by length and collation alone: a number may hold what a pattern takes for its own.
create function sovereign_sync.read_not_current(
  states text[],
  fingerprint text,
  search text,
  after text,
  page_size integer
)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  unknown constant text := (
    select left(string_agg(coalesce(s.state, 'null'), ', '), 100)
    from unnest(read_not_current.states) as s (state)
    where (s.state in ('pending', 'failed', 'parked', 'gone')) is not true
  );
  lease constant uuid := (select l.lease from public.tblsovereignapplicationssynclog as l where l.status = 'running');
  result jsonb;
begin
  perform sovereign_sync.require_between('page_size', page_size, 1, 200);
  if unknown is not null then
    raise exception 'states must be of pending, failed, parked and gone, not %', unknown using errcode = '22023';
  end if;
  with not_current as materialized (
    select s.g3_application_number as id, s.state, s.last_error
    from sovereign_sync.status as s
    where s.next_attempt_at is not null or s.state = 'gone'
  ),
  wanted as materialized (
    select n.id
    from not_current as n
    where n.state = any (coalesce(read_not_current.states, array['pending', 'failed', 'parked', 'gone']))
      and (read_not_current.search is null or starts_with(n.id, read_not_current.search))
      and (
        read_not_current.fingerprint is null
        or n.state in ('failed', 'parked') and sovereign_sync.fingerprint(n.last_error, n.id) = read_not_current.fingerprint
      )
  ),
  page as materialized (
    select w.id
    from wanted as w
    where read_not_current.after is null or w.id > read_not_current.after
    order by w.id
    limit read_not_current.page_size
  )
  select jsonb_build_object(
    'total', (select count(*) from wanted),
    'counts', (
      select jsonb_build_object(
        'pending', count(*) filter (where n.state = 'pending'),
        'failed', count(*) filter (where n.state = 'failed'),
        'parked', count(*) filter (where n.state = 'parked'),
        'gone', count(*) filter (where n.state = 'gone')
      )
      from not_current as n
    ),
    'causes', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'fingerprint', e.fingerprint, 'applications', e.applications, 'what_to_do', e.what_to_do
      ) order by e.applications desc, e.fingerprint), '[]')
      from (
        select c.* from public.sync_errors as c
        where c.is_happening
        order by c.applications desc, c.fingerprint
        limit 50
      ) as e
    ),
    'rows', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'application', s.g3_application_number, 'state', s.state, 'attempts', s.attempts, 'stale_since', s.stale_since,
        'next_attempt_at', s.next_attempt_at, 'last_error', s.last_error, 'listed_last_saved', s.listed_last_saved,
        'stored_last_saved', m.lastsaveddatetime, 'requested', s.requested_at is not null,
        'in_flight', coalesce(s.claimed_by = lease, false)
      ) order by s.g3_application_number), '[]')
      from page as p
      join sovereign_sync.status as s on s.g3_application_number = p.id
      left join public.tblsovereignapplications as m on m.g3_application_number = p.id
    )
  ) into result;
  return result;
end;
$$;

comment on function sovereign_sync.read_not_current(text[], text, text, text, integer) is
  'What sync_not_current() hands out.';

create function public.sync_not_current(
  states text[] default null,
  fingerprint text default null,
  search text default null,
  after text default null,
  page_size integer default 50
)
returns jsonb
language sql
stable
set search_path = ''
return sovereign_sync.read_not_current(states, fingerprint, search, after, page_size);

comment on function public.sync_not_current(text[], text, text, text, integer) is
  'The applications that are not current, by number, at most 200 a page; after: the last one of the page before; search: how '
  'the number begins. counts and causes are of all of them, total of those that are looked for.';
