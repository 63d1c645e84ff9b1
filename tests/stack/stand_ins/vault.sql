-- Vault's interface where the server has no supabase_vault: secrets by unique name, encrypted with the server's key and
-- bound to their row, decrypted by a view that raises as Vault's does. What both promise is in vault_contract_test.ts.
create extension if not exists pgcrypto with schema extensions;

create table vault._key (key text not null);
revoke all on vault._key from public;

create function vault._crypto_aead_det_noncegen()
returns bytea
language sql
set search_path = ''
as $$ select extensions.gen_random_bytes(16); $$;

create function vault._mac(message bytea, additional bytea, nonce bytea)
returns bytea
language sql
stable
security definer
set search_path = ''
as $$
  select extensions.hmac(
    int4send(length(_mac.additional)) || _mac.additional || _mac.nonce || _mac.message, convert_to(k.key, 'UTF8'), 'sha256'
  )
  from vault._key as k;
$$;

-- Deterministic: the initialisation vector is the beginning of the message's own code, which follows the ciphertext.
create function vault._crypto_aead_det_encrypt(
  message bytea, additional bytea, key_id bigint, context bytea default 'pgsodium', nonce bytea default null
)
returns bytea
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  mac bytea := vault._mac(_crypto_aead_det_encrypt.message, additional, nonce);
begin
  return extensions.encrypt_iv(message, decode(k.key, 'hex'), substr(mac, 1, 16), 'aes-cbc') || mac from vault._key as k;
end;
$$;

create function vault._crypto_aead_det_decrypt(
  message bytea, additional bytea, key_id bigint, context bytea default 'pgsodium', nonce bytea default null
)
returns bytea
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  name constant text := 'pgsodium_crypto_aead_det_decrypt_by_id';
  mac bytea := substr(message, greatest(length(message) - 31, 1));
  plain bytea;
begin
  if message is null then
    raise exception using errcode = '22000', message = name || ': message cannot be NULL';
  elsif length(nonce) <> 16 then
    raise exception using errcode = '22000', message = name || ': invalid nonce';
  elsif length(message) < 32 then
    raise exception using errcode = '22000', message = name || ': invalid message';
  end if;
  begin
    select extensions.decrypt_iv(
      substr(message, 1, length(message) - 32), decode(k.key, 'hex'), substr(mac, 1, 16), 'aes-cbc'
    ) into plain
    from vault._key as k;
  exception when external_routine_invocation_exception then
    plain := null;
  end;
  if plain is null or vault._mac(plain, additional, nonce) <> mac then
    raise exception using errcode = '22000', message = name || ': invalid ciphertext';
  end if;
  return plain;
end;
$$;

create table vault.secrets (
  id uuid primary key default gen_random_uuid(),
  name text,
  description text not null default '',
  secret text not null,
  key_id uuid,
  nonce bytea default vault._crypto_aead_det_noncegen(),
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null default current_timestamp
);

create unique index secrets_name_idx on vault.secrets (name) where name is not null;

create function vault._encrypt(secret text, id uuid, nonce bytea)
returns text
language sql
stable
security definer
set search_path = ''
as $$
  select encode(vault._crypto_aead_det_encrypt(
    convert_to(_encrypt.secret, 'UTF8'), convert_to(_encrypt.id::text, 'UTF8'), 0, nonce => _encrypt.nonce
  ), 'base64');
$$;

create view vault.decrypted_secrets as
select s.id, s.name, s.description, s.secret,
  convert_from(
    vault._crypto_aead_det_decrypt(decode(s.secret, 'base64'), convert_to(s.id::text, 'UTF8'), 0, nonce => s.nonce), 'UTF8'
  ) as decrypted_secret,
  s.key_id, s.nonce, s.created_at, s.updated_at
from vault.secrets as s;

create function vault.create_secret(
  new_secret text,
  new_name text default null,
  new_description text default '',
  new_key_id uuid default null
)
returns uuid
language plpgsql
security definer
set search_path = ''
as $$
declare
  created vault.secrets;
begin
  insert into vault.secrets (secret, name, description)
  values (create_secret.new_secret, create_secret.new_name, create_secret.new_description)
  returning * into created;
  update vault.secrets as s set secret = vault._encrypt(created.secret, s.id, s.nonce) where s.id = created.id;
  return created.id;
end;
$$;

-- It decrypts the old secret first, so one that cannot be decrypted cannot be changed either.
create function vault.update_secret(
  secret_id uuid,
  new_secret text default null,
  new_name text default null,
  new_description text default null,
  new_key_id uuid default null
)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform d.decrypted_secret from vault.decrypted_secrets as d where d.id = update_secret.secret_id;
  update vault.secrets as s
  set
    secret = coalesce(vault._encrypt(update_secret.new_secret, s.id, s.nonce), s.secret),
    name = coalesce(update_secret.new_name, s.name),
    description = coalesce(update_secret.new_description, s.description),
    updated_at = now()
  where s.id = update_secret.secret_id;
end;
$$;

revoke all on all functions in schema vault from public;
grant usage on schema vault to postgres, service_role;
grant select, delete on vault.secrets, vault.decrypted_secrets to postgres, service_role;
grant execute on function vault.create_secret, vault.update_secret, vault._crypto_aead_det_decrypt to postgres, service_role;
