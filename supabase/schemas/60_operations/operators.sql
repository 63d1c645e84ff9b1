-- Who acts, whether they may, and the record of it.

create function sovereign_sync.acting_role()
returns text
language sql
stable
set search_path = ''
as $$ select coalesce(nullif(current_setting('role'), 'none'), session_user); $$;

comment on function sovereign_sync.acting_role() is
  'The database role that acts, also inside a function that runs with its owner''s rights.';

-- A session may set anything under this name: what is no object of JSON is no claim. It is what auth.jwt() reads, where
-- there is Supabase's schema auth.
create function sovereign_sync.request_claims()
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

comment on function sovereign_sync.request_claims() is
  'The claims of the token a request of the Data API came with; null without one, or where they cannot be read.';

-- app_metadata is written with a secret key alone; user_metadata by each user, so it is not looked at.
create function sovereign_sync.is_operator()
returns boolean
language sql
stable
set search_path = ''
as $$
  select case sovereign_sync.acting_role()
    when 'postgres' then true
    when 'service_role' then true
    when 'authenticated' then coalesce(
      c.claims -> 'role' = '"authenticated"' and c.claims #> '{app_metadata,sync_role}' = '"operator"', false
    )
    else false
  end
  from sovereign_sync.request_claims() as c (claims);
$$;

comment on function sovereign_sync.is_operator() is
  'Whether who acts may act: a signed-in user whose app_metadata says {"sync_role": "operator"}, service_role, or postgres.';

create function sovereign_sync.require_operator(action text)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  if not sovereign_sync.is_operator() then
    raise exception 'Only an operator may do this: %', require_operator.action
      using errcode = '42501', hint = 'As postgres: update auth.users set raw_app_meta_data = '
        'coalesce(raw_app_meta_data, ''{}'') || ''{"sync_role": "operator"}'' where email = ''…''; it counts from the next '
        'sign-in on.';
  end if;
end;
$$;

comment on function sovereign_sync.require_operator(text) is 'Raises unless who acts is an operator.';

-- security definer: nobody who acts may write the record. The operator functions run with their caller's rights, so
-- service_role has to be allowed this one too; but the API does not expose the schema, and service_role cannot log in.
create function sovereign_sync.record_action(action text, arguments jsonb, result text)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  claims constant jsonb := sovereign_sync.request_claims();
begin
  insert into sovereign_sync.actions (action, arguments, result, role_name, user_id, email, application_name)
  values (
    record_action.action,
    record_action.arguments,
    record_action.result,
    sovereign_sync.acting_role(),
    left(claims ->> 'sub', 100),
    left(claims ->> 'email', 320),
    nullif(current_setting('application_name'), '')
  );
  return record_action.result;
end;
$$;

comment on function sovereign_sync.record_action(text, jsonb, text) is
  'Records an operator''s action with who took it, and returns its result.';
