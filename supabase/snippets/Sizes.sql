select
  c.relname as table_name,
  pg_size_pretty(pg_total_relation_size(c.oid)) as size,
  c.reltuples::bigint as about_rows
from pg_class as c
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and (c.relname like 'tblsovereign%' or c.relname like 'sync%')
order by pg_total_relation_size(c.oid) desc;
