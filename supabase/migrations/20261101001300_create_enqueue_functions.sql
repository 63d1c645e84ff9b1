-- How applications enter the queue: OCC lists them, somebody asks for them by number, or their rows are deleted.

create function private.judge_listed(applications jsonb, force boolean)
returns table (
  id text,
  last_saved timestamptz,
  stored_last_saved timestamptz,
  is_new boolean,
  is_newer boolean,
  is_stale boolean,
  was_current boolean
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
    m.lastsaveddatetime,
    s.g3_application_number is null,
    -- Newer than the newest known list entry: a real change, which ends any waiting and un-parks.
    coalesce(l.last_saved > s.listed_last_saved, s.listed_last_saved is null and l.last_saved is not null),
    case
      when judge_listed.force then true
      when s.state in ('pending', 'failed') then true
      when l.last_saved is null and s.state is distinct from 'parked' then true
      when s.state = 'parked' then l.last_saved > coalesce(s.listed_last_saved, '-infinity')
      when m.g3_application_number is null then true
      when s.state = 'synced' then l.last_saved > coalesce(s.synced_last_saved, '-infinity')
      -- Never listed before, but stored already: adopted rows are compared, not fetched again.
      else l.last_saved > coalesce(m.lastsaveddatetime, '-infinity')
    end,
    coalesce(s.state, 'synced') = 'synced'
  from listed as l
  left join public.sync_status as s on s.g3_application_number = l.id
  left join public.tblsovereignapplications as m on m.g3_application_number = l.id;
$$;

comment on function private.judge_listed(jsonb, boolean) is
  'What OCC listed, [{"id", "last_saved"}], compared with what is known: what is new, newer, or stale (to be fetched).';

create function private.covered_until()
returns timestamptz
language sql
stable
set search_path = ''
as $$
  select max(l.sync_started_at) - interval '10 minutes'
  from public.tblsovereignapplicationssynclog as l
  where l.moves_watermark and l.listed_at is not null;
$$;

comment on function private.covered_until() is
  'What OCC saved before this, the runs by schedule have had their chance to list.';

create function public.enqueue_applications(lease uuid, applications jsonb, complete boolean)
returns table (enqueued integer, due integer)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  run public.tblsovereignapplicationssynclog := private.hold_sync_run(enqueue_applications.lease);
  covered_until constant timestamptz := case when run.trigger = 'reconciliation' then private.covered_until() end;
  found_count integer;
  enqueued_count integer;
  missed_count integer;
  moved_ids text[];
begin
  with judged as materialized (
    select j.* from private.judge_listed(enqueue_applications.applications, run.force) as j
  ),
  added as (
    insert into public.sync_status
      (g3_application_number, state, listed_last_saved, synced_last_saved, next_attempt_at, stale_since, synced_at)
    select
      j.id,
      case when j.is_stale then 'pending' else 'synced' end,
      j.last_saved,
      j.stored_last_saved,
      case when j.is_stale then now() end,
      case when j.is_stale then now() end,
      case when not j.is_stale then now() end
    from judged as j
    where j.is_new
    on conflict do nothing
  ),
  moved as (
    update public.sync_status as s
    set
      listed_last_saved = greatest(j.last_saved, s.listed_last_saved),
      listed_at = now(),
      attempts = case when j.is_newer or j.was_current or run.force then 0 else s.attempts end,
      lapses = case when j.is_newer or j.was_current then 0 else s.lapses end
    from judged as j
    where not j.is_new and j.is_stale and s.g3_application_number = j.id
      -- What waits for its next attempt goes on waiting, unless it changed or a person asks.
      and (s.state <> 'failed' or j.is_newer or run.trigger = 'manual' or run.force)
      and (s.state <> 'pending' or j.is_newer)
    returning s.g3_application_number as id
  )
  select
    count(*),
    count(*) filter (where j.is_stale),
    count(*) filter (where j.is_stale and j.was_current and not run.force and j.last_saved < covered_until),
    array(select m.id from moved as m)
  into found_count, enqueued_count, missed_count, moved_ids
  from judged as j;

  perform private.make_pending(moved_ids, forget => false);

  update public.tblsovereignapplicationssynclog as l
  set
    applications_found = l.applications_found + found_count,
    applications_enqueued = l.applications_enqueued + enqueued_count,
    applications_unchanged = l.applications_unchanged + found_count - enqueued_count,
    changes_missed = case when run.trigger = 'reconciliation' then coalesce(l.changes_missed, 0) + missed_count end,
    listed_at = case when enqueue_applications.complete then now() else l.listed_at end
  where l.id = run.id
  returning l.* into run;

  return query select
    run.applications_enqueued,
    case
      when enqueue_applications.complete then (select count(*)::integer from private.due_applications)
      else 0
    end;
end;
$$;

comment on function public.enqueue_applications(uuid, jsonb, boolean) is
  'Stores a part of OCC''s list, [{"id", "last_saved"}], and marks what is stale as pending. complete: it was the last '
  'part. Returns how many the run has enqueued, and after the last part how many it has to fetch now, backlog and all.';

create function public.request_applications(ids text[])
returns void
language sql
set search_path = ''
as $$
  -- In order, so that two requests never wait for each other.
  insert into public.sync_status as s (g3_application_number, requested_at)
  select distinct i.id, now() from unnest(request_applications.ids) as i (id) order by i.id
  on conflict (g3_application_number) do update set requested_at = excluded.requested_at;

  select private.make_pending(request_applications.ids);
$$;

comment on function public.request_applications(text[]) is
  'Asks for applications by number, whatever is known of them: the open run or the next one fetches them before all others.';

-- The status table must know at once: the application may not be listed again for years.
create function private.requeue_deleted_applications()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
  deleted_ids text[];
begin
  if tg_op = 'TRUNCATE' then
    deleted_ids := array(select s.g3_application_number from public.sync_status as s where s.state = 'synced' for update);
  else
    deleted_ids := array(
      select s.g3_application_number from public.sync_status as s
      where s.state = 'synced' and s.g3_application_number in (select d.g3_application_number from deleted as d)
      for update
    );
  end if;
  perform private.make_pending(deleted_ids);
  update public.sync_status as s set synced_last_saved = null where s.g3_application_number = any (deleted_ids);
  return null;
end;
$$;

comment on function private.requeue_deleted_applications() is
  'Marks applications deleted from the main table as pending, so that the next run fetches them again.';

create trigger requeue_deleted_applications
  after delete on public.tblSovereignApplications
  referencing old table as deleted
  for each statement execute function private.requeue_deleted_applications();

create trigger requeue_truncated_applications
  after truncate on public.tblSovereignApplications
  for each statement execute function private.requeue_deleted_applications();

revoke all on function
  private.judge_listed(jsonb, boolean),
  private.covered_until(),
  private.requeue_deleted_applications(),
  public.enqueue_applications(uuid, jsonb, boolean),
  public.request_applications(text[])
from public, anon, authenticated, service_role;

grant execute on function
  private.judge_listed(jsonb, boolean),
  private.covered_until(),
  public.enqueue_applications(uuid, jsonb, boolean),
  public.request_applications(text[])
to service_role;
