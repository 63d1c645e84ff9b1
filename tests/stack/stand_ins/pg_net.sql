-- pg_net's interface where the server has no pg_net: its schema, tables, signatures and rules. A worker beside the
-- database sends what is queued (pg_net_worker.ts).
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

create function net._urlencode_string(string text)
returns text
language sql
immutable
set search_path = ''
as $$
  select coalesce(string_agg(
    case
      when b.byte between 48 and 57 or b.byte between 65 and 90 or b.byte between 97 and 122
        or b.byte in (45, 46, 95, 126) then chr(b.byte)
      else '%' || upper(lpad(to_hex(b.byte), 2, '0'))
    end, '' order by b.position
  ), '')
  from (
    select i as position, get_byte(convert_to(_urlencode_string.string, 'UTF8'), i) as byte
    from generate_series(0, octet_length(_urlencode_string.string) - 1) as i
  ) as b;
$$;

create function net._url_with_params(url text, params jsonb)
returns text
language sql
immutable
set search_path = ''
as $$
  select coalesce(
    _url_with_params.url || case when strpos(_url_with_params.url, '?') > 0 then '&' else '?' end || string_agg(
      net._urlencode_string(p.key) || '=' || net._urlencode_string(p.value), '&'
    ),
    _url_with_params.url
  )
  from jsonb_each_text(_url_with_params.params) as p;
$$;

create function net.http_get(
  url text,
  params jsonb default '{}',
  headers jsonb default '{}',
  timeout_milliseconds integer default 5000
)
returns bigint
language sql
security definer
set search_path = ''
as $$
  insert into net.http_request_queue (method, url, headers, timeout_milliseconds)
  values (
    'GET', net._url_with_params(http_get.url, http_get.params), http_get.headers, http_get.timeout_milliseconds
  )
  returning id;
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
security definer
set search_path = ''
as $$
declare
  content_type text := (
    select h.value from jsonb_each_text(coalesce(http_post.headers, '{}')) as h where lower(h.key) = 'content-type' limit 1
  );
  request_id bigint;
begin
  if content_type is null then
    headers := coalesce(http_post.headers, '{}') || '{"Content-Type": "application/json"}';
  elsif content_type <> 'application/json' then
    raise exception 'Content-Type header must be "application/json"';
  end if;
  insert into net.http_request_queue as q (method, url, headers, body, timeout_milliseconds)
  values (
    'POST', net._url_with_params(http_post.url, http_post.params), http_post.headers,
    convert_to(http_post.body::text, 'UTF8'), http_post.timeout_milliseconds
  )
  returning q.id into request_id;
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
language sql
security definer
set search_path = ''
as $$
  insert into net.http_request_queue (method, url, headers, body, timeout_milliseconds)
  values (
    'DELETE', net._url_with_params(http_delete.url, http_delete.params), http_delete.headers,
    convert_to(http_delete.body::text, 'UTF8'), http_delete.timeout_milliseconds
  )
  returning id;
$$;

create function net._http_collect_response(request_id bigint, async boolean default true)
returns net.http_response_result
language plpgsql
security definer
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
  if answer.id is null then
    return row('PENDING', 'request is pending processing', null)::net.http_response_result;
  end if;
  if answer.error_msg is not null then
    return row('ERROR', answer.error_msg, null)::net.http_response_result;
  end if;
  return row(
    'SUCCESS', 'ok', row(answer.status_code, answer.headers, answer.content)::net.http_response
  )::net.http_response_result;
end;
$$;

grant usage on schema net to public;
grant all on all tables in schema net to public;
grant all on all sequences in schema net to public;
revoke all on all functions in schema net from public;
grant execute on all functions in schema net to postgres, anon, authenticated, service_role;
