-- The three extensions the schedule stands on: pg_cron ticks, pg_net calls the Edge Function, Vault keeps the secrets.
-- Nothing else belongs in this file: where a server lacks an extension, the local stack fulfils this one migration
-- with stand-ins of the same interface and records it as applied.
create extension if not exists pg_cron with schema pg_catalog;

create extension if not exists pg_net with schema extensions;

create extension if not exists supabase_vault with schema vault;
