-- Claims are settled together with the rows they brought, in one transaction.

create function sovereign_sync.settle_answers(run_id uuid, decisions sovereign_sync.answer_decision[])
returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
    update sovereign_sync.status as s
    set
      state = case when d.is_locked then 'failed' when d.is_settled then 'synced' else 'pending' end,
      settled_last_saved = case when d.is_settled then s.listed_last_saved else s.settled_last_saved end,
      synced_at = case when d.is_settled then now() else s.synced_at end,
      stale_since = case when not d.is_settled then coalesce(s.stale_since, now()) end,
      next_attempt_at = case
        when d.is_settled then null
        when d.requested_again then now()
        when d.is_locked then sovereign_sync.next_attempt_at(s.attempts + 1)
        else now() + interval '1 minute'
      end,
      -- A lock passes: it never parks an application.
      attempts = case when d.is_locked then s.attempts + 1 else 0 end,
      failing_since = null,
      last_error = case
        when d.is_locked then 'Cannot upsert application ' || d.id || ': somebody holds its row locked'
        when d.is_settled or d.requested_again then null
        else 'OCC''s details and its list differ: asked again, until it says the same ten minutes later'
      end,
      lapses = 0,
      -- Kept when it was settled in spite of the list: asked for once more, it need not be repeated again.
      held_answer = case
        when d.is_settled and not d.disagrees then null
        when d.is_locked then s.held_answer
        else d.answer
      end,
      held_since = case
        when d.is_settled and not d.disagrees then null
        when d.is_locked or s.held_answer = d.answer then s.held_since
        else d.began_at
      end,
      -- What was settled although it disagrees is asked for once more by the next reconciliation, and no more after that.
      disagreed = d.is_settled and d.disagrees and not s.rechecking,
      rechecking = s.rechecking and not d.is_settled,
      -- OCC has it.
      missing_since = null,
      not_found_since = null,
      gone_at = null,
      force = s.force and d.is_locked,
      requested_at = case when d.requested_again or d.is_locked then s.requested_at end,
      attempted_by_run = case when not d.requested_again then settle_answers.run_id end,
      claimed_by = null,
      claimed_at = null
    from unnest(settle_answers.decisions) as d
    where s.g3_application_number = d.id;
end;
$$;

comment on function sovereign_sync.settle_answers(uuid, sovereign_sync.answer_decision[]) is
  'Ends the claims of what was fetched: synced, or pending until OCC''s list and details agree, or failed when locked.';

create function sovereign_sync.settle_failures(lease uuid, run_id uuid, failures jsonb)
returns table (fetch_failed integer, upsert_failed integer, parked integer, gone integer, errors jsonb)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    with failed as materialized (
      select
        s.g3_application_number as id,
        f.error,
        f.step,
        coalesce(s.requested_at > s.claimed_at, false) as requested_again,
        s.attempts + 1 as attempts,
        coalesce(s.failing_since, now()) as failing_since,
        s.listed_at is not null as was_listed,
        s.missing_since is not null and coalesce(f.not_found, false) as is_missing,
        -- Both by the database's clock: when the first answer was here, and when the second was not yet asked for.
        coalesce(s.claimed_at >= s.not_found_since + sovereign_sync.settled_apart(), false) as is_repeated,
        coalesce(f.not_found, false) as not_found
      from jsonb_to_recordset(settle_failures.failures) as f (id text, error text, step text, not_found boolean)
      join sovereign_sync.status as s on s.g3_application_number = f.id
      where s.claimed_by = settle_failures.lease
      order by s.g3_application_number
      for update of s skip locked
    ),
    judged as (
      select
        f.*,
        case
          when f.requested_again then 'pending'
          when f.is_missing then case when f.is_repeated then 'gone' else 'pending' end
          when f.attempts < sovereign_sync.max_attempts() or f.failing_since > now() - interval '1 day' then 'failed'
          when f.not_found and f.was_listed then 'gone'
          else 'parked'
        end as state
      from failed as f
    ),
    settled as (
      update sovereign_sync.status as s
      set
        state = j.state,
        attempts = case when j.requested_again then 0 when j.is_missing then s.attempts else j.attempts end,
        failing_since = case
          when j.requested_again then null
          when j.is_missing then s.failing_since
          else j.failing_since
        end,
        next_attempt_at = case
          when j.requested_again then now()
          when j.is_missing and j.state = 'gone' then null
          when j.is_missing then coalesce(s.not_found_since, now()) + sovereign_sync.settled_apart()
          when j.state = 'failed' then sovereign_sync.next_attempt_at(j.attempts)
          else now() + interval '1 day'
        end,
        not_found_since = case
          when not j.is_missing then s.not_found_since
          when j.state = 'pending' then coalesce(s.not_found_since, now())
        end,
        gone_at = case when j.state = 'gone' then coalesce(s.gone_at, now()) end,
        stale_since = coalesce(s.stale_since, now()),
        last_error = j.error,
        lapses = 0,
        requested_at = case when j.requested_again then s.requested_at end,
        attempted_by_run = case when not j.requested_again then settle_failures.run_id end,
        claimed_by = null,
        claimed_at = null
      from judged as j
      where s.g3_application_number = j.id
      returning j.id, j.error, j.step, s.state
    )
    select
      count(*) filter (where s.step = 'fetch')::integer,
      count(*) filter (where s.step = 'upsert')::integer,
      count(*) filter (where s.state = 'parked')::integer,
      count(*) filter (where s.state = 'gone')::integer,
      coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'error', s.error) order by s.id), '[]')
    from settled as s;
end;
$$;

comment on function sovereign_sync.settle_failures(uuid, uuid, jsonb) is
  'Ends the claims of what failed for its own fault: tried again later, or parked after eight attempts and a day. What is '
  'missing from OCC''s list and not found ("not_found") twice ten minutes apart is gone; what OCC lists and does not find is '
  'gone where it would be parked.';

create function public.settle_applications(lease uuid, applications jsonb, failures jsonb default '[]')
returns integer
language plpgsql
set search_path = ''
-- For what cannot be skipped: a row somebody is inserting at this moment.
set lock_timeout = '5s'
as $$
declare
  run public.tblsovereignapplicationssynclog := sovereign_sync.hold_sync_run(settle_applications.lease);
  rows public.tblsovereignapplications[];
  decisions sovereign_sync.answer_decision[];
  stored_count integer := 0;
  new_codes jsonb;
  locked_errors jsonb;
  failed record;
begin
  if jsonb_array_length(settle_applications.applications) > 0 then
    rows := array(
      select a
      from jsonb_populate_recordset(null::public.tblsovereignapplications, settle_applications.applications) as a
    );
    decisions := array(select d from sovereign_sync.decide_answers(run.lease, settle_applications.applications) as d);
    perform sovereign_sync.store_answers(run.id, rows, decisions);
    perform sovereign_sync.settle_answers(run.id, decisions);
    perform sovereign_sync.note_attributes(rows, decisions);
    new_codes := sovereign_sync.note_status_codes(rows, run.sync_started_at);
    select
      count(*) filter (where d.is_stored),
      coalesce(jsonb_agg(jsonb_build_object(
        'id', d.id, 'error', 'Cannot upsert application ' || d.id || ': somebody holds its row locked'
      )) filter (where d.is_locked), '[]')
    into stored_count, locked_errors
    from unnest(decisions) as d;
    update public.tblsovereignapplicationssynclog as l
    set
      applications_fetched = l.applications_fetched + stored_count + jsonb_array_length(locked_errors),
      applications_upserted = l.applications_upserted + stored_count,
      upsert_failures = l.upsert_failures + jsonb_array_length(locked_errors),
      applications_locked = l.applications_locked + jsonb_array_length(locked_errors),
      date_offsets = sovereign_sync.count_date_offsets(l.date_offsets, decisions),
      error_details = sovereign_sync.append_errors(
        sovereign_sync.append_details(l.error_details, 'warnings', new_codes),
        locked_errors
      )
    where l.id = run.id;
    perform sovereign_sync.note_errors(locked_errors);
  end if;

  if jsonb_array_length(settle_applications.failures) > 0 then
    select f.* into failed from sovereign_sync.settle_failures(run.lease, run.id, settle_applications.failures) as f;
    update public.tblsovereignapplicationssynclog as l
    set
      applications_fetched = l.applications_fetched + failed.upsert_failed,
      fetch_failures = l.fetch_failures + failed.fetch_failed,
      upsert_failures = l.upsert_failures + failed.upsert_failed,
      applications_parked = l.applications_parked + failed.parked,
      applications_gone = l.applications_gone + failed.gone,
      error_details = sovereign_sync.append_errors(l.error_details, failed.errors)
    where l.id = run.id;
    perform sovereign_sync.note_errors(failed.errors);
  end if;
  return stored_count;
end;
$$;

comment on function public.settle_applications(uuid, jsonb, jsonb) is
  'Stores fetched applications (keys are the table''s columns, and began_at: when the fetch began) and failures '
  '[{"id", "error", "step", "not_found"}], their status, the counters and the heartbeat in one transaction. Returns how '
  'many it stored.';
