-- Live: who subscribes through Supabase's Realtime hears of each change at once. Realtime publishes what is in the
-- publication supabase_realtime, and asks Row Level Security of each row for each subscriber: the policy "Authenticated
-- users may read" lets a signed-in user hear of applications and of the log; sovereign_sync.status has none for them,
-- so it reaches service_role only. Of a deleted row, which RLS cannot be asked about, it tells the key, to whom may
-- select that column: anon has no grant on any of them.

create function sovereign_sync.publish_live_tables()
returns text
language plpgsql
set search_path = ''
as $$
declare
  target regclass;
  published text[] := '{}'::text[];
begin
  if not exists (select from pg_catalog.pg_publication as p where p.pubname = 'supabase_realtime') then
    return 'There is no publication supabase_realtime: nothing is published.';
  end if;
  for target in
    select c.oid
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where (n.nspname, c.relname) in (
        ('public', 'tblsovereignapplications'), ('public', 'tblsovereignapplicationssynclog'), ('sovereign_sync', 'status')
      )
      -- Without a key Postgres refuses every update of a published table.
      and exists (select from pg_catalog.pg_index as i where i.indrelid = c.oid and i.indisprimary)
      -- It may be there by itself, with its schema, or because all tables are.
      and not exists (
        select from pg_catalog.pg_publication_tables as t
        where t.pubname = 'supabase_realtime' and t.schemaname = n.nspname and t.tablename = c.relname
      )
    order by c.relname
  loop
    execute format('alter publication supabase_realtime add table %s', target);
    published := published || target::text;
  end loop;
  return case
    when cardinality(published) = 0 then 'Published already.'
    else 'Published: ' || array_to_string(published, ', ') || '.'
  end;
exception
when insufficient_privilege then
  -- The sync does not need it: no reason for a migration to fail.
  return 'Nothing is published: supabase_realtime belongs to ' || (
    select pg_get_userbyid(p.pubowner) from pg_catalog.pg_publication as p where p.pubname = 'supabase_realtime'
  ) || ', who can add the tables.';
when invalid_parameter_value or feature_not_supported then
  return 'Nothing is published: ' || target || ' cannot be, such as a table that is unlogged.';
end;
$$;

comment on function sovereign_sync.publish_live_tables() is
  'Adds applications, log and status to the publication supabase_realtime, where there is one. Says what it did; may be run '
  'again, such as when Realtime was switched on later.';
