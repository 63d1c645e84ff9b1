-- One run with all that is known of it, for the dashboard.

create function sovereign_sync.read_run(run uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  found_run public.tblsovereignapplicationssynclog;
  ended_at timestamptz;
begin
  select l.* into found_run from public.tblsovereignapplicationssynclog as l where l.id = read_run.run;
  if found_run.id is null then
    raise exception 'There is no run %', coalesce(read_run.run::text, 'null')
      using errcode = '22023', hint = 'The log keeps a run for sync_settings.keep_log_for.';
  end if;
  ended_at := coalesce(found_run.sync_completed_at, now());
  return jsonb_build_object(
    'run', (
      select jsonb_build_object(
        'id', r.id, 'trigger', r.trigger, 'force', found_run.force, 'since', r.since_date,
        'listed_since', found_run.listed_since, 'outcome', r.status, 'words', r.outcome,
        'reason', case
          when r.status = 'failed' then sovereign_sync.describe_failure(found_run)
          else found_run.error_details ->> 'reason'
        end,
        'started_at', r.started_at, 'listed_at', found_run.listed_at, 'completed_at', found_run.sync_completed_at,
        'heartbeat_at', found_run.heartbeat_at, 'seconds', r.seconds, 'passes', r.passes,
        'found', r.found, 'unchanged', r.unchanged, 'enqueued', found_run.applications_enqueued,
        'fetched', found_run.applications_fetched, 'synced', r.synced, 'failed', r.failed,
        'fetch_failures', found_run.fetch_failures, 'upsert_failures', found_run.upsert_failures,
        'parked', found_run.applications_parked, 'locked', found_run.applications_locked,
        'missing', found_run.applications_missing, 'gone', found_run.applications_gone,
        'changes_missed', found_run.changes_missed, 'watermark', found_run.moves_watermark,
        'cancelled_at', found_run.cancelled_at, 'cancelled_by', found_run.cancelled_by,
        -- What asked for its dispatch, in the same transaction. Who that was is for operators.
        'asked_by', (
          select jsonb_build_object(
            'role', a.role_name, 'email', case when sovereign_sync.is_operator() then a.email end
          )
          from public.sync_dispatches as d
          join sovereign_sync.actions as a on a.acted_at = d.dispatched_at
          where d.run = found_run.id and d.trigger in ('manual', 'reconciliation')
          order by a.id
          limit 1
        )
      )
      from public.sync_runs as r
      where r.id = found_run.id
    ),
    'dispatches', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', d.id, 'dispatched_at', d.dispatched_at, 'trigger', d.trigger, 'outcome', d.outcome,
        'status_code', d.status_code, 'message', d.message
      ) order by d.id), '[]')
      from public.sync_dispatches as d
      where d.run = found_run.id
    ),
    'warnings', coalesce(found_run.error_details -> 'warnings', '[]') || coalesce(found_run.error_details -> 'anomalies', '[]'),
    'errors', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'fingerprint', c.fingerprint, 'count', c.count, 'examples', c.examples, 'what_to_do', e.what_to_do
      ) order by c.count desc, c.fingerprint), '[]')
      from (
        select f.fingerprint, count(*) as count, (array_agg(distinct f.id))[1:5] as examples
        from (
          select e.value ->> 'id' as id, sovereign_sync.fingerprint(e.value ->> 'error', e.value ->> 'id') as fingerprint
          from jsonb_array_elements(found_run.error_details -> 'errors') as e (value)
        ) as f
        group by f.fingerprint
      ) as c
      left join public.sync_errors as e on e.fingerprint = c.fingerprint
    ),
    'changes', (
      select count(*)
      from sovereign_sync.changes as c
      where c.run = found_run.id and c.changed_at between found_run.sync_started_at and ended_at
    )
  );
end;
$$;

comment on function sovereign_sync.read_run(uuid) is 'What sync_run() hands out.';

create function public.sync_run(run uuid)
returns jsonb
language sql
stable
set search_path = ''
return sovereign_sync.read_run(run);

comment on function public.sync_run(uuid) is
  'One run with its counts, who asked for it, its dispatches, warnings, errors by cause, and how many applications it changed.';
