-- How the database calls the Edge Function: for the schedule, for the next pass, for an operator. pg_net sends after
-- commit; the function answers 202 at once, because one slow request would hold up every other user of pg_net.

-- security definer: it reads Vault, which neither the cron job's command nor service_role should have to.
create function private.dispatch_sync(trigger text, body jsonb)
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
    body => dispatch_sync.body,
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
  select private.dispatch_sync('schedule', jsonb_build_object('trigger', 'schedule'))
  from public.sync_settings as s
  where s.paused_at is null;
$$;

comment on function private.invoke_sync_applications() is
  'What the schedule runs, and a pass to ask for the next one. Returns pg_net''s request id, or null while paused.';

revoke all on function
  private.dispatch_sync(text, jsonb),
  private.invoke_sync_applications()
from public, anon, authenticated, service_role;

grant execute on function
  private.dispatch_sync(text, jsonb),
  private.invoke_sync_applications()
to service_role;
