-- What OCC listed, or a caller named, goes into the queue durably, in one transaction.

create function public.enqueue_applications(lease uuid, applications jsonb, complete boolean)
returns table (found integer, unchanged integer, enqueued integer, due boolean)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  run public.tblsovereignapplicationssynclog := private.hold_sync_run(enqueue_applications.lease);
  found_count integer;
  enqueued_count integer;
  missed_count integer;
  -- What OCC saved before this, the runs by schedule have had their chance to list.
  covered_until constant timestamptz := case when run.trigger = 'reconciliation' then (
    select max(l.sync_started_at) - interval '10 minutes'
    from public.tblsovereignapplicationssynclog as l
    where l.moves_watermark and l.listed_at is not null
  ) end;
begin
  with listed as (
    select a.id, max(a.last_saved) as last_saved
    from jsonb_to_recordset(enqueue_applications.applications) as a (id text, last_saved timestamptz)
    group by a.id
  ),
  judged as (
    select
      l.id,
      l.last_saved,
      s.g3_application_number is null as is_new,
      coalesce(s.state, 'synced') = 'synced' as was_current,
      -- Newer than the newest known list entry: a real change, which ends any waiting and un-parks.
      coalesce(l.last_saved > s.listed_last_saved, s.listed_last_saved is null and l.last_saved is not null) as is_newer,
      case
        when run.force then true
        when s.state in ('pending', 'failed') then true
        when l.last_saved is null and s.state is distinct from 'parked' then true
        when s.state = 'parked' then l.last_saved > coalesce(s.listed_last_saved, '-infinity')
        when m.g3_application_number is null then true
        when s.state = 'synced' then l.last_saved > coalesce(s.synced_last_saved, '-infinity')
        -- Never listed before, but stored already: adopted rows are compared, not fetched again.
        else l.last_saved > coalesce(m.lastsaveddatetime, '-infinity')
      end as is_stale,
      m.lastsaveddatetime as stored_last_saved
    from listed as l
    left join public.sync_status as s on s.g3_application_number = l.id
    left join public.tblsovereignapplications as m on m.g3_application_number = l.id
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
      state = 'pending',
      listed_last_saved = greatest(j.last_saved, s.listed_last_saved),
      listed_at = now(),
      next_attempt_at = now(),
      stale_since = coalesce(s.stale_since, now()),
      attempted_by_run = null,
      attempts = case when j.is_newer or run.force or s.state = 'synced' then 0 else s.attempts end,
      lapses = case when j.is_newer or s.state = 'synced' then 0 else s.lapses end,
      claimed_by = null,
      claimed_until = null
    from judged as j
    where not j.is_new and j.is_stale and s.g3_application_number = j.id
      -- What waits for its next attempt goes on waiting, unless it changed or a person asks.
      and (s.state <> 'failed' or j.is_newer or run.trigger = 'manual' or run.force)
      and (s.state <> 'pending' or j.is_newer)
  )
  select
    count(*),
    count(*) filter (where j.is_stale),
    count(*) filter (where j.is_stale and j.was_current and not run.force and j.last_saved < covered_until)
  into found_count, enqueued_count, missed_count
  from judged as j;

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
    run.applications_found, run.applications_unchanged, run.applications_enqueued,
    exists (
      select from public.sync_status as s
      where s.state <> 'synced' and s.next_attempt_at <= now() and s.attempted_by_run is distinct from run.id
    );
end;
$$;

comment on function public.enqueue_applications(uuid, jsonb, boolean) is
  'Stores a part of OCC''s list, [{"id", "last_saved"}], and marks what is stale as pending. complete: it was the last part.';

create function public.request_applications(ids text[], run_id uuid default null)
returns void
language sql
set search_path = ''
as $$
  insert into public.sync_status as s (g3_application_number, requested_by_run)
  select distinct i.id, request_applications.run_id from unnest(request_applications.ids) as i (id)
  on conflict (g3_application_number) do update set
    state = 'pending',
    next_attempt_at = now(),
    stale_since = coalesce(s.stale_since, now()),
    attempts = 0,
    lapses = 0,
    attempted_by_run = null,
    requested_by_run = excluded.requested_by_run;
$$;

comment on function public.request_applications(text[], uuid) is
  'Marks applications as pending by number, whatever is known of them; the running or the next sync fetches them.';

create function public.enqueue_requested_applications(lease uuid, ids text[])
returns table (found integer, unchanged integer, enqueued integer, due boolean)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  run public.tblsovereignapplicationssynclog := private.hold_sync_run(enqueue_requested_applications.lease);
  id_count constant integer := (select count(distinct i.id) from unnest(enqueue_requested_applications.ids) as i (id));
begin
  perform public.request_applications(enqueue_requested_applications.ids, run.id);
  update public.tblsovereignapplicationssynclog as l
  set applications_found = id_count, applications_enqueued = id_count, listed_at = now()
  where l.id = run.id;
  return query select id_count, 0, id_count, id_count > 0;
end;
$$;

comment on function public.enqueue_requested_applications(uuid, text[]) is
  'Makes these applications the work of the run that was opened for them.';

revoke all on function
  public.enqueue_applications(uuid, jsonb, boolean),
  public.request_applications(text[], uuid),
  public.enqueue_requested_applications(uuid, text[])
from public, anon, authenticated, service_role;

grant execute on function
  public.enqueue_applications(uuid, jsonb, boolean),
  public.request_applications(text[], uuid),
  public.enqueue_requested_applications(uuid, text[])
to service_role;
