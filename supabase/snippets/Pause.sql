-- The schedule stands still until "Resume"; what people ask for still runs.
select pause_sync();
