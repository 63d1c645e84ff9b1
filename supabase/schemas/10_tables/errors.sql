-- Failures by cause: one row a fingerprint, which is the message without the application's number. The status table
-- says what is wrong with an application now; this one remembers what was wrong, and since when.

create table sovereign_sync.errors (
  fingerprint text primary key,
  count bigint not null,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  examples text[] not null
);

comment on table sovereign_sync.errors is 'The errors applications have failed with, one row a cause.';
comment on column sovereign_sync.errors.count is 'How many attempts have failed with it.';
comment on column sovereign_sync.errors.examples is 'The numbers of up to five applications, the last ones first.';

alter table sovereign_sync.errors enable row level security;

create policy "Service role has full access"
  on sovereign_sync.errors
  for all
  to service_role
  using (true)
  with check (true);
