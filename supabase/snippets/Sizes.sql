select
  c.relname as table_name,
  pg_size_pretty(pg_total_relation_size(c.oid)) as size,
  c.reltuples::bigint as about_rows
from pg_class as c
where c.relkind = 'r' and (
    c.relnamespace = 'sovereign_sync'::regnamespace
    or c.relnamespace = 'public'::regnamespace and c.relname like 'tblsovereign%'
  )
order by pg_total_relation_size(c.oid) desc;
