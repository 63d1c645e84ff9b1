-- How the database calls the Edge Function: pg_net posts after commit, and each call is remembered.

-- Nothing of what can go wrong here names a URL or a secret: it is read by people, and by pg_cron's log.
create function sovereign_sync.queue_dispatch(body jsonb)
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  project_url text;
  cron_secret text;
  problem constant text := sovereign_sync.connection_problem();
begin
  -- 'Bearer ' || null would make pg_net drop the header without a word.
  if problem is not null then
    raise exception '%', problem;
  end if;
  project_url := sovereign_sync.read_secret('project_url');
  cron_secret := sovereign_sync.read_secret('cron_secret');
  -- pg_net sends a header as it is: a line break would end it, and the headers after it.
  if cron_secret ~ '[[:cntrl:]]' then
    raise exception 'Vault''s cron_secret has a line break or another control character in it: store it again without';
  end if;
  begin
    return net.http_post(
      url => rtrim(project_url, '/') || '/functions/v1/sync-applications',
      body => queue_dispatch.body,
      headers => jsonb_build_object(
        'Content-Type', 'application/json',
        'Authorization', 'Bearer ' || cron_secret,
        'Prefer', 'respond-async'
      ),
      timeout_milliseconds => 15000
    );
  exception when others then
    raise exception 'pg_net does not take the request (%): is Vault''s project_url a URL such as https://<ref>.supabase.co?',
      sqlstate;
  end;
end;
$$;

comment on function sovereign_sync.queue_dispatch(jsonb) is
  'Queues one call of the sync-applications Edge Function with pg_net, which sends it after commit; returns its request id.';

create function sovereign_sync.ticks_between(since timestamptz, until timestamptz)
returns integer
language sql
immutable
set search_path = ''
as $$
  select greatest(
    0,
    floor(extract(epoch from ticks_between.until) / 300)::integer
      - floor(extract(epoch from ticks_between.since) / 300)::integer - 1
  );
$$;

comment on function sovereign_sync.ticks_between(timestamptz, timestamptz) is
  'How many ticks there should have been between two: one every five minutes, by the clock.';

-- pg_cron makes up for nothing it missed: the tick that comes next is the first to know.
create function sovereign_sync.silent_since()
returns timestamptz
language sql
stable
set search_path = ''
as $$
  select last.at
  from (
    select greatest(s.installed_at, s.resumed_at, (
      select d.dispatched_at from sovereign_sync.dispatches as d where d.trigger = 'schedule' order by d.id desc limit 1
    )) as at
    from sovereign_sync.settings as s
  ) as last
  where sovereign_sync.ticks_between(last.at, now()) > 0;
$$;

comment on function sovereign_sync.silent_since() is
  'When a tick comes after others were missed: since when none had come. Null when none was missed.';

-- The function answers 202 at once: one slow request would hold up every other user of pg_net.
create function sovereign_sync.dispatch_sync(trigger text, body jsonb default '{}')
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  request_id bigint;
  problem text;
  dispatch_id bigint;
begin
  begin
    request_id := sovereign_sync.queue_dispatch(jsonb_build_object('trigger', dispatch_sync.trigger) || dispatch_sync.body);
  exception when others then
    problem := left(sqlerrm, 200);
  end;
  insert into sovereign_sync.dispatches (request_id, trigger, outcome, message, silent_since, run)
  values (
    request_id, dispatch_sync.trigger, case when problem is not null then 'not sent' end, problem,
    case when dispatch_sync.trigger = 'schedule' then sovereign_sync.silent_since() end,
    (dispatch_sync.body ->> 'syncLogId')::uuid
  )
  returning id into dispatch_id;
  return dispatch_id;
end;
$$;

comment on function sovereign_sync.dispatch_sync(text, jsonb) is
  'Asks for one call of the sync-applications Edge Function and remembers it, also when it cannot be sent. Returns the '
  'dispatch''s id.';

create function sovereign_sync.invoke_sync_applications()
returns bigint
language sql
set search_path = ''
as $$
  -- Nothing is sent while the schedule is paused.
  select sovereign_sync.dispatch_sync('schedule') from sovereign_sync.settings as s where s.paused_at is null;
$$;

comment on function sovereign_sync.invoke_sync_applications() is
  'What the schedule runs. Returns the dispatch''s id, or null while paused.';
