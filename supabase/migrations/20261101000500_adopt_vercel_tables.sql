-- What the Vercel version left in quoted tables is copied, and only then can the log keep what holds for every run of
-- ours. Columns are matched without regard to case; a column we do not have stays in the old table only, and so do its
-- policies and triggers. That it can be done was seen to by 20261101000050.
create function pg_temp.adopt_table(printed_name text, key_column text, newest_column text)
returns void
language plpgsql
as $$
declare
  source constant oid := (
    select c.oid from pg_catalog.pg_class as c
    where c.relnamespace = 'public'::regnamespace and c.relname = adopt_table.printed_name and c.relkind in ('r', 'p')
  );
  target constant regclass := to_regclass('public.' || lower(printed_name));
  kept constant text := format('public.%I', printed_name || '_before_sync');
  target_columns text;
  source_columns text;
  source_key text;
  newest text;
  found_rows bigint;
  adopted bigint;
begin
  if source is null then
    return;
  end if;
  select
    string_agg(quote_ident(t.attname), ', ' order by t.attnum),
    string_agg(format('%I::%s', s.attname, format_type(t.atttypid, t.atttypmod)), ', ' order by t.attnum),
    max(quote_ident(s.attname)) filter (where t.attname = adopt_table.key_column),
    max(format('%I::timestamptz', s.attname)) filter (where t.attname = adopt_table.newest_column)
  into target_columns, source_columns, source_key, newest
  from pg_catalog.pg_attribute as t
  join lateral (
    select a.attname from pg_catalog.pg_attribute as a
    where a.attrelid = source and lower(a.attname) = t.attname and a.attnum > 0 and not a.attisdropped
    order by a.attname = t.attname desc
    limit 1
  ) as s on true
  where t.attrelid = target and t.attnum > 0 and not t.attisdropped;

  execute format('alter table public.%I rename to %I', printed_name, printed_name || '_before_sync');
  -- Of several rows with one key the newest.
  execute format(
    'insert into %s (%s) select %s from %s where %s is not null order by %s desc nulls last on conflict (%I) do nothing',
    target, target_columns, source_columns, kept, source_key, coalesce(newest, source_key), key_column
  );
  get diagnostics adopted = row_count;
  execute format('select count(*) from %s', kept) into found_rows;
  raise notice 'Adopted % of % rows of public.%; the old table is kept as %, with its policies and triggers',
    adopted, found_rows, quote_ident(printed_name), kept;

  -- It holds what ours holds, and nobody looks after it any more.
  execute format('alter table %s enable row level security', kept);
  execute format('revoke all on table %s from public, anon, authenticated, service_role', kept);
  execute format('grant select on table %s to service_role', kept);
  execute format('create policy "Service role may read what was kept" on %s for select to service_role using (true)', kept);
  execute format(
    'comment on table %s is %L', kept,
    'The table of the Vercel version as it was when the sync was installed. Nothing reads it; drop it when you miss nothing.'
  );
end;
$$;

select pg_temp.adopt_table('tblSovereignApplications', 'g3_application_number', 'lastsaveddatetime');

select pg_temp.adopt_table('tblSovereignApplicationsSyncLog', 'id', 'sync_started_at');

drop function pg_temp.adopt_table(text, text, text);

-- Runs that were left running, by crashes of the Vercel version or by the removal of ours: none of them can be alive here.
-- And what had failed is not known any more, so their watermark is not to be trusted: the first run starts 7 days ago.
update public.tblSovereignApplicationsSyncLog
set
  sync_completed_at = case
    when status in ('completed', 'failed', 'running') then coalesce(sync_completed_at, sync_started_at, now())
  end,
  status = case when status = 'running' then 'failed' else status end,
  lease = null,
  moves_watermark = false
where moves_watermark or status is distinct from 'completed' or sync_completed_at is null;

alter table public.tblSovereignApplicationsSyncLog
  drop constraint if exists finished_unless_running,
  drop constraint if exists leased_while_running,
  add constraint finished_unless_running check ((status = 'running') = (sync_completed_at is null)),
  add constraint leased_while_running check (lease is null or status = 'running');

create unique index if not exists one_running_sync
  on public.tblSovereignApplicationsSyncLog ((true))
  where status = 'running';
