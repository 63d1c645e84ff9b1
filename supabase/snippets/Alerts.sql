-- What is or was wrong, and whether it could be posted.
select condition, message, opened_at, resolved_at, post_error
from sync_alerts order by opened_at desc limit 20;
