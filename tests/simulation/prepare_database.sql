-- The project's own schema, on a clock and a pg_net of the simulation's. Nothing else of it is changed.
create schema if not exists sim;
grant usage on schema sim to public;

create or replace function sim.now()
returns timestamptz
language sql
stable
set search_path = ''
as $$ select current_setting('sim.now')::timestamptz; $$;

create table if not exists sim.requests (id bigserial primary key);
grant all on sim.requests, sim.requests_id_seq to public;

create or replace function net.http_post(
  url text,
  body jsonb default '{}',
  params jsonb default '{}',
  headers jsonb default '{}',
  timeout_milliseconds integer default 5000
)
returns bigint
language sql
as $$ insert into sim.requests default values returning id; $$;

do $$
declare
  definition text;
  column_row record;
begin
  perform set_config('sim.now', '2026-01-01T00:00:00Z', false);
  for definition in
    select pg_get_functiondef(p.oid) from pg_proc as p
    where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace) and p.prosrc ~ '\mnow\(\)'
  loop
    execute regexp_replace(definition, '\mnow\(\)', 'sim.now()', 'g');
  end loop;
  for definition in
    select format('create or replace view %s with (security_invoker = true) as %s', c.oid::regclass, pg_get_viewdef(c.oid)) from pg_class as c
    where c.relnamespace = 'private'::regnamespace and c.relkind = 'v' and pg_get_viewdef(c.oid) ~ '\mnow\(\)'
  loop
    execute regexp_replace(definition, '\mnow\(\)', 'sim.now()', 'g');
  end loop;
  for column_row in
    select d.adrelid::regclass as relation, a.attname
    from pg_attrdef as d
    join pg_attribute as a on a.attrelid = d.adrelid and a.attnum = d.adnum
    join pg_class as c on c.oid = d.adrelid
    where c.relnamespace = 'public'::regnamespace and pg_get_expr(d.adbin, d.adrelid) = 'now()'
  loop
    execute format('alter table %s alter column %I set default sim.now()', column_row.relation, column_row.attname);
  end loop;
end;
$$;

-- A record that Postgres rejects, whatever the client does.
alter table public.tblsovereignapplications
  add constraint no_poison check (1 / (owner is distinct from 'POISON')::int = 1);
