-- What the Data API must never expose: the functions that read secrets, the rules of the queue, the triggers' functions.
create schema if not exists private;

comment on schema private is 'Internals of the applications sync; not exposed by the Data API.';

revoke all on schema private from public;

grant usage on schema private to service_role;
