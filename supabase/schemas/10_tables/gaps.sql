-- Days that OCC could not list. A list that OCC cannot give whole is cut at its old end, so that fresh changes still
-- arrive; the days cut off are a gap, open until a list covers it or an operator accepts it.

create table sovereign_sync.gaps (
  id bigint generated always as identity primary key,
  from_date date not null,
  to_date date not null,
  opened_at timestamptz not null default now(),
  closed_at timestamptz,
  closed_by text constraint known_end check (closed_by in ('covered', 'accepted')),
  constraint closed_by_something check ((closed_at is null) = (closed_by is null)),
  constraint some_days check (from_date < to_date)
);

create unique index one_open_gap on sovereign_sync.gaps ((true)) where closed_at is null;

comment on table sovereign_sync.gaps is
  'Days that were not listed, because OCC''s list was too large or took too long; at most one open gap.';
comment on column sovereign_sync.gaps.from_date is 'The day the list should have begun.';
comment on column sovereign_sync.gaps.to_date is
  'The day it did begin. No scheduled list begins earlier while the gap is open.';
comment on column sovereign_sync.gaps.closed_by is
  'covered: a complete list began at from_date; accepted: accept_gap().';

alter table sovereign_sync.gaps enable row level security;

create policy "Service role has full access"
  on sovereign_sync.gaps
  for all
  to service_role
  using (true)
  with check (true);

create view public.sync_gaps with (security_invoker = true) as
select * from sovereign_sync.gaps;

comment on view public.sync_gaps is
  'Days that were not listed, because OCC''s list was too large or took too long; at most one open gap.';
