-- What ties the database to the Edge Function: its URL and its secret, both in Vault. connect_sync() may be run at any
-- time, by the owner alone, and says what it did; it is also the remedy for a value that is missing.

create function sovereign_sync.read_secret(secret_name text)
returns text
language sql
stable
security definer
set search_path = ''
as $$ select s.decrypted_secret from vault.decrypted_secrets as s where s.name = read_secret.secret_name; $$;

comment on function sovereign_sync.read_secret(text) is
  'A secret of Vault, at call time. security definer: neither a cron job''s command nor service_role need access to Vault.';

create function sovereign_sync.check_project_url(project_url text)
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

comment on function sovereign_sync.check_project_url(text) is
  'The project''s URL without a slash at its end; raises for what is none, without repeating it.';

create function sovereign_sync.check_cron_secret(cron_secret text)
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

comment on function sovereign_sync.check_cron_secret(text) is
  'The secret, fit for a header; raises for what is none, without repeating it.';

create function sovereign_sync.store_secret(secret_name text, value text)
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

comment on function sovereign_sync.store_secret(text, text) is
  'Creates or updates a secret of Vault, also one that is empty or cannot be decrypted; null leaves it. Says which.';

create function sovereign_sync.connect_sync(project_url text default null, cron_secret text default null)
returns text
language plpgsql
set search_path = ''
as $$
declare
  url constant text := sovereign_sync.check_project_url(connect_sync.project_url);
  secret constant text := sovereign_sync.check_cron_secret(connect_sync.cron_secret);
begin
  update sovereign_sync.settings as s set connected_at = now() where s.one_row;
  -- Not its arguments: they are secrets.
  return sovereign_sync.record_action('connect_sync', '{}', format(
    'Vault: %s, %s.', sovereign_sync.store_secret('project_url', url), sovereign_sync.store_secret('cron_secret', secret)
  ));
end;
$$;

comment on function sovereign_sync.connect_sync(text, text) is
  'Tells the database where the sync-applications function is and with which secret to call it (Vault: project_url, '
  'cron_secret). Creates or updates; null leaves a value as it is. Says what it did.';

create function sovereign_sync.connection_problem()
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
      secret := sovereign_sync.read_secret(secret_name);
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
    || format(': select sovereign_sync.connect_sync(%s)', array_to_string(mends, ', '));
end;
$$;

comment on function sovereign_sync.connection_problem() is
  'What of Vault''s project_url and cron_secret is missing or cannot be read, with what mends it; null when nothing. '
  'security definer: who looks after the sync needs no access to Vault.';
