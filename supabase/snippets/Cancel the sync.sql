-- Ends the sync that is running, within half a minute. What is stored stays; the next tick goes on with the rest.
select cancel_sync();
