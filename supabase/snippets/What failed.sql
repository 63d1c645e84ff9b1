-- Parked applications want somebody; failed ones are tried again by themselves.
select application, state, attempts, failing_since, next_attempt_at, last_error, stale_since, requested_at, force
from sync_failures order by state desc, next_attempt_at;
