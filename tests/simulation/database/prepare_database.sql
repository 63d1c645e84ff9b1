-- The project's own schema, on a clock and a pg_net of the simulation's. Nothing else of it is changed.
create schema if not exists sim;
grant usage on schema sim to public;

create or replace function sim.now()
returns timestamptz
language sql
stable
as $$ select current_setting('sim.now')::timestamptz; $$;

-- What pg_net was asked to send since it was last taken over.
create table if not exists sim.requests (id bigserial primary key, url text not null, body jsonb not null);
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
as $$ insert into sim.requests (url, body) values (http_post.url, http_post.body) returning id; $$;

-- pg_net throws responses away after six hours of real time, to which those of the virtual one look months old.
create or replace function sim.keep_response()
returns trigger
language plpgsql
as $$ begin return null; end; $$;

create or replace trigger keep_response before delete on net._http_response
for each row execute function sim.keep_response();

do $$
declare
  definition text;
  column_row record;
begin
  perform set_config('sim.now', '2026-01-01T00:00:00Z', false);
  for definition in
    select pg_get_functiondef(p.oid) from pg_proc as p
    where p.pronamespace in ('public'::regnamespace, 'sovereign_sync'::regnamespace) and p.prosrc ~ '\mnow\(\)'
  loop
    execute regexp_replace(definition, '\mnow\(\)', 'sim.now()', 'g');
  end loop;
  for definition in
    select format('create or replace view %s with (security_invoker = true) as %s', c.oid::regclass, pg_get_viewdef(c.oid))
    from pg_class as c
    where c.relnamespace in ('public'::regnamespace, 'sovereign_sync'::regnamespace) and c.relkind = 'v'
      and pg_get_viewdef(c.oid) ~ '\mnow\(\)'
  loop
    execute regexp_replace(definition, '\mnow\(\)', 'sim.now()', 'g');
  end loop;
  for column_row in
    select d.adrelid::regclass as relation, a.attname
    from pg_attrdef as d
    join pg_attribute as a on a.attrelid = d.adrelid and a.attnum = d.adnum
    join pg_class as c on c.oid = d.adrelid
    where c.relnamespace in ('public'::regnamespace, 'sovereign_sync'::regnamespace)
      and pg_get_expr(d.adbin, d.adrelid) = 'now()'
  loop
    execute format('alter table %s alter column %I set default sim.now()', column_row.relation, column_row.attname);
  end loop;
  -- What waits for a lock waits in real time, in which nobody lets it go: the simulation lets virtual time pass instead.
  for definition in
    select p.oid::regprocedure::text from pg_proc as p
    where p.pronamespace in ('public'::regnamespace, 'sovereign_sync'::regnamespace)
      and array_to_string(p.proconfig, ' ') ~ 'lock_timeout'
  loop
    execute format('alter function %s set lock_timeout = ''10ms''', definition);
  end loop;
  -- Nobody moves rows or plans between two plays of a seed.
  for definition in
    select c.oid::regclass::text from pg_class as c
    where c.relnamespace in ('public'::regnamespace, 'sovereign_sync'::regnamespace, 'sim'::regnamespace) and c.relkind = 'r'
  loop
    execute format('alter table %s set (autovacuum_enabled = false)', definition);
  end loop;
end;
$$;

-- A record that Postgres rejects, whatever the client does.
alter table public.tblsovereignapplications
  add constraint no_poison check (1 / (owner is distinct from 'POISON')::int = 1);

-- One statement at a virtual time, as a role, and how everything stands after it, in one transaction and one call.
-- `statement` takes its arguments from $1 and returns one json, or takes and returns nothing. `lease`: the call must not get through without it.
create or replace function sim.carry_out(at timestamptz, seed float8, as_role text, statement text, args jsonb, lease uuid)
returns json
language plpgsql
as $$
declare
  result json;
  held boolean;
begin
  perform setseed(carry_out.seed), set_config('sim.now', carry_out.at::text, true);
  if carry_out.lease is not null then
    held := exists (
      select from public.tblsovereignapplicationssynclog as l
      -- The end of a pass may be told twice.
      where l.status = 'running' and l.lease = carry_out.lease or l.ended_lease = carry_out.lease
    );
  end if;
  perform set_config('role', carry_out.as_role, true);
  if carry_out.args is null then
    execute carry_out.statement;
  else
    execute carry_out.statement into result using carry_out.args;
  end if;
  perform set_config('role', 'none', true);
  return json_build_object(
    'result', result, 'zombie', not held, 'inspection', sim.inspect()
  );
end;
$$;

-- An idle tick finds an empty queue and a list without news. Nearly all ticks of a day are: their list is noted and that
-- they came, which is all they leave behind.
create or replace function sim.skip_idle_tick(at timestamptz, undated boolean)
returns boolean
language plpgsql
as $$
begin
  perform set_config('sim.now', skip_idle_tick.at::text, true);
  if exists (select from public.sync_status as s where s.next_attempt_at <= sim.now())
    or exists (select from public.tblsovereignapplicationssynclog as l where l.status = 'running')
    or exists (select from sovereign_sync.queued_sync)
    or exists (select from public.sync_settings as s where s.paused_at is not null or s.start_from is not null)
    or sovereign_sync.is_in_doubt() and exists (
      select from public.sync_status as s where s.state = 'failed' and s.attempts < sovereign_sync.attempts_in_doubt()
    )
    or skip_idle_tick.undated and exists (
      select from public.sync_status as s where s.state = 'synced' and s.synced_at < sim.now() - interval '50 minutes'
        and s.listed_last_saved is null
    )
  then
    return false;
  end if;
  update public.tblsovereignapplicationssynclog as l
  set sync_started_at = sim.now(), listed_at = sim.now(), sync_completed_at = sim.now()
  where l.since_date = (sim.now() at time zone 'UTC')::date - 1 and l.passes = 0
    and l.sync_started_at = (select max(n.sync_started_at) from public.tblsovereignapplicationssynclog as n);
  if not found then
    insert into public.tblsovereignapplicationssynclog
      (since_date, trigger, status, sync_started_at, listed_at, sync_completed_at, passes)
    values ((sim.now() at time zone 'UTC')::date - 1, 'schedule', 'completed', sim.now(), sim.now(), sim.now(), 0);
  end if;
  insert into sovereign_sync.dispatches (trigger, outcome, status_code) values ('schedule', 'accepted', 202);
  return true;
end;
$$;
