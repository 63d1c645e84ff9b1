-- The last runs, their outcome in words.
select started_at, trigger, status, seconds, found, unchanged, synced, failed, outcome
from sync_runs order by started_at desc limit 20;
