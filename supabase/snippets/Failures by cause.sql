-- One row a cause; what_to_do tries again what fails for it, once it is mended.
select fingerprint, is_happening, applications, count, first_seen_at, last_seen_at, examples, what_to_do
from sync_errors order by is_happening desc, last_seen_at desc;
