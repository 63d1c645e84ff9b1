-- What OCC has no more; the stored rows stay. They come back by themselves when OCC lists them again.
select application, gone_at, why, last_saved, stored_at, next_attempt_at, last_error
from sync_gone order by gone_at desc;
