-- Vault's interface where the server has no supabase_vault: secrets by unique name, encrypted at rest, decrypted by a view.
create extension if not exists pgcrypto with schema extensions;

create table vault._key (key text not null);
revoke all on vault._key from public;

create table vault.secrets (
  id uuid primary key default gen_random_uuid(),
  name text,
  description text not null default '',
  secret text not null,
  key_id uuid,
  nonce bytea,
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null default current_timestamp
);

create unique index secrets_name_idx on vault.secrets (name) where name is not null;

create function vault._encrypt(secret text)
returns text
language sql
volatile
security definer
set search_path = ''
as $$
  select encode(extensions.pgp_sym_encrypt(_encrypt.secret, k.key), 'base64') from vault._key as k;
$$;

create function vault._decrypt(secret text)
returns text
language sql
stable
security definer
set search_path = ''
as $$
  select extensions.pgp_sym_decrypt(decode(_decrypt.secret, 'base64'), k.key) from vault._key as k;
$$;

create view vault.decrypted_secrets as
select s.id, s.name, s.description, s.secret, vault._decrypt(s.secret) as decrypted_secret, s.key_id, s.nonce,
  s.created_at, s.updated_at
from vault.secrets as s;

create function vault.create_secret(
  new_secret text,
  new_name text default null,
  new_description text default '',
  new_key_id uuid default null
)
returns uuid
language sql
security definer
set search_path = ''
as $$
  insert into vault.secrets (secret, name, description, key_id)
  values (
    vault._encrypt(create_secret.new_secret), create_secret.new_name, create_secret.new_description,
    create_secret.new_key_id
  )
  returning id;
$$;

create function vault.update_secret(
  secret_id uuid,
  new_secret text default null,
  new_name text default null,
  new_description text default null,
  new_key_id uuid default null
)
returns void
language sql
security definer
set search_path = ''
as $$
  update vault.secrets as s
  set
    secret = coalesce(vault._encrypt(update_secret.new_secret), s.secret),
    name = coalesce(update_secret.new_name, s.name),
    description = coalesce(update_secret.new_description, s.description),
    key_id = coalesce(update_secret.new_key_id, s.key_id),
    updated_at = now()
  where s.id = update_secret.secret_id;
$$;

revoke all on all functions in schema vault from public;
grant usage on schema vault to postgres, service_role;
grant select, delete on vault.secrets, vault.decrypted_secrets to postgres, service_role;
grant execute on all functions in schema vault to postgres, service_role;
