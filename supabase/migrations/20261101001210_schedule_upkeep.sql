-- Alerts every minute; upkeep at night, off the five-minute marks.
select cron.schedule('watch-sync', '* * * * *', 'select private.watch_sync()');

select cron.schedule('reconcile-sync', '17 1-5 * * *', 'select private.reconcile_sync()');

select cron.schedule('prune-sync-records', '43 3 * * *', 'select private.prune_sync_records()');
