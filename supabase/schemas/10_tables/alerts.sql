-- What is wrong and since when. The database raises alerts alone, so they also come while the function is down.

create table sovereign_sync.alerts (
  id bigint generated always as identity primary key,
  condition text not null constraint known_condition check (
    condition in (
      'not connected', 'not scheduled', 'no completed run', 'failures in a row', 'dispatch failed', 'list too large',
      'applications parked', 'stale applications', 'changes missed', 'data quality', 'refused requests', 'ticks missed'
    )
  ),
  message text not null,
  size bigint,
  opened_at timestamptz not null default now(),
  resolved_at timestamptz,
  told_at timestamptz,
  told_size bigint,
  post_request_id bigint,
  post_error text
);

create unique index one_open_alert_a_condition
  on sovereign_sync.alerts (condition)
  where resolved_at is null;

comment on table sovereign_sync.alerts is
  'What was wrong and since when; at most one open row a condition.';
comment on column sovereign_sync.alerts.message is 'What is wrong, as it stands now or stood last.';
comment on column sovereign_sync.alerts.size is
  'How many applications, runs, days, requests, ticks or minutes the message is about.';
comment on column sovereign_sync.alerts.told_at is
  'When it was last posted to the webhook, or would have been if there were one.';
comment on column sovereign_sync.alerts.told_size is 'The size it was told with. At twice that it is told again.';
comment on column sovereign_sync.alerts.post_request_id is
  'pg_net''s request that posted it, until its answer is known.';
comment on column sovereign_sync.alerts.post_error is 'Why the last post failed; it is posted again after ten minutes.';

alter table sovereign_sync.alerts enable row level security;

create policy "Service role has full access"
  on sovereign_sync.alerts
  for all
  to service_role
  using (true)
  with check (true);

create view public.sync_alerts with (security_invoker = true) as
select * from sovereign_sync.alerts;

comment on view public.sync_alerts is
  'What was wrong and since when; at most one open row a condition.';
