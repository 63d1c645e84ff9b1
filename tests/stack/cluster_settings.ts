import type { PostgresServer } from "./find_postgres.ts";

/**
 * `postgresql.conf` of a throw-away cluster on loopback. Without fsync a killed PostgreSQL loses nothing, because the
 * kernel keeps what was written; only a power cut would.
 */
export function clusterSettings(server: PostgresServer, folder: string, port: number): string {
  const preload = ["pg_cron", "pg_net", "supabase_vault"].filter((name) => server.extensions.has(name));
  const settings: Record<string, string> = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: folder,
    fsync: "off",
    full_page_writes: "off",
    max_connections: "100",
    max_worker_processes: "32",
    shared_buffers: "64MB",
    timezone: "UTC",
    log_timezone: "UTC",
    logging_collector: "on",
    log_directory: `${folder}/log`,
    log_filename: "postgres.log",
    shared_preload_libraries: preload.join(","),
  };
  if (server.extensions.has("pg_cron")) {
    settings["cron.database_name"] = "postgres";
    settings["cron.use_background_workers"] = "on";
    settings["cron.log_run"] = "on";
  }
  // As pg_net has them; here also for its stand-in, and so that a test can change them.
  settings["pg_net.ttl"] = "6 hours";
  settings["pg_net.batch_size"] = "200";
  if (server.extensions.has("pg_net")) settings["pg_net.database_name"] = "postgres";
  if (server.extensions.has("supabase_vault")) settings["vault.getkey_script"] = `${folder}/vault_key.sh`;
  return Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`).join("");
}

/** Prints the key Vault encrypts with: pgsodium's and Vault's way to get one from the host. */
export function vaultKeyScript(key: string): string {
  return `#!/bin/sh\necho ${key}\n`;
}
