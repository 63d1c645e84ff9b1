-- The record of what operators did. Every operator function writes what it was asked and what it answered, in its own
-- transaction: a call that raised an error changed nothing and leaves no row.

create table sovereign_sync.actions (
  id bigint generated always as identity primary key,
  acted_at timestamptz not null default now(),
  action text not null,
  arguments jsonb not null,
  result text not null,
  role_name text not null,
  user_id text,
  email text,
  application_name text
);

create index idx_actions_acted on sovereign_sync.actions (acted_at desc);

comment on table sovereign_sync.actions is
  'What operators did, and what they were answered. Through the Data API nobody can write it, and only service_role read '
  'it: it names people.';
comment on column sovereign_sync.actions.action is 'The function that was called, or: update sync_settings.';
comment on column sovereign_sync.actions.arguments is
  'What it was called with; of a setting that was changed, from and to.';
comment on column sovereign_sync.actions.role_name is
  'The database role: postgres in Studio''s SQL editor, service_role for whoever came with a secret key, authenticated for an '
  'operator who signed in.';
comment on column sovereign_sync.actions.user_id is 'auth.uid() of the request, where a person''s token came with it.';
comment on column sovereign_sync.actions.email is 'The email claim of that token.';
comment on column sovereign_sync.actions.application_name is
  'What the database session calls itself: a hint, no proof.';

alter table sovereign_sync.actions enable row level security;

create policy "Service role may read"
  on sovereign_sync.actions
  for select
  to service_role
  using (true);

create view public.sync_actions with (security_invoker = true) as
select * from sovereign_sync.actions;

comment on view public.sync_actions is
  'What operators did, and what they were answered. Through the Data API nobody can write it, and only service_role read '
  'it: it names people.';
