-- Requests without a valid secret, as the function counts them: at most one row a minute and worker.

create table sovereign_sync.unauthorized_requests (
  id bigint generated always as identity primary key,
  reported_at timestamptz not null default now(),
  requests integer not null constraint some_requests check (requests > 0)
);

create index idx_unauthorized_requests_reported on sovereign_sync.unauthorized_requests (reported_at desc);

comment on table sovereign_sync.unauthorized_requests is
  'How many requests the function refused with 401, as it reported them.';

alter table sovereign_sync.unauthorized_requests enable row level security;

create policy "Service role has full access"
  on sovereign_sync.unauthorized_requests
  for all
  to service_role
  using (true)
  with check (true);

create view public.sync_refusals with (security_invoker = true) as
select * from sovereign_sync.unauthorized_requests;

comment on view public.sync_refusals is
  'How many requests the function refused with 401, as it reported them.';
