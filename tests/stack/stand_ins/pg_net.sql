-- pg_net's interface where the server has no pg_net: its schema, tables, signatures, rules and words. A worker beside the
-- database sends what is queued (pg_net_worker.ts). What both promise is in pg_net_contract_test.ts.
create schema net;

create domain net.http_method as text
  check (value ilike 'get' or value ilike 'post' or value ilike 'delete');

create type net.request_status as enum ('PENDING', 'SUCCESS', 'ERROR');

create type net.http_response as (status_code integer, headers jsonb, body text);

create type net.http_response_result as (status net.request_status, message text, response net.http_response);

create unlogged table net.http_request_queue (
  id bigserial,
  method net.http_method not null,
  url text not null,
  headers jsonb,
  body bytea,
  timeout_milliseconds integer not null
);

create unlogged table net._http_response (
  id bigint,
  status_code integer,
  content_type text,
  headers jsonb,
  content text,
  timed_out boolean,
  error_msg text,
  created timestamptz not null default now()
);

create index _http_response_created_idx on net._http_response (created);

-- The worker listens; a notification is delivered at commit and not after a rollback, as the extension's wake is.
create function net.wake()
returns void
language sql
set search_path = ''
as $$ select pg_notify('pg_net_wake', ''); $$;

create function net.worker_restart()
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform pg_reload_conf();
  perform pg_notify('pg_net_restart', '');
  return true;
end;
$$;

-- Who may not see other roles' sessions does not see the worker either, as with the extension.
create function net.check_worker_is_up()
returns void
language plpgsql
set search_path = ''
as $$
begin
  if not exists (select from pg_stat_activity as a where a.application_name like 'pg_net%') then
    raise exception using
      message = 'the pg_net background worker is not up',
      detail = 'the pg_net background worker is down due to an internal error and cannot process requests',
      hint = 'make sure that you didn''t modify any of pg_net internal tables';
  end if;
end;
$$;

create function net.wait_until_running()
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  while not exists (select from pg_stat_activity as a where a.application_name like 'pg_net%') loop
    perform pg_sleep(0.05);
    perform pg_stat_clear_snapshot();
  end loop;
end;
$$;

create function net._urlencode_string(string character varying)
returns text
language sql
immutable
set search_path = ''
as $$
  select case when _urlencode_string.string is not null then coalesce(string_agg(
    case
      when b.byte between 48 and 57 or b.byte between 65 and 90 or b.byte between 97 and 122
        or b.byte in (45, 46, 95, 126) then chr(b.byte)
      else '%' || upper(lpad(to_hex(b.byte), 2, '0'))
    end, '' order by b.position
  ), '') end
  from (
    select i as position, get_byte(convert_to(_urlencode_string.string, 'UTF8'), i) as byte
    from generate_series(0, octet_length(_urlencode_string.string) - 1) as i
  ) as b;
$$;

-- What libcurl's URL parser takes, refuses and rewrites, except that dot segments, escapes in a host and short IPv4
-- addresses stay as they are.
create function net._encode_url_with_params_array(url text, params_array text[])
returns text
language plpgsql
immutable
set search_path = ''
as $$
#variable_conflict use_column
declare
  given constant text := _encode_url_with_params_array.url;
  scheme text := lower(substring(given from '^([A-Za-z0-9+.-]{1,40}):'));
  slashes text;
  authority text;
  path text;
  query text;
  fragment text;
  login text;
  host text;
  port text;
  param text;
  problem text;
begin
  if given is null or params_array is null then
    return null;
  end if;
  slashes := substring(substr(given, length(scheme) + 2) from '^/*');
  authority := substring(substr(given, length(scheme) + 2 + length(slashes)) from '^[^/?#]*');
  path := substr(given, length(scheme) + 2 + length(slashes) + length(authority));
  fragment := nullif(substring(path from '#(.*)$'), '');
  path := regexp_replace(path, '#.*$', '');
  query := nullif(substring(path from '\?(.*)$'), '');
  path := coalesce(nullif(regexp_replace(path, '\?.*$', ''), ''), '/');
  login := substring(authority from '^([^@]*@)');
  host := substr(authority, coalesce(length(login), 0) + 1);
  if host like '[%' then
    port := substring(host from '\]:(.*)$');
    host := regexp_replace(host, '\]:.*$', ']');
  else
    port := substring(host from ':(.*)$');
    host := regexp_replace(host, ':.*$', '');
  end if;
  problem := case
    when scheme is null then 'Bad scheme'
    when scheme not in (
      'dict', 'file', 'ftp', 'ftps', 'gopher', 'gophers', 'http', 'https', 'imap', 'imaps', 'ldap', 'ldaps', 'mqtt', 'pop3',
      'pop3s', 'rtmp', 'rtsp', 'scp', 'sftp', 'smb', 'smbs', 'smtp', 'smtps', 'telnet', 'tftp'
    ) then 'Unsupported URL scheme'
    when scheme = 'file' and slashes = '///' then null
    when scheme = 'file' then 'Bad file:// URL'
    when length(slashes) not between 1 and 3 then 'Unsupported number of slashes following scheme'
    when fragment ~ '[\x01-\x20\x7f]' then 'Bad fragment'
    when query ~ '[\x01-\x20\x7f]' then 'Bad query'
    when path ~ '[\x01-\x20\x7f]' then 'Bad path'
    when login ~ '^[^:]*[\x01-\x20\x7f]' then 'Bad user'
    when login ~ '[\x01-\x20\x7f]' then 'Bad password'
    when host like '[%' and host !~ '^\[[0-9A-Fa-f:.]+\]$' then 'Bad IPv6 address'
    when port !~ '^[0-9]*$' or length(ltrim(port, '0')) > 5 or nullif(port, '')::integer > 65535
      then 'Port number was not a decimal number between 0 and 65535'
    when host = '' then 'No host part in the URL'
    when host not like '[%' and host ~ '[][[:space:]/:#?!@{}\\$''"^`*<>=;,+&()]' then 'Bad hostname'
  end;
  if problem is not null then
    raise exception using errcode = 'XX000', message = format('invalid URL "%s": %s', given, problem);
  end if;
  if scheme = 'file' then
    return 'file:///' || authority || path;
  end if;
  foreach param in array params_array loop
    continue when param is null;
    query := nullif(coalesce(regexp_replace(query, '([^&])$', '\1&'), '') || param, '');
  end loop;
  return concat(
    scheme, '://', login, host, ':' || nullif(port, '')::integer, path, '?' || query, '#' || fragment
  );
end;
$$;

create function net._params_array(params jsonb)
returns text[]
language sql
immutable
set search_path = ''
as $$
  select coalesce(array_agg(net._urlencode_string(p.key) || '=' || net._urlencode_string(p.value)), '{}')
  from jsonb_each_text(_params_array.params) as p;
$$;

create function net.http_get(
  url text,
  params jsonb default '{}',
  headers jsonb default '{}',
  timeout_milliseconds integer default 5000
)
returns bigint
language plpgsql
set search_path = ''
as $$
declare
  request_id bigint;
begin
  insert into net.http_request_queue as q (method, url, headers, timeout_milliseconds)
  values (
    'GET', net._encode_url_with_params_array(http_get.url, net._params_array(http_get.params)), http_get.headers,
    http_get.timeout_milliseconds
  )
  returning q.id into request_id;
  perform net.wake();
  return request_id;
end;
$$;

create function net.http_post(
  url text,
  body jsonb default '{}',
  params jsonb default '{}',
  headers jsonb default '{"Content-Type": "application/json"}',
  timeout_milliseconds integer default 5000
)
returns bigint
language plpgsql
set search_path = ''
as $$
declare
  content_type text;
  request_id bigint;
begin
  select h.value into content_type
  from jsonb_each_text(coalesce(http_post.headers, '{}')) as h where lower(h.key) = 'content-type' limit 1;
  if content_type is null then
    headers := http_post.headers || '{"Content-Type": "application/json"}';
  elsif content_type <> 'application/json' then
    raise exception 'Content-Type header must be "application/json"';
  end if;
  insert into net.http_request_queue as q (method, url, headers, body, timeout_milliseconds)
  values (
    'POST', net._encode_url_with_params_array(http_post.url, net._params_array(http_post.params)), http_post.headers,
    convert_to(http_post.body::text, 'UTF8'), http_post.timeout_milliseconds
  )
  returning q.id into request_id;
  perform net.wake();
  return request_id;
end;
$$;

create function net.http_delete(
  url text,
  params jsonb default '{}',
  headers jsonb default '{}',
  timeout_milliseconds integer default 5000,
  body jsonb default null
)
returns bigint
language plpgsql
set search_path = ''
as $$
declare
  request_id bigint;
begin
  insert into net.http_request_queue as q (method, url, headers, body, timeout_milliseconds)
  values (
    'DELETE', net._encode_url_with_params_array(http_delete.url, net._params_array(http_delete.params)),
    http_delete.headers, convert_to(http_delete.body::text, 'UTF8'), http_delete.timeout_milliseconds
  )
  returning q.id into request_id;
  perform net.wake();
  return request_id;
end;
$$;

create function net._http_collect_response(request_id bigint, async boolean default true)
returns net.http_response_result
language plpgsql
set search_path = ''
as $$
declare
  answer net._http_response;
begin
  loop
    select r.* into answer from net._http_response as r where r.id = _http_collect_response.request_id;
    exit when answer.id is not null or _http_collect_response.async;
    perform pg_sleep(0.05);
  end loop;
  if answer.id is null or answer.error_msg is not null then
    return row('ERROR', coalesce(answer.error_msg, 'request matching request_id not found'), null)::net.http_response_result;
  end if;
  return row(
    'SUCCESS', 'ok', row(answer.status_code, answer.headers, answer.content)::net.http_response
  )::net.http_response_result;
end;
$$;

-- As the extension grants them: every role may queue requests, and read, change and delete what is queued and answered.
grant usage on schema net to public;
grant all on all tables in schema net to public;
grant all on all sequences in schema net to public;
