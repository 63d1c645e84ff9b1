-- What the schedule runs, and what a pass runs to ask for the next one. pg_net sends after commit; the function
-- answers 202 at once, because one slow request would hold up every other user of pg_net.
-- security definer: it reads Vault, which neither the cron job's command nor service_role should have to.
create function private.invoke_sync_applications()
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
begin
  -- 'Bearer ' || null would make pg_net drop the header without a word.
  if missing <> '' then
    raise exception 'Cannot invoke sync-applications: Vault has no secret named %', missing
      using hint = 'select vault.create_secret(''<value>'', ''<name>'');';
  end if;
  return net.http_post(
    url => rtrim(project_url, '/') || '/functions/v1/sync-applications',
    body => jsonb_build_object('trigger', 'schedule'),
    headers => jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || cron_secret,
      'Prefer', 'respond-async'
    ),
    timeout_milliseconds => 15000
  );
end;
$$;

comment on function private.invoke_sync_applications() is
  'Queues one invocation of the sync-applications Edge Function and returns pg_net''s request id.';

revoke all on function private.invoke_sync_applications() from public, anon, authenticated, service_role;
grant execute on function private.invoke_sync_applications() to service_role;
