import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import postgres from "postgres";
import type { Database } from "../../supabase/functions/sync-applications/database/database.types.ts";
import { stackEnv } from "./stack_env.ts";

export type Sql = postgres.Sql;
export type TransactionSql = postgres.TransactionSql;

/** Plain SQL as the role the migrations run as. */
export function connect(url = stackEnv("DB_URL")): Sql {
  return postgres(url, { max: 3, onnotice: () => {} });
}

/** supabase-js as the function has it. */
export function createDatabase(
  key = stackEnv("SECRET_KEY"),
  fetch?: typeof globalThis.fetch,
  url = stackEnv("API_URL"),
): SupabaseClient<Database> {
  return createClient<Database>(url, key, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    ...(fetch ? { global: { fetch } } : {}),
  });
}

/** As after the migrations. */
export async function emptyTables(sql: Sql): Promise<void> {
  // First: it is an action, which is recorded.
  await sql`
    update public.sync_settings set
      paused_at = null, resumed_at = null, connected_at = null, start_from = null, installed_at = now(), time_zone = 'UTC',
      history = true`;
  await sql`truncate public.tblsovereignapplications`;
  await sql`
    truncate public.tblsovereignapplicationssynclog, sovereign_sync.status,
      sovereign_sync.alerts, sovereign_sync.dispatches, sovereign_sync.unauthorized_requests,
      sovereign_sync.gaps, sovereign_sync.actions, sovereign_sync.changes, sovereign_sync.errors, sovereign_sync.known_status_codes,
      sovereign_sync.listed_applications, sovereign_sync.queued_sync`;
  await sql`update sovereign_sync.known_attributes set answers = 0, present = 0, absent = 0`;
}

/** Makes stored times look as if so much time had gone by. */
export async function letTimePass(sql: Sql, interval: string): Promise<void> {
  await sql`
    update public.tblsovereignapplicationssynclog set
      sync_started_at = sync_started_at - ${interval}::interval, heartbeat_at = heartbeat_at - ${interval}::interval,
      listed_at = listed_at - ${interval}::interval`;
  await sql`
    update public.sync_status set
      next_attempt_at = next_attempt_at - ${interval}::interval, failing_since = failing_since - ${interval}::interval,
      claimed_at = claimed_at - ${interval}::interval, requested_at = requested_at - ${interval}::interval,
      synced_at = synced_at - ${interval}::interval, stale_since = stale_since - ${interval}::interval,
      listed_at = listed_at - ${interval}::interval, held_since = held_since - ${interval}::interval,
      no_canary_until = no_canary_until - ${interval}::interval, gone_at = gone_at - ${interval}::interval,
      missing_since = missing_since - ${interval}::interval, not_found_since = not_found_since - ${interval}::interval`;
}

/** Points the schedule and the next pass somewhere: at the stack's function, or at nobody. */
export async function setProjectUrl(sql: Sql, url: string): Promise<void> {
  await sql`
    select vault.update_secret(s.id, ${url}) from vault.decrypted_secrets as s where s.name = 'project_url'`;
}

/** Nobody listens there: what is sent is refused. */
export const NOBODY_URL = "http://127.0.0.1:9";
