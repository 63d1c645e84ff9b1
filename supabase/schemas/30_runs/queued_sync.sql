-- The sync that waits for the end of the run under way: asked for, widened, sent, and cleared when a run covers it.

create function sovereign_sync.manual_sync(since date, force boolean)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_strip_nulls(jsonb_build_object('since', manual_sync.since, 'force', case when manual_sync.force then true end));
$$;

comment on function sovereign_sync.manual_sync(date, boolean) is 'What the function is asked for, as it takes it.';

-- The schedule looks after what is newer than its last sync: of two, the day says more than its absence.
create function sovereign_sync.let_sync_wait(since date, force boolean, sent_at timestamptz default null)
returns sovereign_sync.queued_sync
language sql
set search_path = ''
as $$
  insert into sovereign_sync.queued_sync as w (since, force, sent_at)
  values (let_sync_wait.since, let_sync_wait.force, let_sync_wait.sent_at)
  on conflict (one_row) do update set
    since = least(w.since, excluded.since),
    force = w.force or excluded.force,
    sent_at = coalesce(excluded.sent_at, w.sent_at)
  returning w.*;
$$;

comment on function sovereign_sync.let_sync_wait(date, boolean, timestamptz) is
  'Remembers a sync that was asked for; what waited already is widened, so that it does for both.';

create function sovereign_sync.begin_waiting_sync(run public.tblsovereignapplicationssynclog)
returns void
language sql
set search_path = ''
as $$
  delete from sovereign_sync.queued_sync as w
  where (run.force or not w.force)
    -- The schedule's runs may list less far back than they were to.
    and case when w.since is null then run.moves_watermark else run.trigger = 'manual' and run.since_date <= w.since end;
$$;

comment on function sovereign_sync.begin_waiting_sync(public.tblsovereignapplicationssynclog) is
  'Forgets what waits when the run that opens does it.';

-- The watch asks again for what was lost on its way, or was overtaken by a run that has ended since.
create function sovereign_sync.send_waiting_sync()
returns void
language sql
set search_path = ''
as $$
  with waiting as materialized (
    select w.since, w.force
    from sovereign_sync.queued_sync as w
    where coalesce(w.sent_at, '-infinity') < now() - interval '5 minutes'
      and not exists (
        select from public.tblsovereignapplicationssynclog as l
        where l.status = 'running' and not sovereign_sync.run_is_dead(l.heartbeat_at)
      )
    for update skip locked
  ),
  sent as materialized (
    select sovereign_sync.dispatch_sync('manual', sovereign_sync.manual_sync(w.since, w.force)) from waiting as w
  )
  update sovereign_sync.queued_sync as w set sent_at = now() where exists (select from sent);
$$;

comment on function sovereign_sync.send_waiting_sync() is
  'Calls the function for the sync that waits, when nothing is in its way; again after 5 minutes in which it has not begun.';
