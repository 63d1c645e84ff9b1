-- What the Data API must never expose: the functions that read secrets, and the triggers' functions.
create schema if not exists private;

comment on schema private is 'Internals of the applications sync; not exposed by the Data API.';

revoke all on schema private from public;

grant usage on schema private to service_role;

-- A project that comes from the Vercel version may own quoted, mixed-case tables. Their names are needed for the views
-- of 20261101000500, and their rows must not be lost: each row is copied into the new table, and the old table is kept
-- under another name. Columns are matched without regard to case; a column we do not have stays in the old table only.
create function private.adopt_table(printed_name text, target regclass, key_column text)
returns bigint
language plpgsql
set search_path = ''
as $$
declare
  kept_name constant text := printed_name || '_before_sync';
  source oid := (
    select c.oid from pg_catalog.pg_class as c
    where c.relnamespace = 'public'::regnamespace and c.relname = printed_name and c.relkind in ('r', 'p')
  );
  target_columns text;
  source_columns text;
  adopted bigint;
begin
  if source is null then
    return 0;
  end if;
  if to_regclass(format('public.%I', kept_name)) is not null then
    raise exception 'Cannot adopt public.%: public.% exists already',
      quote_ident(printed_name), quote_ident(kept_name)
      using hint = 'Rename or drop one of the two tables, then run the migrations again.';
  end if;

  select
    string_agg(quote_ident(t.attname), ', ' order by t.attnum),
    string_agg(format('%I::%s', s.attname, format_type(t.atttypid, t.atttypmod)), ', ' order by t.attnum)
  into target_columns, source_columns
  from pg_catalog.pg_attribute as t
  join lateral (
    select a.attname from pg_catalog.pg_attribute as a
    where a.attrelid = source and lower(a.attname) = t.attname and a.attnum > 0 and not a.attisdropped
    order by a.attname = t.attname desc
    limit 1
  ) as s on true
  where t.attrelid = target and t.attnum > 0 and not t.attisdropped;

  if target_columns is null or not key_column = any (string_to_array(target_columns, ', ')) then
    raise exception 'Cannot adopt public.%: it has no column %', quote_ident(printed_name), key_column
      using hint = format('Rename public.%I, then run the migrations again.', printed_name);
  end if;

  execute format('alter table public.%I rename to %I', printed_name, kept_name);
  execute format(
    'insert into %s (%s) select %s from public.%I where %s is not null on conflict (%I) do nothing',
    target, target_columns, source_columns, kept_name,
    (
      select quote_ident(a.attname) from pg_catalog.pg_attribute as a
      where a.attrelid = source and lower(a.attname) = key_column and a.attnum > 0 and not a.attisdropped
      order by a.attname = key_column desc
      limit 1
    ),
    key_column
  );
  get diagnostics adopted = row_count;
  raise notice 'Adopted % rows of public.%; the old table is kept as public.%',
    adopted, quote_ident(printed_name), quote_ident(kept_name);
  return adopted;
end;
$$;

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
    where not exists (
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

comment on function private.adopt_table(text, regclass, text) is
  'Copies the rows of a quoted, mixed-case table of the Vercel version into ours and renames the old one.';

revoke all on function private.adopt_table(text, regclass, text) from public, anon, authenticated, service_role;
revoke all on function private.require_columns(regclass, text) from public, anon, authenticated, service_role;
