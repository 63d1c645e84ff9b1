-- What OCC has sent so far: its status codes and how often it sends each attribute. A new code and an attribute that no
-- longer comes are told apart from the usual by these two tables.

create table sovereign_sync.known_status_codes (
  appstatuscode text primary key,
  first_seen_at timestamptz not null default now()
);

comment on table sovereign_sync.known_status_codes is 'Status codes OCC ever sent, so that a new one can be told.';

alter table sovereign_sync.known_status_codes enable row level security;

create policy "Service role has full access"
  on sovereign_sync.known_status_codes
  for all
  to service_role
  using (true)
  with check (true);

-- What OCC sends of an application varies: an attribute is missed only if it used to come, and more often than this.
create table sovereign_sync.known_attributes (
  attribute text primary key,
  position integer not null unique,
  answers bigint not null default 0,
  present bigint not null default 0,
  absent bigint not null default 0
) with (fillfactor = 50);

comment on table sovereign_sync.known_attributes is 'How often OCC sends each of the attributes that are stored.';
comment on column sovereign_sync.known_attributes.position is
  'Its place in what sovereign_sync.note_attributes counts.';
comment on column sovereign_sync.known_attributes.answers is
  'Answers up to the last that had a value for it; halved together with present from time to time, so that what was long '
  'ago counts for less.';
comment on column sovereign_sync.known_attributes.present is 'How many of these answers had a value for it.';
comment on column sovereign_sync.known_attributes.absent is 'How many answers in a row have had none since.';

alter table sovereign_sync.known_attributes enable row level security;

create policy "Service role has full access"
  on sovereign_sync.known_attributes
  for all
  to service_role
  using (true)
  with check (true);
