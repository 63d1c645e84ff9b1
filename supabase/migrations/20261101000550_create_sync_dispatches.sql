-- pg_cron's "succeeded" only means that a request was queued, and pg_net's own tables are emptied by a crash, their ids
-- given out anew. So each dispatch is remembered here, and what became of it is read back while it can be.
create table public.sync_dispatches (
  id bigint generated always as identity primary key,
  dispatched_at timestamptz not null default now(),
  request_id bigint not null,
  trigger text not null constraint known_trigger check (trigger in ('schedule', 'manual', 'reconciliation')),
  outcome text constraint known_outcome check (
    outcome in ('accepted', 'busy', 'refused', 'failed', 'timed out', 'unreachable', 'no response')
  ),
  status_code integer,
  message text
);

create index idx_sync_dispatches_dispatched on public.sync_dispatches (dispatched_at desc);

create index idx_sync_dispatches_open on public.sync_dispatches (id) where outcome is null;

comment on table public.sync_dispatches is
  'Each request to the sync-applications Edge Function that the database queued, and what became of it.';
comment on column public.sync_dispatches.outcome is
  'accepted; busy (a sync was running); refused (wrong secret); failed (another status); timed out; unreachable; no response.';

alter table public.sync_dispatches enable row level security;

revoke all on table public.sync_dispatches from public, anon, authenticated, service_role;
revoke all on sequence public.sync_dispatches_id_seq from public, anon, authenticated, service_role;

grant select on table public.sync_dispatches to service_role;

create policy "Service role may read"
  on public.sync_dispatches
  for select
  to service_role
  using (true);

-- A response belongs to a dispatch when it came soon after it: an id alone may have been given out twice.
create function private.collect_dispatches()
returns void
language sql
set search_path = ''
as $$
  update public.sync_dispatches as d
  set
    outcome = case
      when r.status_code between 200 and 299 then 'accepted'
      when r.status_code = 409 then 'busy'
      when r.status_code in (401, 403) then 'refused'
      when r.status_code is not null then 'failed'
      when r.timed_out then 'timed out'
      else 'unreachable'
    end,
    status_code = r.status_code,
    message = left(coalesce(r.error_msg, substring(r.content from '"message" *: *"([^"]*)"')), 200)
  from net._http_response as r
  where d.outcome is null
    and r.id = d.request_id
    and r.created between d.dispatched_at and d.dispatched_at + interval '2 minutes';

  update public.sync_dispatches as d
  set outcome = 'no response'
  where d.outcome is null and d.dispatched_at < now() - interval '2 minutes';
$$;

comment on function private.collect_dispatches() is
  'Reads back from pg_net what became of the dispatches; after 2 minutes without an answer there is none.';

revoke all on function private.collect_dispatches() from public, anon, authenticated, service_role;
