-- The last call of the outside check: one row. How it is made is in 50_monitoring/uptime_ping.sql.

create table sovereign_sync.uptime_ping (
  one_row boolean primary key default true constraint only_one_row check (one_row),
  completed_at timestamptz not null default '-infinity',
  sent_at timestamptz,
  request_id bigint,
  error text
);

comment on table sovereign_sync.uptime_ping is
  'One row: the last call of the URL that Vault names heartbeat_url, and what became of it.';
comment on column sovereign_sync.uptime_ping.completed_at is 'When the run completed that was told last.';
comment on column sovereign_sync.uptime_ping.request_id is 'pg_net''s request, until its answer is known.';
comment on column sovereign_sync.uptime_ping.error is 'Why the last call failed; null when it arrived.';

alter table sovereign_sync.uptime_ping enable row level security;

create policy "Service role may read"
  on sovereign_sync.uptime_ping
  for select
  to service_role
  using (true);
