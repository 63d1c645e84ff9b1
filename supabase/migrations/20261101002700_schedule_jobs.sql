-- The last one: the jobs find everything they call.
select private.schedule_sync();

-- The Data API keeps what it knows of the schema until it is told, or notices by itself some time later: a function
-- deployed right after the migrations would be answered that what it calls does not exist (PGRST202, PGRST205).
notify pgrst, 'reload schema';
