-- What ties the database to the Edge Function: where it is, with which secret, and the jobs that call it. connect_sync() and
-- schedule_sync() may be run at any time, by the owner alone, and say what they did; they are also how what is missing is
-- mended.

create function private.read_secret(secret_name text)
returns text
language sql
stable
security definer
set search_path = ''
as $$ select s.decrypted_secret from vault.decrypted_secrets as s where s.name = read_secret.secret_name; $$;

comment on function private.read_secret(text) is
  'A secret of Vault, at call time. security definer: neither a cron job''s command nor service_role need access to Vault.';

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
        hint = 'Make one with: openssl rand -hex 32. The function''s CRON_SECRET must have the same value.';
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
  begin
    perform vault.update_secret(secret_id, store_secret.value);
    return store_secret.secret_name || ' updated';
  exception when others then
    -- One that Vault cannot decrypt it may not update either.
    delete from vault.secrets as s where s.id = secret_id;
    perform vault.create_secret(store_secret.value, store_secret.secret_name);
    return store_secret.secret_name || ' replaced';
  end;
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
  update public.sync_settings as s set connected_at = now() where s.one_row;
  -- Not its arguments: they are secrets.
  return private.record_action('connect_sync', '{}', format(
    'Vault: %s, %s.', private.store_secret('project_url', url), private.store_secret('cron_secret', secret)
  ));
end;
$$;

comment on function private.connect_sync(text, text) is
  'Tells the database where the sync-applications function is and with which secret to call it (Vault: project_url, '
  'cron_secret). Creates or updates; null leaves a value as it is. Says what it did.';

create function private.connection_problem()
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  secret_name text;
  secret text;
  problems text[] := array[]::text[];
  mends text[] := array[]::text[];
begin
  foreach secret_name in array array['project_url', 'cron_secret'] loop
    begin
      secret := private.read_secret(secret_name);
      continue when secret <> '';
      problems := problems || ('Vault has no secret named ' || secret_name);
    exception when others then
      problems := problems || format('Vault''s %s cannot be read (%s)', secret_name, sqlstate);
    end;
    mends := mends || case secret_name
      when 'project_url' then 'project_url => ''https://<ref>.supabase.co'''
      else 'cron_secret => ''<CRON_SECRET>'''
    end;
  end loop;
  return array_to_string(nullif(problems, '{}'), '; ')
    || format(': select private.connect_sync(%s)', array_to_string(mends, ', '));
end;
$$;

comment on function private.connection_problem() is
  'What of Vault''s project_url and cron_secret is missing or cannot be read, with what mends it; null when nothing. '
  'security definer: who looks after the sync needs no access to Vault.';

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
  return private.record_action(
    'schedule_sync', '{}',
    'Scheduled: ' || (select string_agg(s.jobname, ', ') from private.sync_jobs() as s) || '.' || coalesce(
      ' Others'' jobs of the same name tick too: ' || strangers || '; as their owner, select cron.unschedule(<job>).', ''
    )
  );
end;
$$;

comment on function private.schedule_sync() is
  'Schedules the jobs of the sync, or makes them again what they should be, and active. Names jobs of the same name that '
  'belong to somebody else: those it cannot take away.';

create function private.schedule_problem()
returns text
language sql
stable
security definer
set search_path = ''
as $$
  with jobs as (
    select s.jobname, bool_or(j.active) as active
    from private.sync_jobs() as s left join cron.job as j on j.jobname = s.jobname
    group by s.jobname
  )
  select concat_ws(
    '; ',
    'Not scheduled: ' || string_agg(j.jobname, ', ' order by j.jobname) filter (where j.active is null),
    'Scheduled, but not active: ' || string_agg(j.jobname, ', ' order by j.jobname) filter (where not j.active)
  ) || ': select private.schedule_sync()'
  from jobs as j
  where j.active is not true
  having count(*) > 0;
$$;

comment on function private.schedule_problem() is
  'Which jobs are missing or not active, with what mends it; null when none. security definer: service_role may not read '
  'cron.job.';

-- Not for service_role either: who holds its key must not be able to send the secret elsewhere.
revoke all on function
  private.read_secret(text),
  private.connection_problem(),
  private.schedule_problem(),
  private.check_project_url(text),
  private.check_cron_secret(text),
  private.store_secret(text, text),
  private.connect_sync(text, text),
  private.sync_jobs(),
  private.schedule_sync()
from public, anon, authenticated, service_role;

-- What the view sync_health asks with its reader's rights. No secret is in what they say.
grant execute on function
  private.connection_problem(),
  private.schedule_problem()
to service_role;
