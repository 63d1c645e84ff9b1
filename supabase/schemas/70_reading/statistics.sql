-- The stored applications in numbers, for the dashboard, with the caller's rights: who narrows the policy
-- "Authenticated users may read" of tblSovereignApplications narrows sync_statistics() with it.

create function public.sync_statistics(days integer default 30)
returns jsonb
language sql
stable
set search_path = ''
return (
  with frame as (
    select
      sovereign_sync.time_zone() as zone,
      (now() at time zone sovereign_sync.time_zone())::date as today,
      sovereign_sync.require_between('days', sync_statistics.days, 1, 100) as days
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
      join sovereign_sync.changes as h
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
