-- Put the application's number here. How long it had each status; nobody knows since when it had the first one.
select status, entered_at, left_at, duration
from sync_time_in_status where application = 'G3-…' order by left_at nulls last;
