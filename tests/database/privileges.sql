-- Every object x every role: what is allowed, and that the rest is refused.
begin;
truncate public.tblsovereignapplications, public.tblsovereignapplicationssynclog, public.tblsovereignapplicationssyncstatus;
set local search_path = extensions, public;

select plan(121);

create temporary table allowed (role_name text, object_name text, privilege text) on commit drop;
insert into allowed
select r.role_name, o.object_name, p.privilege
from (values
  ('tblsovereignapplications'), ('tblsovereignapplicationssynclog'), ('tblsovereignapplicationssyncstatus'),
  ('"tblSovereignApplications"'), ('"tblSovereignApplicationsSyncLog"'), ('"tblSovereignApplicationsSyncStatus"')
) as o (object_name)
cross join (values ('authenticated'), ('service_role')) as r (role_name)
cross join (values ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE')) as p (privilege)
where r.role_name = 'service_role'
  or (p.privilege = 'SELECT' and lower(o.object_name) not like '%syncstatus%');

select is(
  has_table_privilege(r.role_name, 'public.' || o.object_name, p.privilege),
  exists (
    select from allowed as a
    where a.role_name = r.role_name and a.object_name = o.object_name and a.privilege = p.privilege
  ),
  format('%s: %s on %s', r.role_name, p.privilege, o.object_name)
)
from (select distinct a.object_name from allowed as a) as o
cross join (values ('anon'), ('authenticated'), ('service_role')) as r (role_name)
cross join (values ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE')) as p (privilege);

select is(
  has_function_privilege(r.role_name, f.signature, 'EXECUTE'),
  r.role_name = 'service_role',
  format('%s: execute %s', r.role_name, f.signature)
)
from (
  select p.oid::regprocedure::text as signature
  from pg_proc as p
  where p.pronamespace = 'public'::regnamespace
) as f
cross join (values ('anon'), ('authenticated'), ('service_role')) as r (role_name);

select is_empty(
  $$ select p.oid::regprocedure
     from pg_proc as p
     where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
       and not coalesce(p.proconfig, '{}') @> array['search_path=""'] $$,
  'every function sets search_path = '''''
);

select results_eq(
  $$ select p.oid::regprocedure::text
     from pg_proc as p
     where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace) and p.prosecdef $$,
  $$ values ('private.invoke_sync_applications()') $$,
  'security definer only where it reads Vault'
);

select is_empty(
  $$ select p.oid::regprocedure
     from pg_proc as p
     where p.pronamespace = 'private'::regnamespace
       and (has_function_privilege('anon', p.oid, 'EXECUTE') or has_function_privilege('authenticated', p.oid, 'EXECUTE')) $$,
  'anon and authenticated execute nothing private'
);

select ok(not has_schema_privilege('anon', 'private', 'USAGE'), 'anon does not see schema private');
select ok(not has_schema_privilege('authenticated', 'private', 'USAGE'), 'authenticated does not see schema private');

select is_empty(
  $$ select c.relname from pg_class as c
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and not c.relrowsecurity $$,
  'Row Level Security is on for every table'
);

select is_empty(
  $$ select c.relname from pg_class as c
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'v'
       and not coalesce(c.reloptions, '{}') @> array['security_invoker=true'] $$,
  'every view runs with the caller''s rights'
);

select is(
  (select j.command from cron.job as j where j.jobname = 'sync-applications'),
  'select private.invoke_sync_applications()',
  'the cron job''s command holds no secret'
);

insert into public.tblsovereignapplications (g3_application_number) values ('G3-1');

set local role anon;
select throws_ok('select * from public.tblsovereignapplications', '42501', null, 'anon reads no application');
select throws_ok('select * from public."tblSovereignApplications"', '42501', null, 'anon reads no application by its printed name');
select throws_ok(
  'insert into public.tblsovereignapplications (g3_application_number) values (''x'')', '42501', null, 'anon writes no application'
);

set local role authenticated;
select results_eq(
  'select "G3_application_number" from public."tblSovereignApplications"', $$ values ('G3-1') $$, 'authenticated reads applications'
);
select throws_ok('delete from public.tblsovereignapplications', '42501', null, 'authenticated deletes no application');
select throws_ok('select * from public.tblsovereignapplicationssyncstatus', '42501', null, 'authenticated reads no status');
select throws_ok('select * from vault.decrypted_secrets', '42501', null, 'authenticated reads no secret');

set local role service_role;
select lives_ok(
  'update public."tblSovereignApplications" set owner = ''x'' where "G3_application_number" = ''G3-1''', 'service_role writes applications'
);
reset role;

select * from finish();
rollback;
