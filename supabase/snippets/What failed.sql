-- Parked applications want somebody; failed ones are tried again by themselves.
select application, state, attempts, next_attempt_at, last_error, stale_since
from sync_failures order by state desc, next_attempt_at;

-- What is or was wrong.
select condition, message, opened_at, resolved_at
from sync_alerts order by opened_at desc limit 20;
