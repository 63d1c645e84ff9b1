-- Why the schedule does not do its work, in words, with the remedy.

create function sovereign_sync.sentence(words text)
returns text
language sql
immutable
set search_path = ''
as $$ select case when sentence.words ~ '[.?]$' then sentence.words else sentence.words || '.' end; $$;

comment on function sovereign_sync.sentence(text) is 'Ends words with a full stop, unless they end a sentence already.';

-- Supabase makes a database read-only before its disk is full.
create function sovereign_sync.describe_full_disk()
returns text
language sql
immutable
set search_path = ''
as $$
  select 'the database''s disk is full or nearly so: enlarge it (Dashboard, Database, Settings), or make room; '
    || 'supabase/snippets/Sizes.sql says whose it is';
$$;

comment on function sovereign_sync.describe_full_disk() is 'What mends a database that cannot be written to.';

-- As Supabase does it; the Data API's own transactions say what they are, so it may still write while no job can.
create function sovereign_sync.database_is_read_only()
returns boolean
language sql
stable
set search_path = ''
as $$
  select current_setting('default_transaction_read_only')::boolean or exists (
    select from pg_catalog.pg_db_role_setting as s, unnest(s.setconfig) as c (setting)
    where s.setrole = 0
      and s.setdatabase in (0, (select d.oid from pg_catalog.pg_database as d where d.datname = current_database()))
      and c.setting ~ '^default_transaction_read_only=(on|true|yes|1)$'
  );
$$;

comment on function sovereign_sync.database_is_read_only() is
  'Whether new sessions, those of the jobs among them, may not write; also when this one still may.';

-- The reasons are our own words (the function's, or sovereign_sync.close_dead_run's); what mends them is known for some.
create function sovereign_sync.add_remedy(reason text)
returns text
language sql
immutable
set search_path = ''
as $$
  select left(add_remedy.reason, 300) || case
    when reason ~ 'answered ExpiredTokenException'
      then '; the function''s AWS keys have expired: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY anew (supabase secrets set)'
    when reason ~ 'answered (UnrecognizedClient|InvalidSignature|IncompleteSignature|MissingAuthenticationToken)Exception'
      or reason ~ 'answered InvalidClientTokenIdException'
      then '; AWS refuses the function''s keys: set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION (supabase secrets set)'
    when reason ~ 'answered AccessDeniedException'
      then '; the function''s AWS keys may not call OCC: allow them lambda:InvokeFunction on its Lambda'
    when reason like '%answered ResourceNotFoundException%'
      then '; there is no such Lambda in AWS_REGION: set LAMBDA_FUNCTION_APPLICATIONS_MAIN_PROD or …_TEST (supabase secrets set)'
    when reason ~ '\((53100|25006)\)' then '; ' || sovereign_sync.describe_full_disk()
    when reason like '%worker died%' then '; look at the function''s log, a lower SYNC_APPLICATION_BUDGET may help'
    when reason like '%next pass never came%' then '; sync_dispatches says what became of it'
    when reason like '%database%' then '; look at the project''s database'
    when reason ~ 'OCC|Lambda' then '; it is for OCC to mend, every tick tries again'
    else ''
  end;
$$;

comment on function sovereign_sync.add_remedy(text) is
  'The reason a run failed for, with what mends it as far as that is known.';

create function sovereign_sync.describe_failure(run public.tblsovereignapplicationssynclog)
returns text
language sql
immutable
set search_path = ''
as $$
  select sovereign_sync.add_remedy(coalesce(run.error_details ->> 'reason', 'nothing could be fetched or stored'));
$$;

comment on function sovereign_sync.describe_failure(public.tblsovereignapplicationssynclog) is
  'Why a run failed, in words, with what mends it.';

-- Neither what stood still while the schedule was paused is late, nor what waited for a long run somebody else had asked
-- for: that one kept at least one tick from opening a run of its own.
create function sovereign_sync.schedule_ran_at()
returns timestamptz
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select greatest(
      s.installed_at,
      s.resumed_at,
      (
        select l.sync_completed_at
        from public.tblsovereignapplicationssynclog as l
        where l.trigger = 'schedule' and l.status = 'completed' and l.sync_completed_at <= now()
        order by l.sync_completed_at desc
        limit 1
      ),
      (
        select max(l.sync_completed_at)
        from public.tblsovereignapplicationssynclog as l
        where l.trigger <> 'schedule' and l.sync_started_at > now() - interval '1 day'
          and l.sync_completed_at between l.sync_started_at + interval '5 minutes' and now()
      )
    )
    from sovereign_sync.settings as s
  );
end;
$$;

comment on function sovereign_sync.schedule_ran_at() is
  'When the schedule''s last run completed, or when it began to wait for one.';

create function sovereign_sync.failures_in_a_row()
returns bigint
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select count(*)
    from public.tblsovereignapplicationssynclog as l
    where l.trigger = 'schedule' and l.status = 'failed' and l.cancelled_at is null
      and l.sync_completed_at > coalesce((
        select c.sync_completed_at
        from public.tblsovereignapplicationssynclog as c
        where c.trigger = 'schedule' and c.status = 'completed' and c.sync_completed_at <= now()
        order by c.sync_completed_at desc
        limit 1
      ), '-infinity')
  );
end;
$$;

comment on function sovereign_sync.failures_in_a_row() is
  'How many runs of the schedule have failed since its last one that completed. What people ask for, or cancel, says '
  'nothing of it.';

create function sovereign_sync.last_failed_run()
returns public.tblsovereignapplicationssynclog
language sql
stable
set search_path = ''
as $$
  select l.*
  from public.tblsovereignapplicationssynclog as l
  where l.trigger = 'schedule' and l.status = 'failed' and l.cancelled_at is null and l.sync_completed_at <= now()
  order by l.sync_completed_at desc
  limit 1;
$$;

comment on function sovereign_sync.last_failed_run() is
  'The run of the schedule that failed last; none that was cancelled.';

-- A manual dispatch that the function answers with 400 failed for what its caller asked.
create function sovereign_sync.last_answered_dispatch()
returns public.sync_dispatches
language sql
stable
set search_path = ''
as $$
  select d.*
  from public.sync_dispatches as d
  where d.outcome is not null
    and (d.trigger = 'manual' and d.status_code = 400) is not true
    and d.dispatched_at >= coalesce(
      (select greatest(s.resumed_at, s.connected_at) from sovereign_sync.settings as s), '-infinity'
    )
  order by d.id desc
  limit 1;
$$;

comment on function sovereign_sync.last_answered_dispatch() is
  'The last call of the function of which is known what became of it, since the schedule was resumed or connected anew.';

create function sovereign_sync.dispatch_failed(dispatch public.sync_dispatches)
returns boolean
language sql
immutable
set search_path = ''
as $$ select coalesce(dispatch.outcome not in ('accepted', 'busy'), false); $$;

comment on function sovereign_sync.dispatch_failed(public.sync_dispatches) is
  'Whether a call did not get what it was made for.';

-- From the outside to the inside: no tick, no call, no run, a run that failed, a run that does not end.
create function sovereign_sync.why_no_run_completes()
returns text
language sql
stable
set search_path = ''
as $$
  select case
    when sovereign_sync.database_is_read_only() then 'the database is read-only; ' || sovereign_sync.describe_full_disk()
    when tick.at is null or tick.at < now() - greatest(s.alert_no_completed_run_after, interval '6 minutes')
      then coalesce(sovereign_sync.schedule_problem(), 'no tick has come' || coalesce(' since ' || to_char(tick.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC', '')
        || '; see whether pg_cron runs')
    when sovereign_sync.dispatch_failed(d) then sovereign_sync.describe_dispatch(d)
    when f.sync_completed_at > ran.at then sovereign_sync.describe_failure(f)
    when exists (
      select from public.tblsovereignapplicationssynclog as l
      where l.trigger = 'schedule' and l.cancelled_at is not null and l.sync_completed_at > ran.at
    ) then 'its runs were cancelled; sync_actions says by whom'
    when o.id is not null then format(
      'the run of %s does not come to its end; sync_runs shows it',
      to_char(o.sync_started_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC'
    )
    else 'no run was opened; sync_dispatches shows what became of the ticks'
  end
  from sovereign_sync.settings as s
  cross join (select sovereign_sync.schedule_ran_at() as at) as ran
  cross join (select max(d.dispatched_at) as at from sovereign_sync.dispatches as d where d.trigger = 'schedule') as tick
  left join sovereign_sync.last_answered_dispatch() as d on true
  left join sovereign_sync.last_failed_run() as f on true
  left join public.tblsovereignapplicationssynclog as o on o.status = 'running';
$$;

comment on function sovereign_sync.why_no_run_completes() is
  'Why the schedule brings no completed run, with what mends it.';
