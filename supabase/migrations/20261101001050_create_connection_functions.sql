-- What ties the database to the Edge Function: where it is, with which secret, and the jobs that call it. Both functions
-- may be run at any time, by the owner alone, and say what they did; they are also how what is missing is mended.

create function private.check_project_url(project_url text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  url constant text := rtrim(check_project_url.project_url, '/');
begin
  -- Never the value itself: it may hold a password.
  if url !~ '^https?://[a-zA-Z0-9._-]+(:[0-9]{1,5})?$' then
    raise exception 'Cannot connect the sync: project_url is not the URL of a project'
      using
        errcode = 'invalid_parameter_value',
        hint = 'Give https:// and the host, such as https://<ref>.supabase.co: no path, no blank, no user or password.';
  end if;
  -- The secret travels with every call. What has no dot, and what Docker calls the machine, is no farther than that.
  if url !~ '^https://' and url !~ '^http://([a-zA-Z0-9_-]+|127\.0\.0\.1|host\.docker\.internal)(:|$)' then
    raise exception 'Cannot connect the sync: project_url begins with http://, so its secret could be read on the way'
      using
        errcode = 'invalid_parameter_value',
        hint = 'Give https://; http:// is only for this machine, such as http://kong:8000 or http://127.0.0.1:54321.';
  end if;
  return url;
end;
$$;

comment on function private.check_project_url(text) is
  'The project''s URL without a slash at its end; raises for what is none, without repeating it.';

create function private.check_cron_secret(cron_secret text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  if check_cron_secret.cron_secret !~ '^[!-~]{16,}$' then
    raise exception 'Cannot connect the sync: cron_secret is not 16 or more letters, digits or signs without a blank'
      using
        errcode = 'invalid_parameter_value',
        hint = 'Make one with: openssl rand -base64 32. The function''s CRON_SECRET must have the same value.';
  end if;
  return check_cron_secret.cron_secret;
end;
$$;

comment on function private.check_cron_secret(text) is
  'The secret, fit for a header; raises for what is none, without repeating it.';

create function private.store_secret(secret_name text, value text)
returns text
language plpgsql
set search_path = ''
as $$
declare
  secret_id constant uuid := (select s.id from vault.secrets as s where s.name = store_secret.secret_name);
begin
  if store_secret.value is null then
    return store_secret.secret_name || case when secret_id is null then ' still missing' else ' left as it was' end;
  elsif secret_id is null then
    perform vault.create_secret(store_secret.value, store_secret.secret_name);
    return store_secret.secret_name || ' created';
  end if;
  perform vault.update_secret(secret_id, store_secret.value);
  return store_secret.secret_name || ' updated';
end;
$$;

comment on function private.store_secret(text, text) is
  'Creates or updates a secret of Vault, also one that is empty or cannot be decrypted; null leaves it. Says which.';

create function private.connect_sync(project_url text default null, cron_secret text default null)
returns text
language plpgsql
set search_path = ''
as $$
declare
  url constant text := private.check_project_url(connect_sync.project_url);
  secret constant text := private.check_cron_secret(connect_sync.cron_secret);
begin
  return format(
    'Vault: %s, %s.', private.store_secret('project_url', url), private.store_secret('cron_secret', secret)
  );
end;
$$;

comment on function private.connect_sync(text, text) is
  'Tells the database where the sync-applications function is and with which secret to call it (Vault: project_url, '
  'cron_secret). Creates or updates; null leaves a value as it is. Says what it did.';

-- A tick every 5 minutes, alerts every minute, upkeep off the five-minute marks; the reconciliation decides itself when it
-- is night.
create function private.sync_jobs()
returns table (jobname text, schedule text, command text)
language sql
immutable
set search_path = ''
as $$
  values
    ('sync-applications', '*/5 * * * *', 'select private.invoke_sync_applications()'),
    ('watch-sync', '* * * * *', 'select private.watch_sync()'),
    ('reconcile-sync', '17 * * * *', 'select private.reconcile_sync()'),
    ('prune-sync-records', '43 3 * * *', 'select private.prune_sync_records()');
$$;

comment on function private.sync_jobs() is 'The jobs of the sync, as they are to be in cron.job.';

create function private.schedule_sync()
returns text
language plpgsql
set search_path = ''
as $$
declare
  strangers constant text := (
    select string_agg(format('%s (job %s of %s)', j.jobname, j.jobid, j.username), ', ' order by j.jobid)
    from cron.job as j join private.sync_jobs() as s on s.jobname = j.jobname
    where j.username <> current_user
  );
begin
  -- By name: scheduling again replaces a job instead of adding one, but leaves one inactive that was.
  perform cron.alter_job(cron.schedule(s.jobname, s.schedule, s.command), active := true) from private.sync_jobs() as s;
  return 'Scheduled: ' || (select string_agg(s.jobname, ', ') from private.sync_jobs() as s) || '.' || coalesce(
    ' Others'' jobs of the same name tick too: ' || strangers || '; as their owner, select cron.unschedule(<job>).', ''
  );
end;
$$;

comment on function private.schedule_sync() is
  'Schedules the jobs of the sync, or makes them again what they should be, and active. Names jobs of the same name that '
  'belong to somebody else: those it cannot take away.';

-- Not for service_role either: who holds its key must not be able to send the secret elsewhere.
revoke all on function
  private.check_project_url(text),
  private.check_cron_secret(text),
  private.store_secret(text, text),
  private.connect_sync(text, text),
  private.sync_jobs(),
  private.schedule_sync()
from public, anon, authenticated, service_role;
