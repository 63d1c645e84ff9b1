-- Alerts are raised by the database alone, so that they also come while the function is down.
create table public.sync_alerts (
  id bigint generated always as identity primary key,
  condition text not null constraint known_condition check (
    condition in (
      'no completed run', 'failures in a row', 'dispatch failed', 'list too large', 'applications parked',
      'stale applications', 'changes missed', 'data quality', 'refused requests'
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
comment on column public.sync_alerts.size is 'How many applications, runs, days, requests or minutes the message is about.';
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

-- Asked every minute, and by whoever looks: the last of a kind is not to be looked for among months of runs.
create index idx_sync_log_schedule
  on public.tblSovereignApplicationsSyncLog (status, sync_completed_at desc)
  where trigger = 'schedule';

create index idx_sync_log_reconciliation
  on public.tblSovereignApplicationsSyncLog (sync_started_at desc)
  where trigger = 'reconciliation' and listed_at is not null;

create index idx_sync_log_anomalies
  on public.tblSovereignApplicationsSyncLog (sync_started_at desc)
  where error_details ? 'anomalies';

create function private.sentence(words text)
returns text
language sql
immutable
set search_path = ''
as $$ select case when sentence.words ~ '[.?]$' then sentence.words else sentence.words || '.' end; $$;

comment on function private.sentence(text) is 'Ends words with a full stop, unless they end a sentence already.';

-- The reasons are our own words (the function's, or private.close_dead_run's); what mends them is known for some.
create function private.add_remedy(reason text)
returns text
language sql
immutable
set search_path = ''
as $$
  select left(add_remedy.reason, 300) || case
    when reason ~ 'answered (UnrecognizedClient|InvalidSignature|IncompleteSignature|MissingAuthenticationToken)Exception'
      or reason ~ 'answered (InvalidClientTokenId|ExpiredToken|AccessDenied)Exception'
      then '; the function''s AWS keys are refused: set others (supabase secrets set)'
    when reason like '%answered ResourceNotFoundException%'
      then '; set LAMBDA_FUNCTION_APPLICATIONS_MAIN_PROD or …_TEST (supabase secrets set)'
    when reason like '%worker died%' then '; look at the function''s log, a lower SYNC_APPLICATION_BUDGET may help'
    when reason like '%next pass never came%' then '; sync_dispatches says what became of it'
    when reason like '%database%' then '; look at the project''s database'
    when reason like '%OCC%' then '; it is for OCC to mend, every tick tries again'
    else ''
  end;
$$;

comment on function private.add_remedy(text) is 'The reason a run failed for, with what mends it as far as that is known.';

create function private.describe_failure(run public.tblsovereignapplicationssynclog)
returns text
language sql
immutable
set search_path = ''
as $$
  select private.add_remedy(coalesce(run.error_details ->> 'reason', 'nothing could be fetched or stored'));
$$;

comment on function private.describe_failure(public.tblsovereignapplicationssynclog) is
  'Why a run failed, in words, with what mends it.';

-- Neither what stood still while the schedule was paused is late, nor what waited for a long run somebody else had asked
-- for: that one kept at least one tick from opening a run of its own.
create function private.schedule_ran_at()
returns timestamptz
language sql
stable
set search_path = ''
as $$
  select greatest(
    s.installed_at,
    s.resumed_at,
    (
      select l.sync_completed_at
      from public.tblsovereignapplicationssynclog as l
      where l.trigger = 'schedule' and l.status = 'completed' and l.sync_completed_at <= now()
      order by l.sync_completed_at desc
      limit 1
    ),
    (
      select max(l.sync_completed_at)
      from public.tblsovereignapplicationssynclog as l
      where l.trigger <> 'schedule' and l.sync_started_at > now() - interval '1 day'
        and l.sync_completed_at between l.sync_started_at + interval '5 minutes' and now()
    )
  )
  from public.sync_settings as s;
$$;

comment on function private.schedule_ran_at() is
  'When the schedule''s last run completed, or when it began to wait for one.';

create function private.failures_in_a_row()
returns bigint
language sql
stable
set search_path = ''
as $$
  select count(*)
  from public.tblsovereignapplicationssynclog as l
  where l.trigger = 'schedule' and l.status = 'failed'
    and l.sync_completed_at > coalesce((
      select c.sync_completed_at
      from public.tblsovereignapplicationssynclog as c
      where c.trigger = 'schedule' and c.status = 'completed' and c.sync_completed_at <= now()
      order by c.sync_completed_at desc
      limit 1
    ), '-infinity');
$$;

comment on function private.failures_in_a_row() is
  'How many runs of the schedule have failed since its last one that completed. What people ask for says nothing of it.';

create function private.last_failed_run()
returns public.tblsovereignapplicationssynclog
language sql
stable
set search_path = ''
as $$
  select l.*
  from public.tblsovereignapplicationssynclog as l
  where l.trigger = 'schedule' and l.status = 'failed' and l.sync_completed_at <= now()
  order by l.sync_completed_at desc
  limit 1;
$$;

comment on function private.last_failed_run() is 'The run of the schedule that failed last.';

-- A manual dispatch that the function answers with 400 failed for what its caller asked.
create function private.last_answered_dispatch()
returns public.sync_dispatches
language sql
stable
set search_path = ''
as $$
  select d.*
  from public.sync_dispatches as d
  where d.outcome is not null
    and (d.trigger = 'manual' and d.status_code = 400) is not true
    and d.dispatched_at >= coalesce((select s.resumed_at from public.sync_settings as s), '-infinity')
  order by d.id desc
  limit 1;
$$;

comment on function private.last_answered_dispatch() is
  'The last call of the function of which is known what became of it, since the schedule was resumed.';

create function private.dispatch_failed(dispatch public.sync_dispatches)
returns boolean
language sql
immutable
set search_path = ''
as $$ select coalesce(dispatch.outcome not in ('accepted', 'busy'), false); $$;

comment on function private.dispatch_failed(public.sync_dispatches) is 'Whether a call did not get what it was made for.';

-- From the outside to the inside: no tick, no call, no run, a run that failed, a run that does not end.
create function private.why_no_run_completes()
returns text
language sql
stable
set search_path = ''
as $$
  select case
    when tick.at is null or tick.at < now() - greatest(s.alert_no_completed_run_after, interval '6 minutes')
      then 'no tick has come' || coalesce(' since ' || to_char(tick.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC', '')
        || '; see whether pg_cron runs and its job sync-applications is active'
    when private.dispatch_failed(d) then private.describe_dispatch(d)
    when f.sync_completed_at > ran.at then private.describe_failure(f)
    when o.id is not null then format(
      'the run of %s does not come to its end; sync_runs shows it',
      to_char(o.sync_started_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC'
    )
    else 'no run was opened; sync_dispatches shows what became of the ticks'
  end
  from public.sync_settings as s
  cross join (select private.schedule_ran_at() as at) as ran
  cross join (select max(d.dispatched_at) as at from public.sync_dispatches as d where d.trigger = 'schedule') as tick
  left join private.last_answered_dispatch() as d on true
  left join private.last_failed_run() as f on true
  left join public.tblsovereignapplicationssynclog as o on o.status = 'running';
$$;

comment on function private.why_no_run_completes() is 'Why the schedule brings no completed run, with what mends it.';

-- Which conditions hold now, in words. Counts, days, reasons and names of conditions only, no application's number: the
-- texts leave the database.
create function private.sync_conditions()
returns table (condition text, message text, size bigint)
language sql
stable
set search_path = ''
as $$
  with settings as (select s.* from public.sync_settings as s),
  silence as (
    select floor(extract(epoch from now() - private.schedule_ran_at()) / 60)::bigint as minutes
  ),
  failures as (select private.failures_in_a_row() as in_a_row),
  -- What waited while the schedule was paused is late from then on.
  status as (
    select
      count(*) filter (where s.state = 'parked') as parked,
      count(*) filter (where s.state <> 'parked') as stale,
      count(*) filter (where s.state = 'failed') as failed,
      greatest(min(s.stale_since) filter (where s.state <> 'parked'), (select g.resumed_at from settings as g)) as stale_since
    from public.sync_status as s
    where s.state <> 'synced'
  ),
  stale as (
    select
      t.stale as applications,
      t.failed,
      floor(extract(epoch from now() - t.stale_since) / 60)::bigint as minutes,
      (
        select replace(s.last_error, 'application ' || s.g3_application_number, 'it')
        from public.sync_status as s
        where s.state in ('pending', 'failed') and s.last_error is not null
        order by s.stale_since
        limit 1
      ) as last_error
    from settings as g, status as t
    where g.paused_at is null and t.stale > 0 and t.stale_since < now() - g.alert_oldest_stale_after
  ),
  reconciliation as (
    select coalesce(l.changes_missed, 0) as missed
    from public.tblsovereignapplicationssynclog as l
    where l.trigger = 'reconciliation' and l.listed_at is not null
    order by l.sync_started_at desc
    limit 1
  ),
  -- The last run that noticed something, unless as many applications as say something have come since without it.
  anomalous as (
    select l.error_details -> 'anomalies' ->> -1 as anomaly
    from (
      select l.* from public.tblsovereignapplicationssynclog as l
      where l.error_details ? 'anomalies' and l.status <> 'running'
      order by l.sync_started_at desc
      limit 1
    ) as l
    where 20 > (
      select coalesce(sum(n.applications_fetched), 0)
      from public.tblsovereignapplicationssynclog as n
      where n.sync_started_at > l.sync_started_at and n.status <> 'running'
    )
  ),
  quality as (
    select format(
      'OCC no longer sends: %s (in none of the last %s applications).',
      array_to_string(m.attributes, ', '), m.absent
    ) as anomaly
    from private.missing_attributes() as m
    union all
    select private.sentence(left(a.anomaly, 300)) from anomalous as a
  ),
  refused as (
    select coalesce(sum(r.requests), 0) as requests
    from public.sync_refusals as r where r.reported_at > now() - interval '1 hour'
  )
  select
    'no completed run',
    private.sentence(format(
      'No scheduled sync has completed for %s: %s', private.counted(c.minutes, 'minute'), private.why_no_run_completes()
    )),
    c.minutes
  from settings as s, silence as c
  where s.paused_at is null
    and private.schedule_ran_at() < now() - s.alert_no_completed_run_after
    -- A backlog of hours that moves is not silence.
    and not exists (
      select from public.tblsovereignapplicationssynclog as l
      where l.status = 'running' and l.applications_upserted > 0 and not private.run_is_dead(l.heartbeat_at)
    )
  union all
  select
    'failures in a row',
    private.sentence(format(
      '%s in a row, the last one for this reason: %s',
      private.counted(f.in_a_row, 'scheduled sync has failed', 'scheduled syncs have failed'),
      private.describe_failure(private.last_failed_run())
    )),
    f.in_a_row
  from settings as s, failures as f
  where f.in_a_row >= s.alert_failures_in_a_row
  union all
  select
    'dispatch failed',
    private.sentence(format(
      'The database''s last call of the function failed (%s): %s', d.outcome, private.describe_dispatch(d)
    )),
    null
  from settings as s, private.last_answered_dispatch() as d
  where s.paused_at is null and private.dispatch_failed(d)
  union all
  select
    'list too large',
    format(
      'OCC cannot list so far back: what changed from %s to %s and not since is not known. The nightly reconciliation '
        'tries again; select accept_gap() leaves these days as they are.',
      g.from_date, g.to_date - 1
    ),
    g.to_date - g.from_date
  from public.sync_gaps as g
  where g.closed_at is null
  union all
  select
    'applications parked',
    format(
      '%s after many attempts, and asked for once a day. sync_failures says why; then select retry_parked(), or '
        'forget_application().',
      private.counted(t.parked, 'application is parked', 'applications are parked')
    ),
    t.parked
  from settings as s, status as t
  where t.parked >= s.alert_parked_from
  union all
  select
    'stale applications',
    private.sentence(format(
      '%s out of date, the oldest for %s; %s failed at the last attempt%s',
      private.counted(t.applications, 'application is', 'applications are'),
      private.counted(t.minutes, 'minute'),
      t.failed,
      coalesce(': ' || left(t.last_error, 200), '')
    )),
    t.minutes
  from stale as t
  union all
  select
    'changes missed',
    format(
      'The last reconciliation found %s that the five-minute runs had missed; they are being fetched. OCC listed them late, '
        'or OCC_TIME_ZONE is wrong.',
      private.counted(r.missed, 'change')
    ),
    r.missed
  from settings as s, reconciliation as r
  where r.missed >= s.alert_changes_missed_from
  union all
  select 'data quality', string_agg(q.anomaly, ' '), null
  from quality as q
  having count(q.anomaly) > 0
  union all
  select
    'refused requests',
    format('%s without a valid secret within an hour.', private.counted(r.requests::bigint, 'request')),
    r.requests::bigint
  from settings as s, refused as r
  where r.requests >= s.alert_refused_per_hour;
$$;

comment on function private.sync_conditions() is
  'The alert conditions that hold at this moment, each with its message and, where it has one, its size.';

-- security definer: the cron job of an operator without access to Vault evaluates alerts too. The initialisers of a
-- declare are outside the block's handler, so there are none.
create function private.post_alert(message text, out request_id bigint, out problem text)
language plpgsql
security definer
set search_path = ''
as $$
declare
  webhook_url text;
begin
  begin
    webhook_url := private.read_secret('alert_webhook_url');
  exception when others then
    problem := format('Vault''s alert_webhook_url cannot be read (%s)', sqlstate);
    return;
  end;
  if coalesce(webhook_url, '') <> '' then
    begin
      request_id := net.http_post(
        url => webhook_url, body => jsonb_build_object('text', post_alert.message), timeout_milliseconds => 10000
      );
    exception when others then
      -- Not its message: that quotes the URL.
      problem := format('pg_net does not take Vault''s alert_webhook_url (%s): is it a URL?', sqlstate);
    end;
  end if;
end;
$$;

comment on function private.post_alert(text) is
  'Posts {"text": …} to the webhook Vault names alert_webhook_url, if there is one (Slack-compatible). Raises nothing: '
  'says what the problem is.';

create function private.collect_posts()
returns void
language sql
set search_path = ''
as $$
  update public.sync_alerts as a
  set
    post_request_id = null,
    post_error = case
      when r.status_code between 200 and 299 then null
      when r.status_code is not null then format('The webhook answered %s', r.status_code)
      when r.timed_out then 'The webhook did not answer in 10 s'
      else 'The webhook cannot be reached'
    end
  from net._http_response as r
  where r.id = a.post_request_id and r.created >= a.told_at;

  update public.sync_alerts as a
  set post_request_id = null, post_error = 'pg_net brought no answer of the webhook'
  where a.post_request_id is not null and a.told_at < now() - interval '10 minutes';
$$;

comment on function private.collect_posts() is 'Reads back from pg_net what became of the posts to the webhook.';

create function private.note_conditions()
returns void
language sql
set search_path = ''
as $$
  with now_true as materialized (select c.* from private.sync_conditions() as c),
  resolved as (
    update public.sync_alerts as a
    set resolved_at = now()
    where a.resolved_at is null and a.condition not in (select n.condition from now_true as n)
  )
  insert into public.sync_alerts as a (condition, message, size)
  select n.condition, n.message, n.size from now_true as n
  on conflict (condition) where resolved_at is null do update set message = excluded.message, size = excluded.size;
$$;

comment on function private.note_conditions() is
  'Opens an alert for each condition that has become true, keeps the open ones current, resolves those that are true no more.';

-- Told are the beginning, the end, and each doubling in between; and what could not be posted, until it is a day old.
create function private.tell_alerts()
returns void
language plpgsql
set search_path = ''
as $$
declare
  alert public.sync_alerts;
  posted record;
begin
  for alert in
    select a.*
    from public.sync_alerts as a
    where coalesce(a.resolved_at, 'infinity') > now() - interval '1 day'
      and (
        a.told_at is null
        or a.told_at < a.resolved_at
        or a.resolved_at is null and a.size >= 2 * greatest(a.told_size, 1)
        or a.post_error is not null and a.told_at < now() - interval '10 minutes'
      )
    order by a.id
  loop
    posted := private.post_alert('Applications sync: ' || case
      when alert.resolved_at is null then alert.message
      else format(
        'resolved after %s: %s.',
        private.counted(round(extract(epoch from alert.resolved_at - alert.opened_at) / 60)::bigint, 'minute'), alert.condition
      )
    end);
    update public.sync_alerts as a
    set
      told_at = now(),
      told_size = a.size,
      post_request_id = posted.request_id,
      -- What was wrong is so until the answer says otherwise.
      post_error = case when posted.request_id is null then posted.problem else a.post_error end
    where a.id = alert.id;
  end loop;
end;
$$;

comment on function private.tell_alerts() is 'Posts each change of an alert once, and again when the post failed.';

create function private.close_abandoned_run()
returns void
language sql
set search_path = ''
as $$
  with abandoned as materialized (
    select l as run
    from public.tblsovereignapplicationssynclog as l
    where l.status = 'running' and private.run_is_abandoned(l.heartbeat_at)
    for update skip locked
  )
  select private.close_dead_run(a.run) from abandoned as a;
$$;

comment on function private.close_abandoned_run() is
  'Ends a run that has been dead for long and that nobody came to take over, such as while the schedule is paused.';

-- Each step fails alone: what pg_net or Vault cannot do must not silence the others.
create function private.watch_sync()
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- One evaluation at a time; the next one is a minute away.
  if not pg_try_advisory_xact_lock(hashtext('private.watch_sync')) then
    return;
  end if;
  begin
    perform private.collect_dispatches();
    perform private.collect_posts();
  exception when others then
    raise warning 'Cannot read back pg_net''s responses: %', sqlstate;
  end;
  begin
    perform private.close_abandoned_run();
  exception when others then
    raise warning 'Cannot end the abandoned run: %', sqlstate;
  end;
  perform private.note_conditions();
  perform private.tell_alerts();
end;
$$;

comment on function private.watch_sync() is
  'Every minute: reads back what became of the dispatches, ends an abandoned run, opens and resolves alerts, posts each '
  'change once.';

revoke all on function
  private.sentence(text),
  private.add_remedy(text),
  private.describe_failure(public.tblsovereignapplicationssynclog),
  private.schedule_ran_at(),
  private.failures_in_a_row(),
  private.last_failed_run(),
  private.last_answered_dispatch(),
  private.dispatch_failed(public.sync_dispatches),
  private.why_no_run_completes(),
  private.sync_conditions(),
  private.post_alert(text),
  private.collect_posts(),
  private.note_conditions(),
  private.tell_alerts(),
  private.close_abandoned_run(),
  private.watch_sync()
from public, anon, authenticated, service_role;

-- What the view sync_health asks with its reader's rights.
grant execute on function
  private.sentence(text),
  private.add_remedy(text),
  private.describe_failure(public.tblsovereignapplicationssynclog),
  private.schedule_ran_at(),
  private.failures_in_a_row(),
  private.last_failed_run(),
  private.last_answered_dispatch(),
  private.dispatch_failed(public.sync_dispatches),
  private.why_no_run_completes(),
  private.sync_conditions()
to service_role;
