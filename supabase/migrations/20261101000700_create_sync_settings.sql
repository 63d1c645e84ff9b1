-- What an operator may turn, in one row: whether the schedule runs, when to raise an alert, how long records are kept.
create table public.sync_settings (
  one_row boolean primary key default true constraint only_one_row check (one_row),
  paused_at timestamptz,
  installed_at timestamptz not null default now(),
  alert_no_completed_run_after interval not null default '15 minutes',
  alert_failures_in_a_row integer not null default 3 constraint some_failures check (alert_failures_in_a_row > 0),
  alert_oldest_stale_after interval not null default '30 minutes',
  alert_parked_from integer not null default 1 constraint some_parked check (alert_parked_from > 0),
  alert_refused_per_hour integer not null default 20 constraint some_refused check (alert_refused_per_hour > 0),
  keep_log_for interval not null default '90 days',
  keep_job_runs_for interval not null default '7 days',
  keep_resolved_alerts_for interval not null default '90 days',
  reconcile_days integer not null default 30 constraint days_of_a_list check (reconcile_days between 1 and 3650)
);

insert into public.sync_settings default values;

comment on table public.sync_settings is
  'One row: thresholds of the alerts, retention, and whether the schedule is paused.';
comment on column public.sync_settings.paused_at is
  'Since when the schedule is paused (pause_sync()); null while it runs.';
comment on column public.sync_settings.reconcile_days is
  'How far back the nightly reconciliation lists.';

alter table public.sync_settings enable row level security;

revoke all on table public.sync_settings from public, anon, authenticated, service_role;

grant select, update on table public.sync_settings to service_role;

create policy "Service role has full access"
  on public.sync_settings
  for all
  to service_role
  using (true)
  with check (true);
