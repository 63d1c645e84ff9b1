-- The database's calls of the Edge Function. pg_cron's "succeeded" only means that a request was queued, and a crash
-- empties pg_net's own tables and restarts their ids. So each call is remembered here, with its outcome once that is
-- known.

create table sovereign_sync.dispatches (
  id bigint generated always as identity primary key,
  dispatched_at timestamptz not null default now(),
  request_id bigint,
  trigger text not null constraint known_trigger check (
    trigger in ('schedule', 'manual', 'reconciliation', 'next_pass')
  ),
  outcome text constraint known_outcome check (
    outcome in (
      'accepted', 'busy', 'refused', 'redirected', 'failed', 'timed out', 'unreachable', 'no response', 'not sent'
    )
  ),
  status_code integer,
  message text,
  silent_since timestamptz,
  run uuid
);

create index idx_dispatches_dispatched on sovereign_sync.dispatches (dispatched_at desc);

create index idx_dispatches_open on sovereign_sync.dispatches (id) where outcome is null;

comment on table sovereign_sync.dispatches is
  'Each request to the sync-applications Edge Function that the database queued, and what became of it as far as the watch '
  'has read it back. To be read through the view public.sync_dispatches.';

alter table sovereign_sync.dispatches enable row level security;

create policy "Service role may read"
  on sovereign_sync.dispatches
  for select
  to service_role
  using (true);
