-- What runs at night.
begin;
truncate public.tblsovereignapplications, public.tblsovereignapplicationssynclog, sovereign_sync.status, sovereign_sync.gaps,
  sovereign_sync.dispatches, sovereign_sync.alerts, sovereign_sync.unauthorized_requests;
update public.sync_settings
set paused_at = null, resumed_at = null, start_from = null, time_zone = 'UTC', installed_at = now(), reconcile_days = 30;
set local search_path = extensions, public;

select plan(16);

-- The zone where it is such an hour now.
create function pg_temp.go_where_it_is(hour integer) returns void language sql as $$
  update public.sync_settings
  set time_zone = (
    select 'Etc/GMT' || case when east > 0 then '-' else '+' end || abs(east)
    from (select (hour - extract(hour from now() at time zone 'UTC')::integer + 36) % 24 - 12 as east) as t
  );
$$;

create function pg_temp.asked_since() returns date language sql as $$
  select (convert_from(q.body, 'UTF8')::jsonb ->> 'since')::date from net.http_request_queue as q order by q.id desc limit 1;
$$;

select sovereign_sync.schedule_sync();
select is(
  (select j.schedule from cron.job as j where j.jobname = 'reconcile-sync'), '17 * * * *', 'the reconciliation is looked for every hour'
);
select pg_temp.go_where_it_is(0);
select is(sovereign_sync.reconcile_sync(), null, 'at midnight it is not night');
select pg_temp.go_where_it_is(6);
select is(sovereign_sync.reconcile_sync(), null, 'nor at six');
select pg_temp.go_where_it_is(12);
select is(sovereign_sync.reconcile_sync(), null, 'nor at noon');
select pg_temp.go_where_it_is(1);
select isnt(sovereign_sync.reconcile_sync(), null, 'at one it is');
select pg_temp.go_where_it_is(5);
select isnt(sovereign_sync.reconcile_sync(), null, 'and at five, until it has run');
select is(pg_temp.asked_since(), sovereign_sync.today() - 30, 'it lists 30 days back, from the day it is there');

insert into public.sync_gaps (from_date, to_date) values (sovereign_sync.today() - 50, sovereign_sync.today() - 20);
select sovereign_sync.reconcile_sync();
select is(pg_temp.asked_since(), sovereign_sync.today() - 50, 'or from where the open gap begins');
update public.sync_gaps set from_date = sovereign_sync.today() - 21;
select sovereign_sync.reconcile_sync();
select is(pg_temp.asked_since(), sovereign_sync.today() - 30, 'if that is longer ago');

update public.sync_settings set paused_at = now();
select is(sovereign_sync.reconcile_sync(), null, 'not while paused');
update public.sync_settings set paused_at = null;

insert into public.tblsovereignapplicationssynclog (since_date, status, trigger, sync_started_at, sync_completed_at)
values ('2026-01-01', 'failed', 'reconciliation', now() - interval '1 hour', now());
select isnt(sovereign_sync.reconcile_sync(), null, 'one that got no list is tried again');
update public.tblsovereignapplicationssynclog set listed_at = now();
select is(sovereign_sync.reconcile_sync(), null, 'one that listed was this night''s');
update public.tblsovereignapplicationssynclog set sync_started_at = now() - interval '20 hours 1 minute';
select isnt(sovereign_sync.reconcile_sync(), null, 'the next night there is another');
update public.tblsovereignapplicationssynclog set sync_started_at = now() - interval '1 hour', since_date = sovereign_sync.today() - 29;
select isnt(sovereign_sync.reconcile_sync(), null, 'nor does one stand in that somebody asked for and that goes less far back');

update public.sync_gaps set closed_at = now() - interval '89 days', closed_by = 'accepted';
insert into public.sync_gaps (from_date, to_date, closed_at, closed_by)
values ('2026-01-01', '2026-01-02', now() - interval '91 days', 'covered');
select sovereign_sync.prune_sync_records();
select is((select count(*) from public.sync_gaps), 1::bigint, 'closed gaps are kept as long as the log');
update public.sync_gaps set closed_at = null, closed_by = null, opened_at = now() - interval '1 year';
select sovereign_sync.prune_sync_records();
select is((select count(*) from public.sync_gaps), 1::bigint, 'an open gap for ever');

select * from finish();
rollback;
