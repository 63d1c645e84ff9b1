-- By name: scheduling again replaces a job instead of adding one. A tick every 5 minutes, alerts every minute, upkeep off
-- the five-minute marks; the reconciliation decides itself when it is night.
select cron.schedule('sync-applications', '*/5 * * * *', 'select private.invoke_sync_applications()');

select cron.schedule('watch-sync', '* * * * *', 'select private.watch_sync()');

select cron.schedule('reconcile-sync', '17 * * * *', 'select private.reconcile_sync()');

select cron.schedule('prune-sync-records', '43 3 * * *', 'select private.prune_sync_records()');
