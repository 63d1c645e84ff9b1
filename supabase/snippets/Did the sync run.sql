-- One row: is it well, and if not, why.
select * from sync_health;

-- The last runs, their outcome in words.
select started_at, trigger, status, seconds, found, unchanged, synced, failed, outcome
from sync_runs order by started_at desc limit 20;

-- What became of the last calls of the function. pg_cron's "succeeded" only means that one was queued.
select dispatched_at, trigger, outcome, status_code, message from sync_dispatches order by id desc limit 20;
