-- Missing from the reconciliation's list, and not found out yet whether gone.
select g3_application_number, state, missing_since, not_found_since, next_attempt_at
from sync_status where missing_since is not null and state <> 'gone' order by missing_since;
