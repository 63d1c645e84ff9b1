-- The rows that the Vercel version left in quoted tables are copied into ours. Columns are matched without regard to case;
-- a column that ours does not have stays in the old table only. 20261101000100 has checked that all of it can be done.
create function pg_temp.is_to_be_adopted(printed_name text)
returns boolean
language sql
as $$
  select coalesce(
    obj_description(to_regclass(format('public.%I', printed_name || '_before_sync')), 'pg_class')
      = 'The table of the Vercel version; its rows are not copied yet.',
    false
  );
$$;

create function pg_temp.copy_rows(printed_name text, target regclass, key_column text, newest_column text)
returns void
language plpgsql
as $$
declare
  source constant regclass := to_regclass(format('public.%I', printed_name || '_before_sync'));
  target_columns text;
  source_columns text;
  source_key text;
  newest text;
  found_rows bigint;
  copied bigint;
begin
  if not pg_temp.is_to_be_adopted(printed_name) then
    return;
  end if;
  select
    string_agg(quote_ident(t.attname), ', ' order by t.attnum),
    string_agg(format('%I::%s', s.attname, format_type(t.atttypid, t.atttypmod)), ', ' order by t.attnum),
    max(quote_ident(s.attname)) filter (where t.attname = copy_rows.key_column),
    max(format('%I::timestamptz', s.attname)) filter (where t.attname = copy_rows.newest_column)
  into target_columns, source_columns, source_key, newest
  from pg_catalog.pg_attribute as t
  join lateral (
    select a.attname from pg_catalog.pg_attribute as a
    where a.attrelid = source and lower(a.attname) = t.attname and a.attnum > 0 and not a.attisdropped
    order by a.attname = t.attname desc
    limit 1
  ) as s on true
  where t.attrelid = target and t.attnum > 0 and not t.attisdropped;

  -- Of several rows with one key the newest.
  execute format(
    'insert into %s (%s) select %s from %s where %s is not null order by %s desc nulls last on conflict (%I) do nothing',
    target, target_columns, source_columns, source, source_key, coalesce(newest, source_key), key_column
  );
  get diagnostics copied = row_count;
  execute format('select count(*) from %s', source) into found_rows;
  raise notice 'Copied % of % rows of %, which keeps its policies and triggers', copied, found_rows, source;
  execute format(
    'comment on table %s is %L', source,
    'The table of the Vercel version as it was when the sync was installed. Nothing reads it; drop it when you miss nothing.'
  );
end;
$$;

select pg_temp.copy_rows(
  'tblSovereignApplications', 'public.tblsovereignapplications', 'g3_application_number', 'lastsaveddatetime'
);

-- The log's constraints hold for every run of ours, so its rows are put right on the way.
create temporary table log_rows (like public.tblsovereignapplicationssynclog including defaults, primary key (id));

select pg_temp.copy_rows('tblSovereignApplicationsSyncLog', 'pg_temp.log_rows', 'id', 'sync_started_at');

update log_rows
set
  sync_completed_at = case
    when status in ('completed', 'failed', 'running') then coalesce(sync_completed_at, sync_started_at, now())
  end,
  status = case when status = 'running' then 'failed' else status end,
  lease = null
where true;

insert into public.tblsovereignapplicationssynclog select * from log_rows on conflict (id) do nothing;

drop table log_rows;

drop function pg_temp.copy_rows(text, regclass, text, text), pg_temp.is_to_be_adopted(text);

-- The failures of the runs before the installation are not known any more, so their watermark is not trusted: the first run
-- starts 7 days ago. Once the settings are there, the runs are those of the installed sync.
update public.tblsovereignapplicationssynclog
set moves_watermark = false
where moves_watermark and not exists (select from sovereign_sync.settings);
