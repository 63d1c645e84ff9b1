-- The list of the reconciliation under way. The parts of a list come in calls of their own, so the table must survive a
-- crash: an unlogged one would lose parts, and the applications in them would look missing.

-- A table that survives a crash: the parts of a list come in calls of their own, and what an unlogged one had forgotten
-- would be missing.
create table sovereign_sync.listed_applications (
  g3_application_number text primary key
);

comment on table sovereign_sync.listed_applications is
  'What the list of the reconciliation that is under way names, until it is stored to its last part.';

alter table sovereign_sync.listed_applications enable row level security;

create policy "Service role has full access"
  on sovereign_sync.listed_applications
  for all
  to service_role
  using (true)
  with check (true);
