-- A project that comes from the Vercel version may hold the two tables already. Folded ones (tblsovereignapplications)
-- are used as they are. The names of quoted, mixed-case ones are needed for the views of 20261101000600: their rows are
-- copied, and the old tables are kept as "…_before_sync". What cannot be adopted stops the migrations here, before
-- anything is changed; 20261101000500 adopts the rest and drops these functions.

create function private.find_quoted_table(printed_name text)
returns oid
language sql
stable
set search_path = ''
as $$
  select c.oid from pg_catalog.pg_class as c
  where c.relnamespace = 'public'::regnamespace
    and c.relname = find_quoted_table.printed_name
    and c.relkind in ('r', 'p');
$$;

comment on function private.find_quoted_table(text) is
  'The table of the Vercel version by its quoted name, or null.';

-- "create table if not exists" is content with any table of that name: one that lacks a column must stop the migration
-- here, not the first sync.
create function private.require_columns(target regclass, columns text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  missing text := (
    select string_agg(c.name, ', ')
    from string_to_table(lower(require_columns.columns), ' ') as c (name)
    where require_columns.target is not null and not exists (
      select from pg_catalog.pg_attribute as a
      where a.attrelid = require_columns.target and a.attname = c.name and not a.attisdropped
    )
  );
begin
  if missing is not null then
    raise exception '% exists and lacks: %', require_columns.target, missing
      using hint = 'Add the columns, or rename the table, then run the migrations again.';
  end if;
end;
$$;

comment on function private.require_columns(regclass, text) is
  'Raises when a folded table that exists already lacks a column; content when there is none.';

create function private.require_adoptable(printed_name text, key_column text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  source constant oid := private.find_quoted_table(require_adoptable.printed_name);
  kept_name constant text := printed_name || '_before_sync';
begin
  if source is null then
    return;
  end if;
  if to_regclass(format('public.%I', kept_name)) is not null then
    raise exception 'Cannot adopt public.%: public.% exists already', quote_ident(printed_name), quote_ident(kept_name)
      using hint = 'Rename or drop one of the two tables, then run the migrations again.';
  end if;
  if not exists (
    select from pg_catalog.pg_attribute as a
    where a.attrelid = source and lower(a.attname) = require_adoptable.key_column and not a.attisdropped
  ) then
    raise exception 'Cannot adopt public.%: it has no column %', quote_ident(printed_name), key_column
      using hint = format('Rename public.%I, then run the migrations again.', printed_name);
  end if;
end;
$$;

comment on function private.require_adoptable(text, text) is
  'Raises when a quoted table exists that cannot be adopted; content when there is none.';

-- The specification names the indexes. Quoted tables that have them would keep ours from being created.
create function private.free_index_names(printed_name text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  index_name text;
begin
  for index_name in
    select c.relname from pg_catalog.pg_index as i
    join pg_catalog.pg_class as c on c.oid = i.indexrelid
    where i.indrelid = private.find_quoted_table(free_index_names.printed_name) and c.relname like 'idx\_%'
  loop
    execute format('alter index public.%I rename to %I', index_name, left(index_name, 51) || '_before_sync');
  end loop;
end;
$$;

comment on function private.free_index_names(text) is
  'Renames the indexes of a quoted table that bear the specification''s names.';

-- Columns are matched without regard to case; a column we do not have stays in the old table only.
create function private.adopt_table(printed_name text, target regclass, key_column text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  source constant oid := private.find_quoted_table(adopt_table.printed_name);
  kept_name constant text := printed_name || '_before_sync';
  target_columns text;
  source_columns text;
  source_key text;
  adopted bigint;
begin
  if source is null then
    return;
  end if;
  select
    string_agg(quote_ident(t.attname), ', ' order by t.attnum),
    string_agg(format('%I::%s', s.attname, format_type(t.atttypid, t.atttypmod)), ', ' order by t.attnum),
    max(quote_ident(s.attname)) filter (where t.attname = adopt_table.key_column)
  into target_columns, source_columns, source_key
  from pg_catalog.pg_attribute as t
  join lateral (
    select a.attname from pg_catalog.pg_attribute as a
    where a.attrelid = source and lower(a.attname) = t.attname and a.attnum > 0 and not a.attisdropped
    order by a.attname = t.attname desc
    limit 1
  ) as s on true
  where t.attrelid = adopt_table.target and t.attnum > 0 and not t.attisdropped;

  execute format('alter table public.%I rename to %I', printed_name, kept_name);
  execute format(
    'insert into %s (%s) select %s from public.%I where %s is not null on conflict (%I) do nothing',
    adopt_table.target, target_columns, source_columns, kept_name, source_key, key_column
  );
  get diagnostics adopted = row_count;
  raise notice 'Adopted % rows of public.%; the old table is kept as public.%',
    adopted, quote_ident(printed_name), quote_ident(kept_name);
end;
$$;

comment on function private.adopt_table(text, regclass, text) is
  'Copies the rows of a quoted, mixed-case table of the Vercel version into ours and renames the old one.';

revoke all on function
  private.find_quoted_table(text),
  private.require_columns(regclass, text),
  private.require_adoptable(text, text),
  private.free_index_names(text),
  private.adopt_table(text, regclass, text)
from public, anon, authenticated, service_role;

select private.require_columns(
  to_regclass('public.tblsovereignapplications'),
  'G3_application_number applicationInternalNumber applicationName clientApplication loadedByClientNumber owner '
  'applicationTitle tradingBranch salesChannel subPrime comparisonRatesSupplied paymentMethod type appStatusDesc '
  'appStatusCode currentTaskWith lastSavedDateTime created_at updated_at'
);

select private.require_columns(
  to_regclass('public.tblsovereignapplicationssynclog'),
  'id since_date sync_started_at sync_completed_at applications_found applications_fetched applications_upserted '
  'fetch_failures upsert_failures status error_details'
);

select private.require_adoptable('tblSovereignApplications', 'g3_application_number');

select private.require_adoptable('tblSovereignApplicationsSyncLog', 'id');

select private.free_index_names('tblSovereignApplications');

select private.free_index_names('tblSovereignApplicationsSyncLog');
