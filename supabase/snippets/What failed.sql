-- Why: one row a cause; what_to_do tries again what fails for it, once it is mended.
select fingerprint, is_happening, applications, count, first_seen_at, last_seen_at, examples, what_to_do
from sync_errors order by is_happening desc, last_seen_at desc;

-- Parked applications want somebody; failed ones are tried again by themselves.
select application, state, attempts, failing_since, next_attempt_at, last_error, stale_since, requested_at, force
from sync_failures order by state desc, next_attempt_at;

-- What is or was wrong, and whether it could be posted.
select condition, message, opened_at, resolved_at, post_error
from sync_alerts order by opened_at desc limit 20;

-- Days OCC could not list.
select from_date, to_date, opened_at, closed_at, closed_by from sync_gaps order by id desc limit 10;
