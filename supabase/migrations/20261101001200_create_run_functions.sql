-- One run at a time. The row lock on the running row decides every race, the lease fences off whoever lost it.

-- Every call of a pass starts here: proves the lease, locks the run against a takeover, shows a sign of life.
create function private.prove_lease(lease uuid)
returns public.tblsovereignapplicationssynclog
language plpgsql
set search_path = ''
as $$
declare
  run public.tblsovereignapplicationssynclog;
begin
  update public.tblsovereignapplicationssynclog as l
  set heartbeat_at = now()
  where l.status = 'running' and l.lease = prove_lease.lease
  returning l.* into run;
  if run.id is null then
    raise exception 'The lease on the sync run is lost' using errcode = 'PT409';
  end if;
  return run;
end;
$$;

comment on function private.prove_lease(uuid) is
  'Returns the running row held by this lease, locked and with a fresh heartbeat; raises PT409 when the lease is lost.';

create function private.hold_sync_run(lease uuid)
returns public.tblsovereignapplicationssynclog
language plpgsql
set search_path = ''
as $$
declare
  run constant public.tblsovereignapplicationssynclog := private.prove_lease(hold_sync_run.lease);
begin
  if run.cancelled_at is not null then
    raise exception 'The sync run is cancelled' using errcode = 'PT410';
  end if;
  return run;
end;
$$;

comment on function private.hold_sync_run(uuid) is
  'The same for all a pass does but its end: raises PT410 when the run is cancelled, and the pass has to end.';

create function private.describe_cancellation(run public.tblsovereignapplicationssynclog)
returns text
language sql
stable
set search_path = ''
as $$
  select format(
    'Cancelled by %s at %s UTC; what it left goes on in the next run',
    run.cancelled_by, to_char(run.cancelled_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
  );
$$;

comment on function private.describe_cancellation(public.tblsovereignapplicationssynclog) is
  'Who cancelled a run, and when, in words.';

create function private.append_details(details jsonb, key text, entries jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  if jsonb_array_length(append_details.entries) = 0 then
    return append_details.details;
  end if;
  return coalesce(append_details.details, '{}') || jsonb_build_object(
    append_details.key, coalesce(append_details.details -> append_details.key, '[]') || append_details.entries
  );
end;
$$;

comment on function private.append_details(jsonb, text, jsonb) is
  'A run''s error_details with entries added to one of its lists: errors, warnings, or anomalies, which raise an alert.';

create function private.append_errors(details jsonb, errors jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  -- The first hundred say what is wrong; the status table has them all.
  if jsonb_array_length(coalesce(append_errors.details -> 'errors', '[]')) >= 100 then
    return append_errors.details;
  end if;
  return private.append_details(append_errors.details, 'errors', append_errors.errors);
end;
$$;

comment on function private.append_errors(jsonb, jsonb) is 'A run''s error_details with errors added, up to about a hundred.';

create function private.to_errors(failures jsonb)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'error', f.error)), '[]')
  from jsonb_to_recordset(to_errors.failures) as f (id text, error text);
$$;

comment on function private.to_errors(jsonb) is 'Failures as the log keeps them: the application and what is wrong.';

create function private.resume_sync_run(run_id uuid, lease uuid)
returns public.tblsovereignapplicationssynclog
language sql
set search_path = ''
as $$
  update public.tblsovereignapplicationssynclog as l
  set
    lease = resume_sync_run.lease,
    heartbeat_at = now(),
    passes = l.passes + 1,
    claimed_parts = 0,
    -- Without a finished list the next pass lists again, from nothing.
    listed_parts = case when l.listed_at is not null then l.listed_parts else 0 end,
    listed_skipped = case when l.listed_at is not null then l.listed_skipped else 0 end,
    applications_found = case when l.listed_at is not null then l.applications_found else 0 end,
    applications_unchanged = case when l.listed_at is not null then l.applications_unchanged else 0 end,
    applications_enqueued = case when l.listed_at is not null then l.applications_enqueued else 0 end
  where l.id = resume_sync_run.run_id
  returning l.*;
$$;

comment on function private.resume_sync_run(uuid, uuid) is 'Gives a released run to its next pass.';

create function private.close_dead_run(run public.tblsovereignapplicationssynclog)
returns void
language sql
set search_path = ''
as $$
  select private.void_claims(run.lease);

  update public.tblsovereignapplicationssynclog as l
  set
    status = 'failed',
    sync_completed_at = now(),
    lease = null,
    error_details = coalesce(l.error_details, '{}') || jsonb_build_object(
      'reason', case
        when l.cancelled_at is not null then private.describe_cancellation(l)
        when l.lease is null then 'Its next pass never came; what it left goes on in the next run'
        else 'Its worker died; what it left goes on in the next run'
      end
    )
  where l.id = run.id;
$$;

comment on function private.close_dead_run(public.tblsovereignapplicationssynclog) is
  'Ends a run that shows no sign of life. What it enqueued stays enqueued, what it had claimed is due at once.';

create function private.occ_was()
returns text
language sql
stable
set search_path = ''
as $$
  select l.occ
  from public.tblsovereignapplicationssynclog as l
  where l.occ is not null and l.sync_started_at <= now()
  order by l.sync_started_at desc
  limit 1;
$$;

comment on function private.occ_was() is
  'How OCC was found to be when it was last asked: well, unwell, or unknown (nothing could be fetched, and nothing is synced).';

-- Found unwell, OCC has still not answered: what failed before canaries could tell may have been its fault.
create function private.is_in_doubt()
returns boolean
language sql
stable
set search_path = ''
as $$
  select coalesce((
    select l.occ = 'unknown'
    from public.tblsovereignapplicationssynclog as l
    where l.occ in ('unknown', 'well') and l.sync_started_at <= now()
    order by l.sync_started_at desc
    limit 1
  ), false);
$$;

comment on function private.is_in_doubt() is
  'Whether failures were counted that may be OCC''s: nobody could tell, and OCC has not been found well since.';

create function private.has_canaries()
returns boolean
language sql
stable
set search_path = ''
as $$
  select exists (
    select
    from public.sync_status as s
    join public.tblsovereignapplications as m using (g3_application_number)
    where s.state = 'synced' and (s.no_canary_until > now()) is not true
  );
$$;

comment on function private.has_canaries() is 'Whether there is a canary that has not failed lately.';

-- Canaries that have failed already say nothing new: OCC may be well, and they themselves gone.
create function private.asks_canaries_first()
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  if private.occ_was() is distinct from 'unwell' then
    return false;
  end if;
  return private.has_canaries();
end;
$$;

comment on function private.asks_canaries_first() is
  'Whether OCC was found unwell last, and there are canaries that have not failed yet.';

create function private.default_since()
returns integer
language sql
immutable
set search_path = ''
as $$ select 7; $$;

comment on function private.default_since() is 'So many days ago the first run of all begins to list.';

-- run_id: with the trigger next_pass, the run to go on with. The lease is the caller's, so that a call whose answer was
-- lost can be repeated.
create function public.open_sync_run(
  lease uuid,
  since date default null,
  trigger text default 'manual',
  force boolean default false,
  moves_watermark boolean default true,
  run_id uuid default null,
  time_zone text default 'UTC'
)
returns table (
  outcome text,
  sync_log_id uuid,
  since_date date,
  has_watermark boolean,
  may_shorten boolean,
  listed boolean,
  pass integer,
  due integer,
  occ_unwell boolean
)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  run public.tblsovereignapplicationssynclog;
  answer text := 'opened';
  watermark constant date := case
    when open_sync_run.since is null and open_sync_run.trigger <> 'next_pass'
    then (select w.last_sync_date from public.read_watermark(open_sync_run.time_zone) as w)
  end;
begin
  select l.* into run from public.tblsovereignapplicationssynclog as l where l.status = 'running' for update;

  if run.lease = open_sync_run.lease then
    answer := 'opened';
  elsif open_sync_run.trigger = 'next_pass' then
    if run.id is null or run.id is distinct from open_sync_run.run_id then
      answer := 'ended';
    elsif run.lease is not null and not private.run_is_dead(run.heartbeat_at) then
      answer := 'running';
    elsif run.cancelled_at is not null then
      perform private.close_dead_run(run);
      answer := 'ended';
    else
      perform private.void_claims(run.lease);
      run := private.resume_sync_run(run.id, open_sync_run.lease);
    end if;
  elsif run.id is not null and not private.run_is_dead(run.heartbeat_at) then
    -- A released one counts too: its next pass is on the way.
    answer := 'running';
  else
    if run.id is not null then
      perform private.close_dead_run(run);
    end if;
    insert into public.tblsovereignapplicationssynclog as l
      (since_date, trigger, force, moves_watermark, status, lease, heartbeat_at, passes)
    values (
      coalesce(
        open_sync_run.since, watermark, (now() at time zone open_sync_run.time_zone)::date - private.default_since()
      ),
      open_sync_run.trigger, open_sync_run.force, open_sync_run.moves_watermark,
      'running', open_sync_run.lease, now(), 1
    )
    on conflict ((true)) where status = 'running' do nothing
    returning l.* into run;
    if found then
      perform private.begin_waiting_sync(run);
    else
      -- Somebody opened a run between the look and the insert.
      select l.* into run from public.tblsovereignapplicationssynclog as l where l.status = 'running';
      answer := 'running';
    end if;
  end if;

  return query select
    answer,
    case when answer = 'ended' then open_sync_run.run_id else run.id end,
    run.since_date,
    watermark is not null,
    run.trigger <> 'manual',
    run.listed_at is not null,
    run.passes,
    case when answer = 'opened' then (select count(*)::integer from private.due_applications) else 0 end,
    private.asks_canaries_first();
end;
$$;

comment on function public.open_sync_run(uuid, date, text, boolean, boolean, uuid, text) is
  'Opens a run, or with next_pass goes on with the one that was released. Without since it lists from the watermark, in '
  'OCC''s time zone, or if there is none (has_watermark) from 7 days ago. outcome: opened; running (another pass works on '
  'the open run, or will); ended (there is no such run to go on with). due: how many applications are to be fetched now. '
  'may_shorten: whether a later date may stand in when OCC cannot list from this one. occ_unwell: canaries are to be asked '
  'before anything is fetched.';

revoke all on function
  private.prove_lease(uuid),
  private.hold_sync_run(uuid),
  private.describe_cancellation(public.tblsovereignapplicationssynclog),
  private.append_details(jsonb, text, jsonb),
  private.append_errors(jsonb, jsonb),
  private.to_errors(jsonb),
  private.resume_sync_run(uuid, uuid),
  private.close_dead_run(public.tblsovereignapplicationssynclog),
  private.occ_was(),
  private.is_in_doubt(),
  private.has_canaries(),
  private.asks_canaries_first(),
  private.default_since(),
  public.open_sync_run(uuid, date, text, boolean, boolean, uuid, text)
from public, anon, authenticated, service_role;

grant execute on function
  private.prove_lease(uuid),
  private.hold_sync_run(uuid),
  private.describe_cancellation(public.tblsovereignapplicationssynclog),
  private.append_details(jsonb, text, jsonb),
  private.append_errors(jsonb, jsonb),
  private.to_errors(jsonb),
  private.resume_sync_run(uuid, uuid),
  private.close_dead_run(public.tblsovereignapplicationssynclog),
  private.occ_was(),
  private.is_in_doubt(),
  private.has_canaries(),
  private.asks_canaries_first(),
  private.default_since(),
  public.open_sync_run(uuid, date, text, boolean, boolean, uuid, text)
to service_role;
