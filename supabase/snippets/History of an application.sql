-- Put the application's number here. What changed, from what to what, and by which run; null: by somebody else.
select changed_at, attribute, old, new, run
from sync_changes where application = 'G3-100001' order by id desc, attribute;

-- How long it had each status. Nobody knows since when it had the first one.
select status, entered_at, left_at, duration
from sync_time_in_status where application = 'G3-100001' order by left_at nulls last;

-- How long applications stay in each status, of those that entered and left it in the last 90 days.
select
  status,
  count(*) as applications,
  percentile_cont(0.5) within group (order by duration) as half_within,
  max(duration) as longest
from sync_time_in_status
where left_at > now() - interval '90 days' and entered_at is not null
group by status
order by status;
