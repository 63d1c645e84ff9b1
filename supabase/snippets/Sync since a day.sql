-- Put the day here. What is known to be current is not fetched again; the schedule's watermark stays.
select sync_now('YYYY-MM-DD');
