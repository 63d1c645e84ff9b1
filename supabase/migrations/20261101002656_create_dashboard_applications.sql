-- The dashboard's applications: what is not current, one of them, and all of them in numbers. What is stored is read with
-- the caller's rights: who narrows the policy "Authenticated users may read" of tblSovereignApplications narrows
-- sync_application() and sync_statistics() with it.

-- Prefix by length and collation alone: a number may hold what a pattern takes for its own.
create function private.read_not_current(
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
  perform private.require_between('page_size', page_size, 1, 200);
  if unknown is not null then
    raise exception 'states must be of pending, failed, parked and gone, not %', unknown using errcode = '22023';
  end if;
  with not_current as materialized (
    select s.g3_application_number as id, s.state, s.last_error
    from public.sync_status as s
    where s.next_attempt_at is not null or s.state = 'gone'
  ),
  wanted as materialized (
    select n.id
    from not_current as n
    where n.state = any (coalesce(read_not_current.states, array['pending', 'failed', 'parked', 'gone']))
      and (read_not_current.search is null or starts_with(n.id, read_not_current.search))
      and (
        read_not_current.fingerprint is null
        or n.state in ('failed', 'parked') and private.fingerprint(n.last_error, n.id) = read_not_current.fingerprint
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
      join public.sync_status as s on s.g3_application_number = p.id
      left join public.tblsovereignapplications as m on m.g3_application_number = p.id
    )
  ) into result;
  return result;
end;
$$;

comment on function private.read_not_current(text[], text, text, text, integer) is 'What sync_not_current() hands out.';

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
return private.read_not_current(states, fingerprint, search, after, page_size);

comment on function public.sync_not_current(text[], text, text, text, integer) is
  'The applications that are not current, by number, at most 200 a page; after: the last one of the page before; search: how '
  'the number begins. counts and causes are of all of them, total of those that are looked for.';

create function private.read_status(application text)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'state', s.state,
    'words', array[private.describe_state(s)] || case
      when s.state <> 'synced' then array[private.describe_place(s)] else '{}'
    end,
    'listed_at', s.listed_at,
    'listed_last_saved', s.listed_last_saved,
    'synced_at', s.synced_at,
    'stale_since', s.stale_since,
    'attempts', s.attempts,
    'failing_since', s.failing_since,
    'next_attempt_at', s.next_attempt_at,
    'last_error', s.last_error,
    'requested_at', s.requested_at,
    'force', s.force,
    'missing_since', s.missing_since,
    'gone_at', s.gone_at,
    'first_seen_at', s.first_seen_at
  )
  from public.sync_status as s
  where s.g3_application_number = read_status.application;
$$;

comment on function private.read_status(text) is 'What sync_application() says of the queue.';

create function public.sync_application(application text)
returns jsonb
language sql
stable
set search_path = ''
return jsonb_build_object(
  'stored', (
    select to_jsonb(m) from public."tblSovereignApplications" as m where m."G3_application_number" = sync_application.application
  ),
  'state', private.read_status(sync_application.application),
  'history', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'changed_at', h.changed_at, 'attribute', h.attribute, 'old', h.old, 'new', h.new, 'run', h.run
    ) order by h.id desc, h.attribute), '[]')
    from (
      select c.*
      from public.sync_changes as c
      where c.application = sync_application.application
      order by c.id desc, c.attribute
      limit 200
    ) as h
  ),
  'more', exists (
    select from public.sync_changes as c
    where c.application = sync_application.application
    order by c.id desc, c.attribute
    offset 200
  ),
  'statuses', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'status', t.status, 'entered_at', t.entered_at, 'left_at', t.left_at, 'seconds', round(extract(epoch from t.duration))
    ) order by t.left_at), '[]')
    from public.sync_time_in_status as t
    where t.application = sync_application.application
  )
);

comment on function public.sync_application(text) is
  'One application: what is stored, by the printed names, its state, its newest 200 changes, and the time in each status.';

create function private.time_zone()
returns text
language sql
stable
security definer
set search_path = ''
as $$ select s.time_zone from public.sync_settings as s; $$;

comment on function private.time_zone() is 'The time zone the credit union is in; security definer: the other settings are for operators.';

create function public.sync_statistics(days integer default 30)
returns jsonb
language sql
stable
set search_path = ''
return (
  with frame as (
    select
      private.time_zone() as zone,
      (now() at time zone private.time_zone())::date as today,
      private.require_between('days', sync_statistics.days, 1, 100) as days
  ),
  by_day as (
    select a.day, sum(a.changes) as changes, count(*) as applications
    from (
      select
        (h.changed_at at time zone f.zone)::date as day,
        -- Any order will do to tell them apart, and that of a language takes its time.
        h.application collate "C",
        sum(cardinality(h.attributes)) as changes
      from frame as f
      join public.sync_application_changes as h
        on h.changed_at >= (f.today - f.days + 1)::timestamp at time zone f.zone
      group by 1, 2
    ) as a
    group by a.day
  ),
  by_status as (
    select m.appstatuscode as status, count(*) as applications
    from public.tblsovereignapplications as m
    group by m.appstatuscode
  ),
  by_branch as (
    select b.branch, b.applications, row_number() over (order by b.applications desc, b.branch) as place
    from (
      select m.tradingbranch as branch, count(*) as applications
      from public.tblsovereignapplications as m
      group by m.tradingbranch
    ) as b
  )
  select jsonb_build_object(
    'total', (select coalesce(sum(s.applications), 0) from by_status as s),
    'by_status', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'status', s.status,
        'description', (
          select m.appstatusdesc
          from public.tblsovereignapplications as m
          where m.appstatuscode = s.status
          limit 1
        ),
        'applications', s.applications
      ) order by s.applications desc, s.status), '[]')
      from by_status as s
    ),
    'by_branch', (
      select coalesce(jsonb_agg(
        jsonb_build_object('branch', b.branch, 'applications', b.applications) order by b.place
      ), '[]')
      from by_branch as b
      where b.place <= 30
    ),
    'other_branches', (
      select jsonb_build_object('branches', count(*), 'applications', coalesce(sum(b.applications), 0))
      from by_branch as b
      where b.place > 30
    ),
    'changes_a_day', (
      select jsonb_agg(jsonb_build_object(
        'day', d.day, 'changes', coalesce(c.changes, 0), 'applications', coalesce(c.applications, 0)
      ) order by d.day)
      from (select f.today - n.n as day from generate_series(0, f.days - 1) as n (n)) as d
      left join by_day as c on c.day = d.day
    ),
    'stored_today', (
      select count(*)
      from public.tblsovereignapplications as m
      where m.created_at >= f.today::timestamp at time zone f.zone
    )
  )
  from frame as f
);

comment on function public.sync_statistics(integer) is
  'The stored applications in numbers: by status, by branch (the 30 largest), changes a day for 1 to 100 days.';

revoke all on function
  private.read_not_current(text[], text, text, text, integer),
  public.sync_not_current(text[], text, text, text, integer),
  private.read_status(text),
  public.sync_application(text),
  private.time_zone(),
  public.sync_statistics(integer)
from public, anon, authenticated, service_role;

grant execute on function
  private.read_not_current(text[], text, text, text, integer),
  public.sync_not_current(text[], text, text, text, integer),
  private.read_status(text),
  public.sync_application(text),
  private.time_zone(),
  public.sync_statistics(integer)
to authenticated, service_role;
