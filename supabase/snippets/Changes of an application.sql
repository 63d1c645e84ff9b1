-- Put the application's number here. What changed, from what to what, and by which run; null: by somebody else.
select changed_at, attribute, old, new, run
from sync_changes where application = 'G3-…' order by id desc, attribute;
