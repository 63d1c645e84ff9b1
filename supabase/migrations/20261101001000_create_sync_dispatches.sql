-- How the database calls the Edge Function, and what becomes of it.
--
-- pg_cron's "succeeded" only means that a request was queued, and pg_net's own tables are emptied by a crash, their ids
-- given out anew. So each dispatch is remembered here, and what became of it is read back while it can be.
create table private.sync_dispatches (
  id bigint generated always as identity primary key,
  dispatched_at timestamptz not null default now(),
  request_id bigint,
  trigger text not null constraint known_trigger check (
    trigger in ('schedule', 'manual', 'reconciliation', 'next_pass')
  ),
  outcome text constraint known_outcome check (
    outcome in (
      'accepted', 'busy', 'refused', 'redirected', 'failed', 'timed out', 'unreachable', 'no response', 'not sent'
    )
  ),
  status_code integer,
  message text,
  silent_since timestamptz,
  run uuid
);

create index idx_sync_dispatches_dispatched on private.sync_dispatches (dispatched_at desc);

create index idx_sync_dispatches_open on private.sync_dispatches (id) where outcome is null;

comment on table private.sync_dispatches is
  'Each request to the sync-applications Edge Function that the database queued, and what became of it as far as the watch '
  'has read it back. To be read through the view public.sync_dispatches.';

alter table private.sync_dispatches enable row level security;

revoke all on table private.sync_dispatches from public, anon, authenticated, service_role;
revoke all on sequence private.sync_dispatches_id_seq from public, anon, authenticated, service_role;

grant select on table private.sync_dispatches to service_role;

create policy "Service role may read"
  on private.sync_dispatches
  for select
  to service_role
  using (true);

-- Nothing of what can go wrong here names a URL or a secret: it is read by people, and by pg_cron's log.
create function private.queue_dispatch(body jsonb)
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  project_url text;
  cron_secret text;
  problem constant text := private.connection_problem();
begin
  -- 'Bearer ' || null would make pg_net drop the header without a word.
  if problem is not null then
    raise exception '%', problem;
  end if;
  project_url := private.read_secret('project_url');
  cron_secret := private.read_secret('cron_secret');
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

comment on function private.queue_dispatch(jsonb) is
  'Queues one call of the sync-applications Edge Function with pg_net, which sends it after commit; returns its request id.';

create function private.ticks_between(since timestamptz, until timestamptz)
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

comment on function private.ticks_between(timestamptz, timestamptz) is
  'How many ticks there should have been between two: one every five minutes, by the clock.';

-- pg_cron makes up for nothing it missed: the tick that comes next is the first to know.
create function private.silent_since()
returns timestamptz
language sql
stable
set search_path = ''
as $$
  select last.at
  from (
    select greatest(s.installed_at, s.resumed_at, (
      select d.dispatched_at from private.sync_dispatches as d where d.trigger = 'schedule' order by d.id desc limit 1
    )) as at
    from public.sync_settings as s
  ) as last
  where private.ticks_between(last.at, now()) > 0;
$$;

comment on function private.silent_since() is
  'When a tick comes after others were missed: since when none had come. Null when none was missed.';

-- The function answers 202 at once: one slow request would hold up every other user of pg_net.
create function private.dispatch_sync(trigger text, body jsonb default '{}')
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
    request_id := private.queue_dispatch(jsonb_build_object('trigger', dispatch_sync.trigger) || dispatch_sync.body);
  exception when others then
    problem := left(sqlerrm, 200);
  end;
  insert into private.sync_dispatches (request_id, trigger, outcome, message, silent_since, run)
  values (
    request_id, dispatch_sync.trigger, case when problem is not null then 'not sent' end, problem,
    case when dispatch_sync.trigger = 'schedule' then private.silent_since() end,
    (dispatch_sync.body ->> 'syncLogId')::uuid
  )
  returning id into dispatch_id;
  return dispatch_id;
end;
$$;

comment on function private.dispatch_sync(text, jsonb) is
  'Asks for one call of the sync-applications Edge Function and remembers it, also when it cannot be sent. Returns the '
  'dispatch''s id.';

create function private.invoke_sync_applications()
returns bigint
language sql
set search_path = ''
as $$
  -- Nothing is sent while the schedule is paused.
  select private.dispatch_sync('schedule') from public.sync_settings as s where s.paused_at is null;
$$;

comment on function private.invoke_sync_applications() is
  'What the schedule runs. Returns the dispatch''s id, or null while paused.';

-- Of what a server answers, its message: ours, the platform's, or that of whoever the URL leads to; so without any URL.
create function private.message_of(content text)
returns text
language sql
immutable
set search_path = ''
as $$
  select left(regexp_replace(
    regexp_replace(
      substring(message_of.content from '"(?:message|msg|error)" *: *"((?:[^"\\]|\\.)*)"'), '\\(.)', '\1', 'g'
    ),
    '[a-z]+://[^ ]*', '<URL>', 'gi'
  ), 200);
$$;

comment on function private.message_of(text) is 'The message in an answer''s JSON, if there is one.';

create function private.run_of(content text)
returns uuid
language sql
immutable
set search_path = ''
as $$ select substring(run_of.content from '"syncLogId" *: *"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"')::uuid; $$;

comment on function private.run_of(text) is 'The run that an answer of the function names, if it does.';

-- pg_net follows a redirect, mostly as GET and without the secret on its way to another host, and what it stores is the
-- last answer's status under the first one's headers.
create function private.is_redirected(status_code integer, headers jsonb)
returns boolean
language sql
immutable
set search_path = ''
as $$
  select is_redirected.status_code between 300 and 399
    or exists (select from jsonb_object_keys(is_redirected.headers) as h (name) where lower(h.name) = 'location');
$$;

comment on function private.is_redirected(integer, jsonb) is 'Whether pg_net came to an answer, or to none, by a redirect.';

-- A response belongs to a dispatch when it came after it. It may come late, when somebody else's slow requests were in
-- front of it; but not when pg_net has begun to count anew since: then the id is somebody else's. (Of dispatches made at
-- the same time the one may have been counted first by pg_net, the other here.) 202 is what the function answers to a
-- dispatch, and nothing else under 300.
--
-- security definer: who may read the view need not be able to read pg_net's answers.
create function private.answer_to(dispatch private.sync_dispatches)
returns table (outcome text, status_code integer, message text, run uuid)
language plpgsql
stable
rows 1
security definer
set search_path = ''
as $$
begin
  return query
    select
      case
        when r.status_code = 202 then 'accepted'
        when private.is_redirected(r.status_code, r.headers) then 'redirected'
        when r.status_code = 409 then 'busy'
        when r.status_code in (401, 403) then 'refused'
        when r.status_code is not null then 'failed'
        when r.timed_out then 'timed out'
        else 'unreachable'
      end,
      r.status_code,
      case when r.status_code is null then left(r.error_msg, 200) else private.message_of(r.content) end,
      case when r.status_code = 202 then private.run_of(r.content) end
    from net._http_response as r
    where r.id = dispatch.request_id
      and r.created between dispatch.dispatched_at and dispatch.dispatched_at + interval '6 hours'
      and not exists (
        select from private.sync_dispatches as later
        where later.id > dispatch.id and later.request_id <= dispatch.request_id
          and later.dispatched_at > dispatch.dispatched_at + interval '10 seconds'
      );
exception when invalid_schema_name or undefined_table or insufficient_privilege then
  -- Without pg_net there is what the watch has kept; health says what is missing.
  return;
end;
$$;

comment on function private.answer_to(private.sync_dispatches) is
  'What pg_net brought back of a dispatch; no row while there is nothing.';

-- What is kept needs no second look, and pg_net keeps its answers for six hours.
create view public.sync_dispatches with (security_invoker = true) as
select
  d.id,
  d.dispatched_at,
  d.request_id,
  d.trigger,
  coalesce(a.outcome, d.outcome) as outcome,
  coalesce(a.status_code, d.status_code) as status_code,
  coalesce(a.message, d.message) as message,
  d.silent_since,
  coalesce(d.run, a.run) as run
from private.sync_dispatches as d
left join lateral (
  select a.* from private.answer_to(d) as a
  where coalesce(d.outcome, 'no response') = 'no response' and d.dispatched_at > now() - interval '6 hours'
) as a on true;

comment on view public.sync_dispatches is
  'Each request to the sync-applications Edge Function that the database queued, and what became of it up to now.';
comment on column public.sync_dispatches.trigger is
  'What asked for it; next_pass: a pass that ended with work left.';
comment on column public.sync_dispatches.outcome is
  'accepted; busy (a sync was running); refused (wrong secret); redirected (project_url leads elsewhere); failed (another '
  'status); timed out; unreachable; no response; not sent (message says why).';
comment on column public.sync_dispatches.silent_since is
  'Of a tick before which others were missed: since when none had come.';
comment on column public.sync_dispatches.run is
  'The run it was for, as far as that is known: of a next pass the one that goes on, else the one the function answered with.';

revoke all on table public.sync_dispatches from public, anon, authenticated, service_role;

grant select on table public.sync_dispatches to service_role;

create function private.collect_dispatches()
returns void
language sql
set search_path = ''
as $$
  update private.sync_dispatches as d
  set outcome = v.outcome, status_code = v.status_code, message = v.message, run = v.run
  from public.sync_dispatches as v
  where v.id = d.id and coalesce(d.outcome, 'no response') = 'no response' and d.outcome is distinct from v.outcome
    and d.dispatched_at > now() - interval '6 hours';

  update private.sync_dispatches as d
  set outcome = 'no response'
  where d.outcome is null and d.dispatched_at < now() - interval '2 minutes';
$$;

comment on function private.collect_dispatches() is
  'Keeps what became of the dispatches; after 2 minutes without an answer there is none, for the time being.';

create function private.describe_dispatch(dispatch public.sync_dispatches)
returns text
language sql
immutable
set search_path = ''
as $$
  select case dispatch.outcome
    when 'refused' then format(
      'the function refuses the secret (%s); give Vault''s cron_secret and the function''s CRON_SECRET the same value',
      dispatch.status_code
    )
    when 'not sent' then dispatch.message
    when 'redirected' then format(
      'Vault''s project_url must be the project''s own URL, https://<ref>.supabase.co; the one it is leads elsewhere (%s)',
      dispatch.status_code
    )
    when 'timed out' then 'the function did not answer in 15 s; look at its log'
    when 'unreachable' then 'nobody answers at Vault''s project_url; see whether it is right and the project is up'
    when 'no response' then 'pg_net brought no answer; if it stays so: select net.worker_restart()'
    when 'failed' then case dispatch.status_code
      when 404 then 'the function is not deployed (404); deploy it, or mend Vault''s project_url'
      when 546 then 'the platform ended the function''s worker (546); look at its log'
      when 200 then 'somebody else answers at Vault''s project_url (200); see whether it is right'
      -- Only the function's own words: the URL may lead to anybody.
      else format('the function answered %s', dispatch.status_code)
        || case when dispatch.message ~ '^(Cannot|Failed) ' then ': ' || dispatch.message else '' end
    end
    else dispatch.outcome
  end;
$$;

comment on function private.describe_dispatch(public.sync_dispatches) is
  'What became of a dispatch that failed, with what mends it; no URL and no secret.';

revoke all on function
  private.queue_dispatch(jsonb),
  private.ticks_between(timestamptz, timestamptz),
  private.silent_since(),
  private.dispatch_sync(text, jsonb),
  private.invoke_sync_applications(),
  private.message_of(text),
  private.run_of(text),
  private.is_redirected(integer, jsonb),
  private.answer_to(private.sync_dispatches),
  private.collect_dispatches(),
  private.describe_dispatch(public.sync_dispatches)
from public, anon, authenticated, service_role;

grant execute on function
  private.ticks_between(timestamptz, timestamptz),
  private.answer_to(private.sync_dispatches),
  private.dispatch_sync(text, jsonb),
  private.invoke_sync_applications(),
  private.describe_dispatch(public.sync_dispatches)
to service_role;
