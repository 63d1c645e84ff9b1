-- How applications enter the queue: OCC lists them.

-- A listed lastSavedDateTime is a version, not a clock: another one than the one listed when the application was last
-- settled is news, whichever way it moved.
create function sovereign_sync.judge_listed(applications jsonb, force boolean)
returns table (
  id text,
  last_saved timestamptz,
  is_new boolean,
  was_synced boolean,
  was_missing boolean,
  is_changed boolean,
  is_stale boolean
)
language sql
stable
set search_path = ''
as $$
  with listed as (
    -- A list may repeat itself.
    select a.id, max(a.last_saved) as last_saved
    from jsonb_to_recordset(judge_listed.applications) as a (id text, last_saved timestamptz)
    group by a.id
  )
  select
    l.id,
    l.last_saved,
    s.g3_application_number is null,
    coalesce(s.state = 'synced', false),
    s.missing_since is not null,
    s.listed_at is null or s.listed_last_saved is distinct from l.last_saved
      -- OCC has it again.
      or s.state = 'gone' and s.missing_since is not null,
    case
      when judge_listed.force or m.g3_application_number is null then true
      -- Without a date nobody can tell: once an hour it is asked for.
      when l.last_saved is null and s.state = 'synced' then s.synced_at < now() - interval '1 hour'
      -- What was never settled under a listed version is compared with what is stored: adopted rows are not fetched again.
      else l.last_saved is distinct from coalesce(s.settled_last_saved, m.lastsaveddatetime)
    end
  from listed as l
  left join sovereign_sync.status as s on s.g3_application_number = l.id
  left join public.tblsovereignapplications as m on m.g3_application_number = l.id;
$$;

comment on function sovereign_sync.judge_listed(jsonb, boolean) is
  'What OCC listed, [{"id", "last_saved"}], compared with what is known: new, listed with another version than before, or '
  'stale (to be fetched).';

create function sovereign_sync.covered_range()
returns tstzrange
language sql
stable
set search_path = ''
as $$
  select tstzrange(c.from_date::timestamptz + interval '1 day', c.last_list_at - interval '10 minutes')
  from (
    select
      greatest(min(l.since_date), (select g.to_date from sovereign_sync.gaps as g where g.closed_at is null)) as from_date,
      max(l.sync_started_at) as last_list_at
    from public.tblsovereignapplicationssynclog as l
    where l.moves_watermark and l.listed_at is not null and l.sync_started_at <= now()
  ) as c
  where c.from_date::timestamptz + interval '1 day' < c.last_list_at - interval '10 minutes';
$$;

comment on function sovereign_sync.covered_range() is
  'What OCC saved in this time, the scheduled runs have had their chance to list. Days of an open gap are none of it.';

create function sovereign_sync.check_list(run public.tblsovereignapplicationssynclog, listed_since date, skipped integer)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(jsonb_agg(w.warning), '[]')
  from (
    select 'OCC''s list is empty, although applications are stored that were saved since: it does not move the watermark'
      as warning
    where run.applications_found = 0
      and (select max(m.lastsaveddatetime) from public.tblsovereignapplications as m)
        >= check_list.listed_since + interval '1 day'
    union all
    select format('%s listed applications were locked by somebody: they are listed again', check_list.skipped)
    where check_list.skipped > 0
  ) as w;
$$;

comment on function sovereign_sync.check_list(public.tblsovereignapplicationssynclog, date, integer) is
  'Why a list must not move the watermark, in words; empty when nothing is wrong with it.';

create function public.enqueue_applications(
  lease uuid,
  applications jsonb,
  part integer,
  listed_since date,
  complete boolean
)
returns integer
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  run public.tblsovereignapplicationssynclog := sovereign_sync.hold_sync_run(enqueue_applications.lease);
  covered constant tstzrange := case when run.trigger = 'reconciliation' then sovereign_sync.covered_range() end;
  found_count integer;
  enqueued_count integer;
  missed_count integer;
  skipped_count integer;
  stale_ids text[];
  warnings jsonb;
begin
  -- A part whose answer was lost is sent again, and counted once.
  if enqueue_applications.part >= run.listed_parts then
    with judged as materialized (
      select j.* from sovereign_sync.judge_listed(enqueue_applications.applications, run.force) as j
    ),
    -- Before any row is locked, and in order: it waits for whoever is inserting the same number just now.
    added as materialized (
      insert into sovereign_sync.status
        (g3_application_number, state, listed_last_saved, listed_at, settled_last_saved, force, next_attempt_at,
          stale_since, synced_at)
      select
        j.id,
        case when j.is_stale then 'pending' else 'synced' end,
        j.last_saved,
        now(),
        case when not j.is_stale then j.last_saved end,
        run.force,
        case when j.is_stale then now() end,
        case when j.is_stale then now() end,
        case when not j.is_stale then now() end
      from judged as j
      where j.is_new
      order by j.id
      on conflict do nothing
      returning 1
    ),
    news as materialized (
      select j.*
      from judged as j
      where not j.is_new and (j.is_changed or j.was_missing or run.force or j.was_synced and j.is_stale)
    ),
    -- What somebody else holds locked is not waited for.
    unlocked as materialized (
      select s.g3_application_number as id
      from sovereign_sync.status as s
      where s.g3_application_number in (select n.id from news as n) and (select count(*) from added) >= 0
      order by s.g3_application_number
      for update skip locked
    ),
    moved as (
      update sovereign_sync.status as s
      set
        listed_last_saved = n.last_saved,
        listed_at = now(),
        force = s.force or run.force,
        missing_since = null,
        next_attempt_at = case when s.state = 'gone' then now() else s.next_attempt_at end
      from news as n
      join unlocked as u on u.id = n.id
      where s.g3_application_number = n.id
      returning
        s.g3_application_number as id,
        case when n.was_synced then n.is_stale else n.is_changed or run.force end as is_pending
    )
    select
      count(*),
      count(*) filter (where j.is_stale or not (j.is_new or j.was_synced)),
      count(*) filter (where j.is_stale and j.was_synced and not run.force and j.last_saved <@ covered),
      (select count(*) from news) - (select count(*) from moved),
      array(select m.id from moved as m where m.is_pending)
    into found_count, enqueued_count, missed_count, skipped_count, stale_ids
    from judged as j;

    perform sovereign_sync.make_pending(stale_ids);
    if run.trigger = 'reconciliation' then
      perform sovereign_sync.note_listed(enqueue_applications.applications, enqueue_applications.part);
    end if;
    update public.tblsovereignapplicationssynclog as l
    set
      listed_parts = enqueue_applications.part + 1,
      applications_found = l.applications_found + found_count,
      applications_enqueued = l.applications_enqueued + enqueued_count,
      applications_unchanged = l.applications_unchanged + found_count - enqueued_count,
      changes_missed = case when run.trigger = 'reconciliation' then coalesce(l.changes_missed, 0) + missed_count end,
      listed_skipped = l.listed_skipped + skipped_count
    where l.id = run.id
    returning l.* into run;
  end if;

  if enqueue_applications.complete and run.listed_at is null then
    warnings := sovereign_sync.check_list(run, enqueue_applications.listed_since, run.listed_skipped);
    update public.tblsovereignapplicationssynclog as l
    set
      listed_at = now(),
      listed_since = enqueue_applications.listed_since,
      moves_watermark = l.moves_watermark and jsonb_array_length(warnings) = 0,
      error_details = sovereign_sync.append_details(l.error_details, 'warnings', warnings)
    where l.id = run.id
    returning l.* into run;
    if jsonb_array_length(warnings) = 0 then
      perform sovereign_sync.move_watermark(run, enqueue_applications.listed_since);
    end if;
    if run.trigger = 'reconciliation' then
      perform sovereign_sync.suspect_missing(run);
      perform sovereign_sync.recheck_disagreed();
    end if;
  end if;
  return case
    when enqueue_applications.complete then (select count(*) from sovereign_sync.due_applications)
    else 0
  end;
end;
$$;

comment on function public.enqueue_applications(uuid, jsonb, integer, date, boolean) is
  'Stores a part of OCC''s list since a date, [{"id", "last_saved"}], parts counted from 0, and marks what is stale as '
  'pending. complete: it was the last part; returns then how many applications are due now, backlog and all.';

-- At most so many a night, and only what was settled lately: OCC is not asked for all of its past.
create function sovereign_sync.recheck_disagreed()
returns void
language plpgsql
set search_path = ''
as $$
declare
  rechecked constant sovereign_sync.status[] := array(
    select s
    from sovereign_sync.status as s
    where s.disagreed and s.state = 'synced' and s.synced_at > now() - interval '2 days'
    order by s.g3_application_number
    limit 200
    for update skip locked
  );
begin
  perform sovereign_sync.make_pending(array(select d.g3_application_number from unnest(rechecked) as d));
  -- OCC has said it twice already: the same answer a third time settles it at once.
  update sovereign_sync.status as s
  set disagreed = false, rechecking = true, held_answer = d.held_answer, held_since = d.held_since
  from unnest(rechecked) as d
  where s.g3_application_number = d.g3_application_number;
end;
$$;

comment on function sovereign_sync.recheck_disagreed() is
  'Asks once more for what was settled although OCC''s details and its list differed.';
