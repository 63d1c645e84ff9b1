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
