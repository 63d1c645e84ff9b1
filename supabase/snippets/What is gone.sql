-- What OCC has no more; the stored rows stay. They come back by themselves when OCC lists them again.
select application, gone_at, why, last_saved, stored_at, next_attempt_at, last_error
from sync_gone order by gone_at desc;

-- Missing from OCC's list, and not found out yet.
select g3_application_number, state, missing_since, not_found_since, next_attempt_at
from sync_status where missing_since is not null and state <> 'gone' order by missing_since;

-- Looks now, as far back as you like. At most 50 applications a night are asked for.
-- select reconcile('2025-06-01');
