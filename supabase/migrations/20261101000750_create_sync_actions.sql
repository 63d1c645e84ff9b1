-- Who did what. Every operator function records what it was asked and what it answered, in its own transaction: so what
-- raised an error has changed nothing, and leaves no row.
create table public.sync_actions (
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

create index idx_sync_actions_acted on public.sync_actions (acted_at desc);

comment on table public.sync_actions is
  'What operators did, and what they were answered. Through the Data API nobody can write it, and only service_role read '
  'it: it names people.';
comment on column public.sync_actions.action is 'The function that was called, or: update sync_settings.';
comment on column public.sync_actions.arguments is 'What it was called with; of a setting that was changed, from and to.';
comment on column public.sync_actions.role_name is
  'The database role: postgres in Studio''s SQL editor, service_role for whoever came with a secret key, authenticated for an '
  'operator who signed in.';
comment on column public.sync_actions.user_id is 'auth.uid() of the request, where a person''s token came with it.';
comment on column public.sync_actions.email is 'The email claim of that token.';
comment on column public.sync_actions.application_name is 'What the database session calls itself: a hint, no proof.';

alter table public.sync_actions enable row level security;

revoke all on table public.sync_actions from public, anon, authenticated, service_role;
revoke all on sequence public.sync_actions_id_seq from public, anon, authenticated, service_role;

grant select on table public.sync_actions to service_role;

create policy "Service role may read"
  on public.sync_actions
  for select
  to service_role
  using (true);

create function private.acting_role()
returns text
language sql
stable
set search_path = ''
as $$ select coalesce(nullif(current_setting('role'), 'none'), session_user); $$;

comment on function private.acting_role() is
  'The database role that acts, also inside a function that runs with its owner''s rights.';

-- A session may set anything under this name: what is no object of JSON is no claim. It is what auth.jwt() reads, where
-- there is Supabase's schema auth.
create function private.request_claims()
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  claims jsonb;
begin
  claims := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
  return case when jsonb_typeof(claims) = 'object' then claims end;
exception when others then
  return null;
end;
$$;

comment on function private.request_claims() is
  'The claims of the token a request of the Data API came with; null without one, or where they cannot be read.';

-- app_metadata is written with a secret key alone; user_metadata by each user, so it is not looked at.
create function private.is_operator()
returns boolean
language sql
stable
set search_path = ''
as $$
  select case private.acting_role()
    when 'postgres' then true
    when 'service_role' then true
    when 'authenticated' then coalesce(
      c.claims -> 'role' = '"authenticated"' and c.claims #> '{app_metadata,sync_role}' = '"operator"', false
    )
    else false
  end
  from private.request_claims() as c (claims);
$$;

comment on function private.is_operator() is
  'Whether who acts may act: a signed-in user whose app_metadata says {"sync_role": "operator"}, service_role, or postgres.';

create function private.require_operator(action text)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  if not private.is_operator() then
    raise exception 'Only an operator may do this: %', require_operator.action
      using errcode = '42501', hint = 'As postgres: update auth.users set raw_app_meta_data = '
        'coalesce(raw_app_meta_data, ''{}'') || ''{"sync_role": "operator"}'' where email = ''…''; it counts from the next '
        'sign-in on.';
  end if;
end;
$$;

comment on function private.require_operator(text) is 'Raises unless who acts is an operator.';

-- security definer: nobody who acts may write the record. The operator functions run with their caller's rights, so
-- service_role has to be allowed this one too; but the API does not expose the schema, and service_role cannot log in.
create function private.record_action(action text, arguments jsonb, result text)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  claims constant jsonb := private.request_claims();
begin
  insert into public.sync_actions (action, arguments, result, role_name, user_id, email, application_name)
  values (
    record_action.action,
    record_action.arguments,
    record_action.result,
    private.acting_role(),
    left(claims ->> 'sub', 100),
    left(claims ->> 'email', 320),
    nullif(current_setting('application_name'), '')
  );
  return record_action.result;
end;
$$;

comment on function private.record_action(text, jsonb, text) is
  'Records an operator''s action with who took it, and returns its result.';

-- Settings are also changed by hand, in Studio's table editor or through the Data API.
create function private.record_settings_change()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
  stack text;
  changed jsonb;
begin
  get diagnostics stack = pg_context;
  -- These record themselves, or are the sync's own doing.
  if stack ~ '(public\.(pause_sync|resume_sync|start_from)|private\.(connect_sync|move_watermark))\(' then
    return null;
  end if;
  changed := (
    select jsonb_object_agg(n.key, jsonb_build_object('from', o.value, 'to', n.value))
    from jsonb_each(to_jsonb(new)) as n
    join jsonb_each(to_jsonb(old)) as o using (key)
    where n.value <> o.value
  );
  perform private.record_action(
    'update sync_settings', changed,
    'Changed: ' || (select string_agg(c.key, ', ' order by c.key) from jsonb_object_keys(changed) as c (key)) || '.'
  );
  return null;
end;
$$;

comment on function private.record_settings_change() is
  'Records a change of sync_settings that was made directly, not by an operator function.';

create trigger record_settings_change
  after update on public.sync_settings
  for each row
  when (old.* is distinct from new.*)
  execute function private.record_settings_change();

revoke all on function
  private.acting_role(),
  private.request_claims(),
  private.is_operator(),
  private.require_operator(text),
  private.record_action(text, jsonb, text),
  private.record_settings_change()
from public, anon, authenticated, service_role;

grant execute on function
  private.acting_role(),
  private.request_claims(),
  private.is_operator(),
  private.record_action(text, jsonb, text)
to service_role;
