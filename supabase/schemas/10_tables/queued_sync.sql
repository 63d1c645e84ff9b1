-- The sync that sync_now() was asked for, until it begins. One run at a time: a request made during a run waits here
-- for its end. A crash empties pg_net's queue, and the schedule may open a run first; so the row is deleted only when a
-- run opens that covers it, whoever opened that run.

create table sovereign_sync.queued_sync (
  one_row boolean primary key default true constraint only_one_waits check (one_row),
  requested_at timestamptz not null default now(),
  since date,
  force boolean not null,
  sent_at timestamptz
);

comment on table sovereign_sync.queued_sync is
  'The sync that was asked for and has not begun yet; one at most.';
comment on column sovereign_sync.queued_sync.since is 'From which day on; null: from the last sync.';
comment on column sovereign_sync.queued_sync.sent_at is
  'When the function was last called for it; null while it waits for the end of the run that was open.';

alter table sovereign_sync.queued_sync enable row level security;

create policy "Service role has full access"
  on sovereign_sync.queued_sync
  for all
  to service_role
  using (true)
  with check (true);
