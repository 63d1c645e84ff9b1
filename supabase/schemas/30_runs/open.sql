-- How a pass begins: it opens a run, or resumes the one that was released for it.

create function sovereign_sync.default_since()
returns integer
language sql
immutable
set search_path = ''
as $$ select 7; $$;

comment on function sovereign_sync.default_since() is 'So many days ago the first run of all begins to list.';

create function sovereign_sync.resume_sync_run(run_id uuid, lease uuid)
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

comment on function sovereign_sync.resume_sync_run(uuid, uuid) is 'Gives a released run to its next pass.';

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
    elsif run.lease is not null and not sovereign_sync.run_is_dead(run.heartbeat_at) then
      answer := 'running';
    elsif run.cancelled_at is not null then
      perform sovereign_sync.close_dead_run(run);
      answer := 'ended';
    else
      perform sovereign_sync.void_claims(run.lease);
      run := sovereign_sync.resume_sync_run(run.id, open_sync_run.lease);
    end if;
  elsif run.id is not null and not sovereign_sync.run_is_dead(run.heartbeat_at) then
    -- A released one counts too: its next pass is on the way.
    answer := 'running';
  else
    if run.id is not null then
      perform sovereign_sync.close_dead_run(run);
    end if;
    insert into public.tblsovereignapplicationssynclog as l
      (since_date, trigger, force, moves_watermark, status, lease, heartbeat_at, passes)
    values (
      coalesce(
        open_sync_run.since, watermark, (now() at time zone open_sync_run.time_zone)::date - sovereign_sync.default_since()
      ),
      open_sync_run.trigger, open_sync_run.force, open_sync_run.moves_watermark,
      'running', open_sync_run.lease, now(), 1
    )
    on conflict ((true)) where status = 'running' do nothing
    returning l.* into run;
    if found then
      perform sovereign_sync.begin_waiting_sync(run);
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
    case when answer = 'opened' then (select count(*)::integer from sovereign_sync.due_applications) else 0 end,
    sovereign_sync.asks_canaries_first();
end;
$$;

comment on function public.open_sync_run(uuid, date, text, boolean, boolean, uuid, text) is
  'Opens a run, or with next_pass goes on with the one that was released. Without since it lists from the watermark, in '
  'OCC''s time zone, or if there is none (has_watermark) from 7 days ago. outcome: opened; running (another pass works on '
  'the open run, or will); ended (there is no such run to go on with). due: how many applications are to be fetched now. '
  'may_shorten: whether a later date may stand in when OCC cannot list from this one. occ_unwell: canaries are to be asked '
  'before anything is fetched.';
