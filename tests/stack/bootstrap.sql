-- What a new Supabase project holds before its first migration, as far as migrations and the Data API can tell.
-- Runs as the superuser supabase_admin. New tables in public carry no grants: auto_expose_new_tables is off.
create role postgres login createrole createdb bypassrls replication;
create role anon nologin noinherit;
create role authenticated nologin noinherit;
create role service_role nologin noinherit bypassrls;
create role authenticator login noinherit;

grant anon, authenticated, service_role to authenticator;
grant anon, authenticated, service_role, authenticator to postgres with admin option;
grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres;

alter database postgres owner to postgres;
grant usage on schema public to postgres, anon, authenticated, service_role;

create schema extensions;
grant usage on schema extensions to anon, authenticated, service_role;
grant all on schema extensions to postgres;

alter role postgres set search_path to "$user", public, extensions;
alter role supabase_admin set search_path to public, extensions;
alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';

create schema vault;
