-- The outcome of each call, read back from pg_net for as long as pg_net keeps it.

-- Of what a server answers, its message: ours, the platform's, or that of whoever the URL leads to; so without any URL.
create function sovereign_sync.message_of(content text)
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

comment on function sovereign_sync.message_of(text) is 'The message in an answer''s JSON, if there is one.';

create function sovereign_sync.run_of(content text)
returns uuid
language sql
immutable
set search_path = ''
as $$ select substring(run_of.content from '"syncLogId" *: *"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"')::uuid; $$;

comment on function sovereign_sync.run_of(text) is 'The run that an answer of the function names, if it does.';

-- pg_net follows a redirect, mostly as GET and without the secret on its way to another host, and what it stores is the
-- last answer's status under the first one's headers.
create function sovereign_sync.is_redirected(status_code integer, headers jsonb)
returns boolean
language sql
immutable
set search_path = ''
as $$
  select is_redirected.status_code between 300 and 399
    or exists (select from jsonb_object_keys(is_redirected.headers) as h (name) where lower(h.name) = 'location');
$$;

comment on function sovereign_sync.is_redirected(integer, jsonb) is
  'Whether pg_net came to an answer, or to none, by a redirect.';

-- A response belongs to a dispatch when it came after it. It may come late, when somebody else's slow requests were in
-- front of it; but not when pg_net has begun to count anew since: then the id is somebody else's. (Of dispatches made at
-- the same time the one may have been counted first by pg_net, the other here.) 202 is what the function answers to a
-- dispatch, and nothing else under 300.
--
-- security definer: who may read the view need not be able to read pg_net's answers.
-- pg_net's worker dates an answer with the beginning of its transaction, and the request it then takes may have come after
-- that. Ids begin anew after a crash, so an answer that is much older belongs to another request of this id.
create function sovereign_sync.is_answer_of(answered_at timestamptz, asked_at timestamptz)
returns boolean
language sql
immutable
set search_path = ''
as $$ select is_answer_of.answered_at >= is_answer_of.asked_at - interval '10 seconds'; $$;

comment on function sovereign_sync.is_answer_of(timestamptz, timestamptz) is
  'Whether an answer of pg_net is late enough to be that of a request made at this time.';

create function sovereign_sync.answer_to(dispatch sovereign_sync.dispatches)
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
        when sovereign_sync.is_redirected(r.status_code, r.headers) then 'redirected'
        when r.status_code = 409 then 'busy'
        when r.status_code in (401, 403) then 'refused'
        when r.status_code is not null then 'failed'
        when r.timed_out then 'timed out'
        else 'unreachable'
      end,
      r.status_code,
      case when r.status_code is null then left(r.error_msg, 200) else sovereign_sync.message_of(r.content) end,
      case when r.status_code = 202 then sovereign_sync.run_of(r.content) end
    from net._http_response as r
    where r.id = dispatch.request_id
      and sovereign_sync.is_answer_of(r.created, dispatch.dispatched_at)
      and r.created <= dispatch.dispatched_at + interval '6 hours'
      and not exists (
        select from sovereign_sync.dispatches as later
        where later.id > dispatch.id and later.request_id <= dispatch.request_id
          and later.dispatched_at > dispatch.dispatched_at + interval '10 seconds'
      );
exception when invalid_schema_name or undefined_table or insufficient_privilege then
  -- Without pg_net there is what the watch has kept; health says what is missing.
  return;
end;
$$;

comment on function sovereign_sync.answer_to(sovereign_sync.dispatches) is
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
from sovereign_sync.dispatches as d
left join lateral (
  select a.* from sovereign_sync.answer_to(d) as a
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

create function sovereign_sync.collect_dispatches()
returns void
language sql
set search_path = ''
as $$
  update sovereign_sync.dispatches as d
  set outcome = v.outcome, status_code = v.status_code, message = v.message, run = v.run
  from public.sync_dispatches as v
  where v.id = d.id and coalesce(d.outcome, 'no response') = 'no response' and d.outcome is distinct from v.outcome
    and d.dispatched_at > now() - interval '6 hours';

  update sovereign_sync.dispatches as d
  set outcome = 'no response'
  where d.outcome is null and d.dispatched_at < now() - interval '2 minutes';
$$;

comment on function sovereign_sync.collect_dispatches() is
  'Keeps what became of the dispatches; after 2 minutes without an answer there is none, for the time being.';

create function sovereign_sync.describe_dispatch(dispatch public.sync_dispatches)
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

comment on function sovereign_sync.describe_dispatch(public.sync_dispatches) is
  'What became of a dispatch that failed, with what mends it; no URL and no secret.';

create function sovereign_sync.why_not_sent(dispatch_id bigint)
returns text
language sql
stable
set search_path = ''
as $$
  select 'Cannot be sent: ' || d.message
  from sovereign_sync.dispatches as d
  where d.id = why_not_sent.dispatch_id and d.outcome = 'not sent';
$$;

comment on function sovereign_sync.why_not_sent(bigint) is
  'Why a dispatch could not even be queued, in words; else null.';
