-- A sync that somebody asked for with sync_now(), until it begins. One run at a time: what is asked for while another runs
-- waits here for its end. pg_net's queue is emptied by a crash, and the schedule may get in first; so what was asked for is
-- forgotten only when a run opens that does it, whoever opened that one.
create table private.waiting_sync (
  one_row boolean primary key default true constraint only_one_waits check (one_row),
  requested_at timestamptz not null default now(),
  since date,
  force boolean not null,
  sent_at timestamptz
);

comment on table private.waiting_sync is
  'The sync that was asked for and has not begun yet; one at most.';
comment on column private.waiting_sync.since is 'From which day on; null: from the last sync.';
comment on column private.waiting_sync.sent_at is
  'When the function was last called for it; null while it waits for the end of the run that was open.';

alter table private.waiting_sync enable row level security;

revoke all on table private.waiting_sync from public, anon, authenticated, service_role;

grant select, insert, update, delete on table private.waiting_sync to service_role;

create policy "Service role has full access"
  on private.waiting_sync
  for all
  to service_role
  using (true)
  with check (true);

create function private.manual_sync(since date, force boolean)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_strip_nulls(jsonb_build_object('since', manual_sync.since, 'force', case when manual_sync.force then true end));
$$;

comment on function private.manual_sync(date, boolean) is 'What the function is asked for, as it takes it.';

-- The schedule looks after what is newer than its last sync: of two, the day says more than its absence.
create function private.let_sync_wait(since date, force boolean, sent_at timestamptz default null)
returns private.waiting_sync
language sql
set search_path = ''
as $$
  insert into private.waiting_sync as w (since, force, sent_at)
  values (let_sync_wait.since, let_sync_wait.force, let_sync_wait.sent_at)
  on conflict (one_row) do update set
    since = least(w.since, excluded.since),
    force = w.force or excluded.force,
    sent_at = coalesce(excluded.sent_at, w.sent_at)
  returning w.*;
$$;

comment on function private.let_sync_wait(date, boolean, timestamptz) is
  'Remembers a sync that was asked for; what waited already is widened, so that it does for both.';

create function private.begin_waiting_sync(run public.tblsovereignapplicationssynclog)
returns void
language sql
set search_path = ''
as $$
  delete from private.waiting_sync as w
  where (run.force or not w.force)
    -- The schedule's runs may list less far back than they were to.
    and case when w.since is null then run.moves_watermark else run.trigger = 'manual' and run.since_date <= w.since end;
$$;

comment on function private.begin_waiting_sync(public.tblsovereignapplicationssynclog) is
  'Forgets what waits when the run that opens does it.';

-- The watch asks again for what was lost on its way, or was overtaken by a run that has ended since.
create function private.send_waiting_sync()
returns void
language sql
set search_path = ''
as $$
  with waiting as materialized (
    select w.since, w.force
    from private.waiting_sync as w
    where coalesce(w.sent_at, '-infinity') < now() - interval '5 minutes'
      and not exists (
        select from public.tblsovereignapplicationssynclog as l
        where l.status = 'running' and not private.run_is_dead(l.heartbeat_at)
      )
    for update skip locked
  ),
  sent as materialized (
    select private.dispatch_sync('manual', private.manual_sync(w.since, w.force)) from waiting as w
  )
  update private.waiting_sync as w set sent_at = now() where exists (select from sent);
$$;

comment on function private.send_waiting_sync() is
  'Calls the function for the sync that waits, when nothing is in its way; again after 5 minutes in which it has not begun.';

revoke all on function
  private.manual_sync(date, boolean),
  private.let_sync_wait(date, boolean, timestamptz),
  private.begin_waiting_sync(public.tblsovereignapplicationssynclog),
  private.send_waiting_sync()
from public, anon, authenticated, service_role;

grant execute on function
  private.manual_sync(date, boolean),
  private.let_sync_wait(date, boolean, timestamptz),
  private.begin_waiting_sync(public.tblsovereignapplicationssynclog),
  private.send_waiting_sync()
to service_role;
