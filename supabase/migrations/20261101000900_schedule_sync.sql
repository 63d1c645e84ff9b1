-- Every 5 minutes, by name: scheduling again replaces the job instead of adding one.
select cron.schedule('sync-applications', '*/5 * * * *', 'select private.invoke_sync_applications()');
