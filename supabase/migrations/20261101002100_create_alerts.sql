-- Alerts are raised by the database alone, so that they also come while the function is down.
create table public.sync_alerts (
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
  on public.sync_alerts (condition)
  where resolved_at is null;

comment on table public.sync_alerts is
  'What was wrong and since when; at most one open row a condition.';
comment on column public.sync_alerts.message is 'What is wrong, as it stands now or stood last.';
comment on column public.sync_alerts.size is
  'How many applications, runs, days, requests, ticks or minutes the message is about.';
comment on column public.sync_alerts.told_at is 'When it was last posted to the webhook, or would have been if there were one.';
comment on column public.sync_alerts.told_size is 'The size it was told with. At twice that it is told again.';
comment on column public.sync_alerts.post_request_id is 'pg_net''s request that posted it, until its answer is known.';
comment on column public.sync_alerts.post_error is 'Why the last post failed; it is posted again after ten minutes.';

alter table public.sync_alerts enable row level security;

revoke all on table public.sync_alerts from public, anon, authenticated, service_role;
revoke all on sequence public.sync_alerts_id_seq from public, anon, authenticated, service_role;

grant select, delete on table public.sync_alerts to service_role;

create policy "Service role has full access"
  on public.sync_alerts
  for all
  to service_role
  using (true)
  with check (true);

-- Refused requests: counted by the function, at most one row a minute and worker.
create table public.sync_refusals (
  id bigint generated always as identity primary key,
  reported_at timestamptz not null default now(),
  requests integer not null constraint some_requests check (requests > 0)
);

create index idx_sync_refusals_reported on public.sync_refusals (reported_at desc);

comment on table public.sync_refusals is 'How many requests the function refused with 401, as it reported them.';

alter table public.sync_refusals enable row level security;

revoke all on table public.sync_refusals from public, anon, authenticated, service_role;
revoke all on sequence public.sync_refusals_id_seq from public, anon, authenticated, service_role;

grant select, insert on table public.sync_refusals to service_role;

create policy "Service role has full access"
  on public.sync_refusals
  for all
  to service_role
  using (true)
  with check (true);
