-- What ties the database to the function: the secrets in Vault, and the jobs.
begin;
set local search_path = extensions, public;
select * from no_plan();

create function pg_temp.secrets() returns text language sql as $$
  select string_agg(s.name || '=' || s.decrypted_secret, ' ' order by s.name)
  from vault.decrypted_secrets as s where s.name in ('project_url', 'cron_secret');
$$;
create function pg_temp.refusal(call text) returns text language plpgsql as $$
declare
  hint text;
begin
  execute call;
  return 'none';
exception when others then
  get stacked diagnostics hint = pg_exception_hint;
  return sqlerrm || ' | ' || hint;
end;
$$;

delete from vault.secrets where name in ('project_url', 'cron_secret');
select is(sovereign_sync.connect_sync(), 'Vault: project_url still missing, cron_secret still missing.', 'nothing given, nothing there');
select is(
  sovereign_sync.connect_sync('https://abc.supabase.co/', '0123456789abcdef'),
  'Vault: project_url created, cron_secret created.', 'both are created'
);
select is(pg_temp.secrets(), 'cron_secret=0123456789abcdef project_url=https://abc.supabase.co', 'without the slash at the end');
select is(
  sovereign_sync.connect_sync(cron_secret => 'fedcba9876543210'), 'Vault: project_url left as it was, cron_secret updated.',
  'one alone is rotated'
);
select is(pg_temp.secrets(), 'cron_secret=fedcba9876543210 project_url=https://abc.supabase.co', 'and the other stays');
select vault.update_secret(s.id, '') from vault.secrets as s where s.name = 'project_url';
select sovereign_sync.connect_sync('http://kong:8000');
select is(pg_temp.secrets(), 'cron_secret=fedcba9876543210 project_url=http://kong:8000', 'an empty one is filled');
select is(
  sovereign_sync.connect_sync('http://kong:8000', 'fedcba9876543210'), 'Vault: project_url updated, cron_secret updated.', 'again and again'
);
select is((select count(*) from vault.secrets as s where s.name in ('project_url', 'cron_secret')), 2::bigint, 'one row each');

select lives_ok(format('select sovereign_sync.connect_sync(%L)', u.url), u.url || ' is taken')
from (values
  ('https://abc.supabase.co'), ('https://api.example.com:8443//'), ('http://localhost:54321'), ('http://127.0.0.1:54321'),
  ('http://host.docker.internal:54321'), ('http://kong:8000')
) as u (url);
select sovereign_sync.connect_sync('https://abc.supabase.co', '0123456789abcdef');

select matches(
  pg_temp.refusal(format('select sovereign_sync.connect_sync(%L, %L)', u.url, 'another-secret-of-23-ch')),
  '^Cannot connect the sync: project_url .*\| Give https://', format('project_url %s is refused', to_json(u.url))
)
from (values
  (''), ('abc.supabase.co'), ('ftp://abc.supabase.co'), ('https://'), ('https://abc.supabase.co/functions/v1'),
  ('https://abc.supabase.co?x=1'), ('https://user:hunter2@abc.supabase.co'), ('https://abc .supabase.co'),
  (' https://abc.supabase.co'), (E'https://abc.supabase.co\n'), (E'https://abc\n.supabase.co'), ('http://abc.supabase.co'),
  ('http://127.0.0.1.example.com'), ('http://kong@abc.supabase.co'), ('https://<ref>.supabase.co')
) as u (url);
select unalike(
  pg_temp.refusal($$ select sovereign_sync.connect_sync('https://user:hunter2@abc.supabase.co') $$), '%hunter2%', 'nor repeated'
);
select matches(
  pg_temp.refusal(format('select sovereign_sync.connect_sync(%L, %L)', 'https://other.supabase.co', s.secret)),
  '^Cannot connect the sync: cron_secret .*\| Make one with: openssl rand', format('cron_secret %s is refused', to_json(s.secret))
)
from (values (''), ('<CRON_SECRET>'), ('hunter2 hunter2 hunter2'), (E'hunter2hunter2hunter2\n'), ('hüntérhüntérhüntér')) as s (secret);
select unalike(
  pg_temp.refusal($$ select sovereign_sync.connect_sync(cron_secret => 'hunter2 hunter2 hunter2') $$), '%hunter2%', 'nor repeated'
);
select is(
  pg_temp.secrets(), 'cron_secret=0123456789abcdef project_url=https://abc.supabase.co', 'what is refused changes neither value'
);

create function pg_temp.jobs() returns setof text language sql as $$
  select j.jobname || ' ' || j.schedule || ' ' || j.command || ' ' || j.active
  from cron.job as j where j.username = current_user and j.jobname in (
    'sync-applications', 'watch-sync', 'reconcile-sync', 'prune-sync-records'
  );
$$;
create temporary table expected on commit drop as select unnest(array[
  'sync-applications */5 * * * * select sovereign_sync.invoke_sync_applications() true',
  'watch-sync * * * * * select sovereign_sync.watch_sync() true',
  'reconcile-sync 17 * * * * select sovereign_sync.reconcile_sync() true',
  'prune-sync-records 43 3 * * * select sovereign_sync.prune_sync_records() true'
]);
select is(
  sovereign_sync.schedule_sync(), 'Scheduled: sync-applications, watch-sync, reconcile-sync, prune-sync-records.', 'says what it did'
);
select set_eq('select pg_temp.jobs()', 'select * from expected', 'the four jobs, active');
select cron.unschedule('watch-sync');
select cron.alter_job(j.jobid, active := false) from cron.job as j where j.jobname = 'reconcile-sync';
select cron.schedule('sync-applications', '0 0 1 1 *', 'select 1');
select sovereign_sync.schedule_sync();
select set_eq('select pg_temp.jobs()', 'select * from expected', 'one that is missing, inactive or another is as it should be again');

select throws_ok(
  format('set local role %I; %s', r.role_name, c.call), '42501', null, format('%s: not %s', r.role_name, c.call)
)
from (values ('anon'), ('authenticated'), ('service_role')) as r (role_name)
cross join (values ('select sovereign_sync.connect_sync()'), ('select sovereign_sync.schedule_sync()')) as c (call);

select * from finish();
rollback;
