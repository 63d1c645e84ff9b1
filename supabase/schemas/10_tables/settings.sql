-- The settings an operator may change, in one row: whether the schedule runs, when to raise an alert, how long records
-- are kept. Changes made by hand, in Studio's table editor or through the Data API, are recorded like any other action.

create function sovereign_sync.is_time_zone(name text)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  -- The list of all zones is read from their files, in a tenth of a second.
  return is_time_zone.name = 'UTC'
    or exists (select from pg_catalog.pg_timezone_names as z where z.name = is_time_zone.name);
end;
$$;

comment on function sovereign_sync.is_time_zone(text) is
  'Whether there is a time zone of this name, such as Pacific/Auckland.';

create table sovereign_sync.settings (
  one_row boolean primary key default true constraint only_one_row check (one_row),
  paused_at timestamptz,
  resumed_at timestamptz,
  connected_at timestamptz,
  start_from date,
  installed_at timestamptz not null default now(),
  alert_no_completed_run_after interval not null default '15 minutes',
  alert_failures_in_a_row integer not null default 3 constraint some_failures check (alert_failures_in_a_row > 0),
  alert_oldest_stale_after interval not null default '30 minutes',
  alert_parked_from integer not null default 1 constraint some_parked check (alert_parked_from > 0),
  alert_changes_missed_from integer not null default 1
    constraint some_changes_missed check (alert_changes_missed_from > 0),
  alert_missed_ticks_from integer not null default 2 constraint some_missed_ticks check (alert_missed_ticks_from > 0),
  alert_refused_per_hour integer not null default 20 constraint some_refused check (alert_refused_per_hour > 0),
  alert_format text not null default 'slack' constraint known_format check (alert_format in ('slack', 'teams', 'json')),
  alert_link text constraint link_is_a_url check (alert_link ~ '^https?://[^[:space:]]+$'),
  project_name text constraint name_is_short check (project_name ~ '^[^[:cntrl:]]{1,60}$'),
  keep_log_for interval not null default '90 days',
  keep_job_runs_for interval not null default '7 days',
  keep_resolved_alerts_for interval not null default '90 days',
  keep_actions_for interval not null default '400 days',
  history boolean not null default true,
  keep_history_for interval not null default '400 days',
  reconcile_days integer not null default 30 constraint days_of_a_list check (reconcile_days between 1 and 3650),
  time_zone text not null default 'UTC' constraint known_time_zone check (sovereign_sync.is_time_zone(time_zone))
);

comment on table sovereign_sync.settings is
  'One row: thresholds of the alerts, retention, and whether the schedule is paused.';
comment on column sovereign_sync.settings.paused_at is
  'Since when the schedule is paused (pause_sync()); null while it runs.';
comment on column sovereign_sync.settings.resumed_at is
  'When resume_sync() was last called: what stood still before does not count as late.';
comment on column sovereign_sync.settings.connected_at is
  'When sovereign_sync.connect_sync() was last called: what became of earlier calls of the function says nothing any more.';
comment on column sovereign_sync.settings.start_from is
  'The date the next scheduled run lists from, if an operator said so (start_from()); null once it has.';
comment on column sovereign_sync.settings.alert_changes_missed_from is
  'From how many changes on that a reconciliation found, and the five-minute runs had missed, an alert is raised.';
comment on column sovereign_sync.settings.alert_format is
  'What the webhook takes: slack ({"text": …}), teams (an Adaptive Card, for a Teams workflow), or json (all of it by name).';
comment on column sovereign_sync.settings.alert_link is
  'Where whoever reads an alert is to look, such as the project''s dashboard: an http(s) URL. Each alert carries it.';
comment on column sovereign_sync.settings.project_name is
  'What alerts call the project; without it, the name in Vault''s project_url.';
comment on column sovereign_sync.settings.history is
  'Whether sync_changes keeps what changes in the applications.';
comment on column sovereign_sync.settings.reconcile_days is
  'How far back the nightly reconciliation lists.';
comment on column sovereign_sync.settings.time_zone is
  'Where the credit union is: what its night is, and its today. To be the same as the function''s OCC_TIME_ZONE.';

alter table sovereign_sync.settings enable row level security;

create policy "Service role has full access"
  on sovereign_sync.settings
  for all
  to service_role
  using (true)
  with check (true);

-- Settings are also changed by hand, in Studio's table editor or through the Data API.
create function sovereign_sync.record_settings_change()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
  stack text;
  changed jsonb;
begin
  get diagnostics stack = pg_context;
  -- These record themselves, or are the sync's own doing.
  if stack ~ '(public\.(pause_sync|resume_sync|start_from)|sovereign_sync\.(connect_sync|move_watermark))\(' then
    return null;
  end if;
  changed := (
    select jsonb_object_agg(n.key, jsonb_build_object('from', o.value, 'to', n.value))
    from jsonb_each(to_jsonb(new)) as n
    join jsonb_each(to_jsonb(old)) as o using (key)
    where n.value <> o.value
  );
  perform sovereign_sync.record_action(
    'update sync_settings', changed,
    'Changed: ' || (select string_agg(c.key, ', ' order by c.key) from jsonb_object_keys(changed) as c (key)) || '.'
  );
  return null;
end;
$$;

comment on function sovereign_sync.record_settings_change() is
  'Records a change of sync_settings that was made directly, not by an operator function.';

create trigger record_settings_change
  after update on sovereign_sync.settings
  for each row
  when (old.* is distinct from new.*)
  execute function sovereign_sync.record_settings_change();

create view public.sync_settings with (security_invoker = true) as
select * from sovereign_sync.settings;

comment on view public.sync_settings is
  'One row: thresholds of the alerts, retention, and whether the schedule is paused.';

create function sovereign_sync.today()
returns date
language sql
stable
set search_path = ''
as $$ select (now() at time zone s.time_zone)::date from sovereign_sync.settings as s; $$;

comment on function sovereign_sync.today() is 'The day it is where the credit union is.';

create function sovereign_sync.time_zone()
returns text
language sql
stable
security definer
set search_path = ''
as $$ select s.time_zone from sovereign_sync.settings as s; $$;

comment on function sovereign_sync.time_zone() is
  'The time zone the credit union is in; security definer: the other settings are for operators.';
