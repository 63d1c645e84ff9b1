-- Everything internal has a schema of its own: tables, rules, triggers' functions, what reads secrets. The Data API
-- does not expose it. public holds the specification's two tables and the API: the sync_… views people select from and
-- the functions that people, the dashboard and the Edge Function call.
create schema if not exists sovereign_sync;

comment on schema sovereign_sync is 'Internals of the applications sync; not exposed by the Data API.';
