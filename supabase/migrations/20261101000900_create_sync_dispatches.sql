-- How the database calls the Edge Function, and what becomes of it.
--
-- pg_cron's "succeeded" only means that a request was queued, and pg_net's own tables are emptied by a crash, their ids
-- given out anew. So each dispatch is remembered here, and what became of it is read back while it can be.
create table public.sync_dispatches (
  id bigint generated always as identity primary key,
  dispatched_at timestamptz not null default now(),
  request_id bigint not null,
  trigger text not null constraint known_trigger check (
    trigger in ('schedule', 'manual', 'reconciliation', 'next_pass')
  ),
  outcome text constraint known_outcome check (
    outcome in ('accepted', 'busy', 'refused', 'failed', 'timed out', 'unreachable', 'no response')
  ),
  status_code integer,
  message text
);

create index idx_sync_dispatches_dispatched on public.sync_dispatches (dispatched_at desc);

create index idx_sync_dispatches_open on public.sync_dispatches (id) where outcome is null;

comment on table public.sync_dispatches is
  'Each request to the sync-applications Edge Function that the database queued, and what became of it.';
comment on column public.sync_dispatches.trigger is
  'What asked for it; next_pass: a pass that ended with work left.';
comment on column public.sync_dispatches.outcome is
  'accepted; busy (a sync was running); refused (wrong secret); failed (another status); timed out; unreachable; no response.';

alter table public.sync_dispatches enable row level security;

revoke all on table public.sync_dispatches from public, anon, authenticated, service_role;
revoke all on sequence public.sync_dispatches_id_seq from public, anon, authenticated, service_role;

grant select on table public.sync_dispatches to service_role;

create policy "Service role may read"
  on public.sync_dispatches
  for select
  to service_role
  using (true);

-- pg_net sends after commit; the function answers 202 at once, because one slow request would hold up every other user
-- of pg_net. security definer: it reads Vault, which neither the cron job's command
-- nor service_role should have to.
create function private.dispatch_sync(trigger text, body jsonb default '{}')
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  project_url text := (select s.decrypted_secret from vault.decrypted_secrets as s where s.name = 'project_url');
  cron_secret text := (select s.decrypted_secret from vault.decrypted_secrets as s where s.name = 'cron_secret');
  missing text := concat_ws(
    ', ',
    case when coalesce(project_url, '') = '' then 'project_url' end,
    case when coalesce(cron_secret, '') = '' then 'cron_secret' end
  );
  request_id bigint;
begin
  -- 'Bearer ' || null would make pg_net drop the header without a word.
  if missing <> '' then
    raise exception 'Cannot invoke sync-applications: Vault has no secret named %', missing
      using hint = 'select vault.create_secret(''<value>'', ''<name>'');';
  end if;
  request_id := net.http_post(
    url => rtrim(project_url, '/') || '/functions/v1/sync-applications',
    body => jsonb_build_object('trigger', dispatch_sync.trigger) || dispatch_sync.body,
    headers => jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || cron_secret,
      'Prefer', 'respond-async'
    ),
    timeout_milliseconds => 15000
  );
  insert into public.sync_dispatches (request_id, trigger) values (request_id, dispatch_sync.trigger);
  return request_id;
end;
$$;

comment on function private.dispatch_sync(text, jsonb) is
  'Queues one call of the sync-applications Edge Function and remembers it; returns pg_net''s request id.';

create function private.invoke_sync_applications()
returns bigint
language sql
set search_path = ''
as $$
  -- Nothing is sent while the schedule is paused.
  select private.dispatch_sync('schedule') from public.sync_settings as s where s.paused_at is null;
$$;

comment on function private.invoke_sync_applications() is
  'What the schedule runs. Returns pg_net''s request id, or null while paused.';

-- A response belongs to a dispatch when it came soon after it: an id alone may have been given out twice.
create function private.collect_dispatches()
returns void
language sql
set search_path = ''
as $$
  update public.sync_dispatches as d
  set
    outcome = case
      when r.status_code between 200 and 299 then 'accepted'
      when r.status_code = 409 then 'busy'
      when r.status_code in (401, 403) then 'refused'
      when r.status_code is not null then 'failed'
      when r.timed_out then 'timed out'
      else 'unreachable'
    end,
    status_code = r.status_code,
    message = left(coalesce(r.error_msg, substring(r.content from '"message" *: *"([^"]*)"')), 200)
  from net._http_response as r
  where d.outcome is null
    and r.id = d.request_id
    and r.created between d.dispatched_at and d.dispatched_at + interval '2 minutes';

  update public.sync_dispatches as d
  set outcome = 'no response'
  where d.outcome is null and d.dispatched_at < now() - interval '2 minutes';
$$;

comment on function private.collect_dispatches() is
  'Reads back from pg_net what became of the dispatches; after 2 minutes without an answer there is none.';

revoke all on function
  private.dispatch_sync(text, jsonb),
  private.invoke_sync_applications(),
  private.collect_dispatches()
from public, anon, authenticated, service_role;

grant execute on function
  private.dispatch_sync(text, jsonb),
  private.invoke_sync_applications()
to service_role;
