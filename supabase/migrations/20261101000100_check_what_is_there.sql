-- A project that comes from the Vercel version, or had this sync before, may have the two tables already. Folded ones
-- (tblsovereignapplications) are used as they are. Quoted, mixed-case ones are set aside as "…_before_sync", because the
-- installation needs their names for its views; the migration after it copies their rows. This file looks first for
-- everything that would stop a later migration half-way or would be lost silently, and refuses before anything is changed.

-- What the tables need; of the log's later columns only that one which is there already is of the type it must have.
create function pg_temp.columns()
returns table (printed_name text, name text, type text, is_required boolean)
language sql
as $$
  select c.printed_name, lower(n.name), c.type, c.is_required
  from (values
    ('tblSovereignApplications', 'text', true, 'G3_application_number applicationInternalNumber applicationName '
      'clientApplication loadedByClientNumber owner applicationTitle tradingBranch salesChannel subPrime '
      'comparisonRatesSupplied paymentMethod type appStatusDesc appStatusCode currentTaskWith'),
    ('tblSovereignApplications', 'timestamp with time zone', true, 'lastSavedDateTime created_at updated_at'),
    ('tblSovereignApplicationsSyncLog', 'uuid', true, 'id'),
    ('tblSovereignApplicationsSyncLog', 'date', true, 'since_date'),
    ('tblSovereignApplicationsSyncLog', 'timestamp with time zone', true, 'sync_started_at sync_completed_at'),
    ('tblSovereignApplicationsSyncLog', 'integer', true, 'applications_found applications_fetched applications_upserted '
      'fetch_failures upsert_failures'),
    ('tblSovereignApplicationsSyncLog', 'text', true, 'status'),
    ('tblSovereignApplicationsSyncLog', 'jsonb', true, 'error_details'),
    ('tblSovereignApplicationsSyncLog', 'text', false, 'trigger occ cancelled_by'),
    ('tblSovereignApplicationsSyncLog', 'boolean', false, 'force moves_watermark'),
    ('tblSovereignApplicationsSyncLog', 'uuid', false, 'lease ended_lease'),
    ('tblSovereignApplicationsSyncLog', 'timestamp with time zone', false, 'heartbeat_at listed_at claimed_last_at '
      'cancelled_at'),
    ('tblSovereignApplicationsSyncLog', 'date', false, 'listed_since'),
    ('tblSovereignApplicationsSyncLog', 'integer', false, 'passes listed_parts listed_skipped claimed_parts '
      'applications_unchanged applications_enqueued applications_parked applications_locked applications_missing '
      'applications_gone changes_missed'),
    ('tblSovereignApplicationsSyncLog', 'jsonb', false, 'date_offsets')
  ) as c (printed_name, type, is_required, names)
  cross join string_to_table(c.names, ' ') as n (name);
$$;

-- The tables that are there, by either name; quoted ones are copied.
create function pg_temp.tables()
returns table (id oid, printed_name text, is_quoted boolean, key_name text, label text, owner_id oid, owner_name text)
language sql
as $$
  select
    c.oid, t.printed_name, c.relname = t.printed_name, t.key_name, 'public.' || quote_ident(c.relname), c.relowner,
    pg_get_userbyid(c.relowner)
  from (values
    ('tblSovereignApplications', 'g3_application_number'), ('tblSovereignApplicationsSyncLog', 'id')
  ) as t (printed_name, key_name)
  join pg_catalog.pg_class as c on c.relname in (t.printed_name, lower(t.printed_name))
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p');
$$;

-- The two lists of names are written by `deno task migration`, from supabase/schemas.
create function pg_temp.wrong_names()
returns setof text
language sql
as $$
  -- A table, a view and an enum of one name keep each other out.
  with names_there as (
    select 'public.' || quote_ident(t.typname) as name
    from pg_catalog.pg_type as t
    left join pg_catalog.pg_class as c on c.oid = t.typrelid
    where t.typnamespace = 'public'::regnamespace and (
      t.typname in (
        -- <views of public>
        'tblSovereignApplicationsChanges', 'sync_actions', 'sync_alerts', 'sync_changes', 'sync_dispatches',
        'sync_errors', 'sync_failures', 'sync_gaps', 'sync_gone', 'sync_health', 'sync_refusals', 'sync_runs',
        'sync_settings', 'sync_status', 'sync_time_in_status'
        -- </views of public>
      )
      or lower(t.typname) in ('tblsovereignapplications', 'tblsovereignapplicationssynclog')
        and coalesce(c.relkind, 'e') not in ('r', 'p')
    )
    union all
    select p.oid::regprocedure::text
    from pg_catalog.pg_proc as p
    where p.pronamespace = 'public'::regnamespace and p.proname in (
        -- <functions of public>
        'accept_gap', 'cancel_sync', 'choose_canaries', 'claim_applications', 'enqueue_applications',
        'explain_application', 'finish_sync_pass', 'forget_application', 'open_sync_run', 'operator_accept_gap',
        'operator_cancel_sync', 'operator_change_thresholds', 'operator_forget', 'operator_forget_preview',
        'operator_pause_sync', 'operator_reconcile', 'operator_request_applications', 'operator_resume_sync',
        'operator_retry', 'operator_retry_preview', 'operator_start_from', 'operator_sync_now', 'pause_sync',
        'read_watermark', 'reconcile', 'request_applications', 'resume_sync', 'retry', 'retry_preview',
        'settle_applications', 'start_from', 'sync_actions_page', 'sync_application', 'sync_history',
        'sync_not_current', 'sync_now', 'sync_overview', 'sync_run', 'sync_runs_page', 'sync_statistics',
        'sync_thresholds'
        -- </functions of public>
      )
    union all
    select 'schema sovereign_sync'
    from pg_catalog.pg_namespace as n
    where n.nspname = 'sovereign_sync' and (
      not has_schema_privilege(n.oid, 'CREATE') or exists (
        select from pg_catalog.pg_depend as d where d.refclassid = 'pg_namespace'::regclass and d.refobjid = n.oid
      )
    )
  )
  select format(
    '%s: there already. What a removed sync left goes with supabase/snippets/Remove everything.sql; rename what is '
      'somebody else''s', string_agg(n.name, ', ' order by n.name)
  )
  from names_there as n
  having count(*) > 0
  union all
  select format('public.%I: belongs to %s; alter index public.%I rename to …', c.relname, i.indrelid::regclass, c.relname)
  from pg_catalog.pg_class as c
  left join pg_catalog.pg_index as i on i.indexrelid = c.oid
  where c.relnamespace = 'public'::regnamespace
    and (c.relname ~ '^idx_(sovereign_apps|sync_log)_' or c.relname = 'one_running_sync')
    and c.relname !~ '_before_sync$'
    and not exists (select from pg_temp.tables() as t where t.id = i.indrelid);
$$;

create function pg_temp.wrong_tables()
returns setof text
language sql
as $$
  select format(
    '%s: belongs to %s; as a superuser, or after "grant %I to %I": alter table %s owner to %I',
    t.label, t.owner_name, t.owner_name, current_user, t.label, current_user
  )
  from pg_temp.tables() as t
  where not pg_has_role(current_user, t.owner_id, 'USAGE')
  union all
  select format('%s: lacks %s; add what is missing, or rename the table', t.label, string_agg(c.name, ', '))
  from pg_temp.tables() as t
  join pg_temp.columns() as c on c.printed_name = t.printed_name
    and c.is_required and (not t.is_quoted or c.name in (t.key_name, 'since_date'))
  where not exists (
    select from pg_catalog.pg_attribute as a
    where a.attrelid = t.id and a.attnum > 0 and not a.attisdropped
      and (a.attname = c.name or t.is_quoted and lower(a.attname) = c.name)
  )
  group by t.label
  union all
  select format('%s: %s is %s; alter table %s alter column %I type %s', t.label, c.name, f.type, t.label, c.name, c.type)
  from pg_temp.tables() as t
  join pg_temp.columns() as c on c.printed_name = t.printed_name
  join pg_catalog.pg_attribute as a on a.attrelid = t.id and a.attname = c.name and not a.attisdropped
  cross join format_type(a.atttypid, a.atttypmod) as f (type)
  where not t.is_quoted and f.type <> c.type and not (c.type = 'text' and f.type ~ '^character varying')
  union all
  -- Without it each upsert fails.
  select format('%s: %s is no key; alter table %s add primary key (%s)', t.label, t.key_name, t.label, t.key_name)
  from pg_temp.tables() as t
  join pg_catalog.pg_attribute as a on a.attrelid = t.id and a.attname = t.key_name and not a.attisdropped
  where not t.is_quoted and not (a.attnotnull and exists (
    select from pg_catalog.pg_index as i
    where i.indrelid = t.id and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null
      and i.indnkeyatts = 1 and i.indkey[0] = a.attnum
  ))
  union all
  select format('%s: is to be kept as public.%I, which is there already; drop or rename one of the two', t.label, k.name)
  from pg_temp.tables() as t
  cross join lateral (select t.printed_name || '_before_sync') as k (name)
  where t.is_quoted and to_regclass(format('public.%I', k.name)) is not null
  union all
  -- They would go on to show the old table, or refer to it.
  select distinct format('%s: the view %s reads it; drop the view, and create it again afterwards', t.label, r.ev_class::regclass)
  from pg_temp.tables() as t
  join pg_catalog.pg_depend as d on d.refclassid = 'pg_class'::regclass and d.refobjid = t.id
  join pg_catalog.pg_rewrite as r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
  where t.is_quoted and r.ev_class <> t.id
  union all
  select format(
    '%s: %s refers to it; alter table %s drop constraint %I, and add it again afterwards, to public.%s',
    t.label, f.conrelid::regclass, f.conrelid::regclass, f.conname, lower(t.printed_name)
  )
  from pg_temp.tables() as t
  join pg_catalog.pg_constraint as f on f.contype = 'f' and f.confrelid = t.id
  where t.is_quoted;
$$;

-- A value that does not fit would stop the copying. The values themselves are not repeated.
create function pg_temp.wrong_values()
returns setof text
language plpgsql
as $$
declare
  tested record;
  fits boolean;
begin
  for tested in
    select t.label, a.attname, case c.name when 'status' then 'running, completed or failed' else 'a ' || c.type end as type, format(
      case c.name
        when 'since_date' then 'select coalesce(bool_and(%1$I::%2$s is not null), true) from %3$s'
        when 'status' then
          'select coalesce(bool_and(%1$I::%2$s in (''running'', ''completed'', ''failed'')), true) from %3$s'
        else 'select count(%1$I::%2$s) is not null from %3$s'
      end, a.attname, c.type, t.label
    ) as query
    from pg_temp.tables() as t
    join pg_temp.columns() as c on c.printed_name = t.printed_name
    join pg_catalog.pg_attribute as a on a.attrelid = t.id and lower(a.attname) = c.name and not a.attisdropped
    where t.is_quoted and pg_has_role(current_user, t.owner_id, 'USAGE')
  loop
    begin
      execute tested.query into fits;
    exception when others then
      fits := false;
    end;
    if not fits then
      return next format('%s: %I has values that are not %s; mend or delete them', tested.label, tested.attname, tested.type);
    end if;
  end loop;
end;
$$;

do $$
declare
  problems constant text := (
    select string_agg('- ' || p.problem, E'.\n' order by p.problem)
    from (
      select * from pg_temp.wrong_names() union all select * from pg_temp.wrong_tables()
      union all select * from pg_temp.wrong_values()
    ) as p (problem)
  );
begin
  if problems is not null then
    raise exception E'Cannot install the sync; nothing has been changed:\n%.', problems
      using hint = 'Mend each of these, then run the migrations again.';
  end if;
end;
$$;

-- The specification names the indexes. Quoted tables that have them would keep ours from being created.
do $$
declare
  index_name text;
begin
  for index_name in
    select c.relname from pg_catalog.pg_index as i
    join pg_catalog.pg_class as c on c.oid = i.indexrelid
    where c.relname like 'idx\_%' and i.indrelid in (select t.id from pg_temp.tables() as t where t.is_quoted)
  loop
    execute format('alter index public.%I rename to %I', index_name, left(index_name, 51) || '_before_sync');
  end loop;
end;
$$;

-- The old tables keep their policies and triggers. They hold the same data as ours and nothing looks after them any more,
-- so they are closed.
do $$
declare
  aside record;
  kept text;
begin
  for aside in select t.printed_name from pg_temp.tables() as t where t.is_quoted loop
    kept := format('public.%I', aside.printed_name || '_before_sync');
    execute format('alter table public.%I rename to %I', aside.printed_name, aside.printed_name || '_before_sync');
    execute format('alter table %s enable row level security', kept);
    execute format('revoke all on table %s from public, anon, authenticated, service_role', kept);
    execute format('grant select on table %s to service_role', kept);
    execute format(
      'create policy "Service role may read what was kept" on %s for select to service_role using (true)', kept
    );
    -- 20261101000300 knows by this comment that the rows are still to be copied.
    execute format('comment on table %s is %L', kept, 'The table of the Vercel version; its rows are not copied yet.');
  end loop;
end;
$$;

-- Runs that were left running, by crashes of the Vercel version or by the removal of ours: none of them can be alive here.
-- The installation adds the constraints that say so. Only a log of ours has leases.
do $$
declare
  log constant regclass := to_regclass('public.tblsovereignapplicationssynclog');
begin
  if log is null then
    return;
  end if;
  execute format(
    $update$
      update %s
      set
        sync_completed_at = case
          when status in ('completed', 'failed', 'running') then coalesce(sync_completed_at, sync_started_at, now())
        end,
        status = case when status = 'running' then 'failed' else status end
        %s
      where status is distinct from 'completed' or sync_completed_at is null
    $update$,
    log,
    case when exists (
      select from pg_catalog.pg_attribute as a where a.attrelid = log and a.attname = 'lease' and not a.attisdropped
    ) then ', lease = null' end
  );
end;
$$;

drop function
  pg_temp.wrong_values(), pg_temp.wrong_tables(), pg_temp.wrong_names(), pg_temp.tables(), pg_temp.columns();
