-- What became of the last calls of the function. pg_cron's "succeeded" only means that one was queued.
select dispatched_at, trigger, outcome, status_code, message from sync_dispatches order by id desc limit 20;
