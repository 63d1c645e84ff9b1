-- What a schema cannot hold: the rows that must be there from the beginning, what is published for Realtime, and the jobs.
insert into sovereign_sync.settings default values on conflict do nothing;

insert into sovereign_sync.uptime_ping default values on conflict do nothing;

insert into sovereign_sync.known_attributes (attribute, position)
select a.name, a.position
from unnest(array[
  'applicationInternalNumber', 'applicationName', 'clientApplication', 'loadedByClientNumber', 'owner',
  'applicationTitle', 'tradingBranch', 'salesChannel', 'subPrime', 'comparisonRatesSupplied', 'paymentMethod', 'type',
  'appStatusDesc', 'appStatusCode', 'currentTaskWith', 'lastSavedDateTime'
]) with ordinality as a (name, position)
on conflict do nothing;

select sovereign_sync.publish_live_tables();

-- The jobs last: they find everything they call.
select sovereign_sync.schedule_sync();

-- The Data API keeps what it knows of the schema until it is told, or notices by itself some time later: a function
-- deployed right after the migrations would be answered that what it calls does not exist (PGRST202, PGRST205).
notify pgrst, 'reload schema';
