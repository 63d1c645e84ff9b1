-- Live: what Realtime publishes, and to whom.
begin;
set local search_path = extensions, public;
set local client_min_messages = error;
drop publication if exists supabase_realtime;

select plan(13);

select is(
  sovereign_sync.publish_live_tables(), 'There is no publication supabase_realtime: nothing is published.', 'without Realtime nothing is published'
);
create publication supabase_realtime;
select is(
  sovereign_sync.publish_live_tables(),
  'Published: sovereign_sync.status, public.tblsovereignapplications, public.tblsovereignapplicationssynclog.', 'with it three tables are'
);
select set_eq(
  $$ select t.tablename::text from pg_publication_tables as t where t.pubname = 'supabase_realtime' $$,
  array['status', 'tblsovereignapplications', 'tblsovereignapplicationssynclog'], 'and no other'
);
select is(sovereign_sync.publish_live_tables(), 'Published already.', 'twice is once');
alter publication supabase_realtime drop table sovereign_sync.status;
select is(sovereign_sync.publish_live_tables(), 'Published: sovereign_sync.status.', 'what is missing is added');

-- What Realtime asks of the database for each subscriber.
select is_empty(
  $$ select t.tablename from pg_publication_tables as t
     join pg_class as c on c.oid = format('%I.%I', t.schemaname, t.tablename)::regclass
     where t.pubname = 'supabase_realtime' and not c.relrowsecurity $$,
  'Row Level Security is on for all that is published'
);
select is_empty(
  $$ select t.tablename from pg_publication_tables as t
     where t.pubname = 'supabase_realtime'
       and has_any_column_privilege('anon', format('%I.%I', t.schemaname, t.tablename)::regclass, 'SELECT') $$,
  'anon may select no column of it: it hears of nothing'
);
select set_eq(
  $$ select t.tablename::text from pg_publication_tables as t
     where t.pubname = 'supabase_realtime'
       and has_any_column_privilege('authenticated', format('%I.%I', t.schemaname, t.tablename)::regclass, 'SELECT') $$,
  array['tblsovereignapplications', 'tblsovereignapplicationssynclog'], 'authenticated may select applications and log'
);
select set_eq(
  $$ select p.tablename || ': ' || p.policyname from pg_policies as p
     where p.schemaname in ('public', 'sovereign_sync') and p.cmd in ('SELECT', 'ALL') and p.roles && array['authenticated', 'anon', 'public']::name[] $$,
  array[
    'changes: Authenticated users may read', 'tblsovereignapplications: Authenticated users may read',
    'tblsovereignapplicationssynclog: Authenticated users may read'
  ],
  'by these policies and no others'
);
select is_empty(
  $$ select c.relname from pg_publication_tables as t
     join pg_class as c on c.oid = format('%I.%I', t.schemaname, t.tablename)::regclass
     where t.pubname = 'supabase_realtime' and (
       c.relreplident <> 'd' or not exists (select from pg_index as i where i.indrelid = c.oid and i.indisprimary)
     ) $$,
  'of a deleted row its key is told, and nothing else'
);

alter table sovereign_sync.status drop constraint status_pkey;
alter publication supabase_realtime drop table sovereign_sync.status;
select is(sovereign_sync.publish_live_tables(), 'Published already.', 'a table without a key is left alone: its updates would be refused');
alter publication supabase_realtime drop table public.tblsovereignapplications;
create role somebody_else;
grant somebody_else to postgres;
do $$ begin execute format('grant create on database %I to somebody_else', current_database()); end; $$;
alter publication supabase_realtime owner to somebody_else;
revoke somebody_else from postgres;
select is(
  sovereign_sync.publish_live_tables(), 'Nothing is published: supabase_realtime belongs to somebody_else, who can add the tables.',
  'a publication that is somebody else''s stops no migration'
);
set local role service_role;
select throws_ok('select sovereign_sync.publish_live_tables()', '42501', null, 'only its owner publishes');

select * from finish();
rollback;
