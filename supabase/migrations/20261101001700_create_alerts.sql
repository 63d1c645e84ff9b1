-- Alerts are raised by the database alone, so that they also come while the function is down.
create table public.sync_alerts (
  id bigint generated always as identity primary key,
  condition text not null constraint known_condition check (
    condition in (
      'no completed run', 'failures in a row', 'dispatch failed', 'applications parked', 'stale applications',
      'data quality', 'refused requests'
    )
  ),
  message text not null,
  opened_at timestamptz not null default now(),
  resolved_at timestamptz
);

create unique index one_open_alert_a_condition
  on public.sync_alerts (condition)
  where resolved_at is null;

comment on table public.sync_alerts is
  'What was wrong and since when; at most one open row a condition.';

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

-- Which conditions hold now, in words. Counts and names of conditions only: the texts leave the database.
create function private.sync_conditions()
returns table (condition text, message text)
language sql
stable
set search_path = ''
as $$
  with settings as (select s.* from public.sync_settings as s),
  ended as (
    select l.status, l.sync_completed_at, l.sync_started_at, l.error_details
    from public.tblsovereignapplicationssynclog as l
    where l.status <> 'running'
  ),
  last_completed as (
    select max(e.sync_completed_at) as at from ended as e where e.status = 'completed'
  ),
  failures as (
    select count(*)::integer as in_a_row
    from ended as e
    where e.status = 'failed' and e.sync_completed_at > coalesce((select c.at from last_completed as c), '-infinity')
  ),
  last_dispatch as (
    select d.outcome, d.status_code
    from public.sync_dispatches as d where d.outcome is not null order by d.id desc limit 1
  ),
  status as (
    select
      count(*) filter (where s.state = 'parked')::integer as parked,
      min(s.stale_since) filter (where s.state in ('pending', 'failed')) as stale_since
    from public.sync_status as s
    where s.state <> 'synced'
  ),
  refused as (
    select coalesce(sum(r.requests), 0)::integer as requests
    from public.sync_refusals as r where r.reported_at > now() - interval '1 hour'
  )
  select 'no completed run', format(
    'No sync has completed for %s minutes.',
    round(extract(epoch from now() - coalesce(c.at, s.installed_at)) / 60)
  )
  from settings as s, last_completed as c
  where s.paused_at is null
    and coalesce(c.at, s.installed_at) < now() - s.alert_no_completed_run_after
    -- A backlog of hours that moves is not silence.
    and not exists (
      select from public.tblsovereignapplicationssynclog as l
      where l.status = 'running' and l.applications_upserted > 0 and l.heartbeat_at > now() - interval '2 minutes'
    )
  union all
  select 'failures in a row', format('%s syncs have failed in a row.', f.in_a_row)
  from settings as s, failures as f
  where f.in_a_row >= s.alert_failures_in_a_row
  union all
  select 'dispatch failed', format(
    'The schedule does not reach the function: %s.', d.outcome || coalesce(' (' || d.status_code || ')', '')
  )
  from settings as s, last_dispatch as d
  where s.paused_at is null and d.outcome not in ('accepted', 'busy')
  union all
  select 'applications parked', format('%s applications are parked: they are not retried before tomorrow.', t.parked)
  from settings as s, status as t
  where t.parked >= s.alert_parked_from
  union all
  select 'stale applications', format(
    'The oldest application that is out of date has been so for %s minutes.',
    round(extract(epoch from now() - t.stale_since) / 60)
  )
  from settings as s, status as t
  where t.stale_since < now() - s.alert_oldest_stale_after
  union all
  select 'data quality', left(e.error_details -> 'anomalies' ->> 0, 300)
  from (select * from ended order by ended.sync_started_at desc limit 1) as e
  where e.error_details ? 'anomalies'
  union all
  select 'refused requests', format('%s requests without a valid secret within an hour.', r.requests)
  from settings as s, refused as r
  where r.requests >= s.alert_refused_per_hour;
$$;

comment on function private.sync_conditions() is 'The alert conditions that hold at this moment, each with its message.';

-- security definer: the cron job of an operator without access to Vault evaluates alerts too.
create function private.post_alert(message text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  webhook_url text := (
    select s.decrypted_secret from vault.decrypted_secrets as s where s.name = 'alert_webhook_url'
  );
begin
  if coalesce(webhook_url, '') <> '' then
    perform net.http_post(
      url => webhook_url, body => jsonb_build_object('text', post_alert.message), timeout_milliseconds => 10000
    );
  end if;
end;
$$;

comment on function private.post_alert(text) is
  'Posts {"text": …} to the webhook Vault names alert_webhook_url, if there is one (Slack-compatible).';

create function private.watch_sync()
returns void
language plpgsql
set search_path = ''
as $$
declare
  change record;
begin
  -- One evaluation at a time; the next one is a minute away.
  if not pg_try_advisory_xact_lock(hashtext('private.watch_sync')) then
    return;
  end if;
  perform private.collect_dispatches();

  for change in
    with now_true as materialized (select c.condition, c.message from private.sync_conditions() as c),
    opened as (
      insert into public.sync_alerts (condition, message)
      select n.condition, n.message from now_true as n
      on conflict (condition) where resolved_at is null do nothing
      returning condition, message
    ),
    resolved as (
      update public.sync_alerts as a
      set resolved_at = now()
      where a.resolved_at is null and a.condition not in (select n.condition from now_true as n)
      returning a.condition, a.opened_at
    )
    select 'Applications sync: ' || o.message as text from opened as o
    union all
    select format(
      'Applications sync: resolved after %s minutes: %s.',
      round(extract(epoch from now() - r.opened_at) / 60), r.condition
    ) from resolved as r
  loop
    perform private.post_alert(change.text);
  end loop;
end;
$$;

comment on function private.watch_sync() is
  'Every minute: reads back what became of the dispatches, opens and resolves alerts, posts each change once.';

revoke all on function
  private.sync_conditions(),
  private.post_alert(text),
  private.watch_sync()
from public, anon, authenticated, service_role;

grant execute on function private.sync_conditions() to service_role;
