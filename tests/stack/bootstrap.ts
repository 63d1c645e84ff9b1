import postgres from "postgres";
import type { PostgresServer } from "./find_postgres.ts";
import { installPgtap } from "./pgtap.ts";
import type { StackSecrets } from "./secrets.ts";

const FOLDER = new URL(".", import.meta.url);
const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);

const CRON_GRANTS = `
  grant usage on schema cron to postgres with grant option;
  grant all on all functions in schema cron to postgres with grant option;
  grant all privileges on all tables in schema cron to postgres with grant option;
  revoke all on table cron.job from postgres;
  grant select on table cron.job to postgres with grant option;
  revoke trigger on cron.job_run_details from postgres`;
const NET_GRANTS = `
  grant usage on schema net to postgres, anon, authenticated, service_role;
  grant all on all tables in schema net to postgres;
  grant usage on all sequences in schema net to postgres`;
const VAULT_GRANTS = `
  grant usage on schema vault to postgres, service_role;
  grant select, delete on vault.secrets, vault.decrypted_secrets to postgres, service_role;
  grant execute on function vault.create_secret, vault.update_secret, vault._crypto_aead_det_decrypt
    to postgres, service_role`;
const GRANTING_DEFAULTS = ["postgres", "supabase_admin"].flatMap((role) =>
  ["tables", "functions", "sequences"].map((objects) =>
    `alter default privileges for role ${role} in schema public
       grant all on ${objects} to postgres, anon, authenticated, service_role;`
  )
).join("\n");

/** What the database got in place of extensions the server lacks. */
export interface Bootstrap {
  /** Whether pg_cron is a stand-in, which needs its worker. */
  cronStandIn: boolean;
  /** Whether pg_net is a stand-in, which needs its worker. */
  netStandIn: boolean;
}

/**
 * Makes a fresh cluster look like a new Supabase project. Where the server has no pg_cron, pg_net or Vault, stand-ins
 * with their interface are installed, and the migration that creates the extensions is recorded as applied. With
 * `grantingDefaults` like one that was made before grants had to be explicit.
 */
export async function bootstrap(
  url: string,
  server: PostgresServer,
  secrets: StackSecrets,
  { grantingDefaults = false } = {},
): Promise<Bootstrap> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(await read("bootstrap.sql"));
    await sql.unsafe(`alter role postgres password '${secrets.postgresPassword}'`);
    await sql.unsafe(`alter role authenticator password '${secrets.authenticatorPassword}'`);
    if (grantingDefaults) await sql.unsafe(GRANTING_DEFAULTS);
    await installPgtap(sql, server);
    if (server.extensions.has("plpgsql_check")) {
      await sql.unsafe("create extension plpgsql_check with schema extensions");
    }
    const cron = server.extensions.has("pg_cron");
    await sql.unsafe(cron ? "create extension pg_cron with schema pg_catalog" : await read("stand_ins/pg_cron.sql"));
    await sql.unsafe(CRON_GRANTS);
    const net = server.extensions.has("pg_net");
    const vault = server.extensions.has("supabase_vault");
    await sql.unsafe(net ? "create extension pg_net with schema extensions" : await read("stand_ins/pg_net.sql"));
    if (net) await sql.unsafe(NET_GRANTS);
    await sql.unsafe(
      vault ? "create extension supabase_vault with schema vault cascade" : await read("stand_ins/vault.sql"),
    );
    if (vault) await sql.unsafe(VAULT_GRANTS);
    else await sql`insert into vault._key (key) values (${secrets.vaultKey})`;
    await createHistory(sql);
    if (!cron || !net || !vault) await recordExtensionsMigration(sql);
    return standIns(server);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** What the database gets in place of extensions such a server lacks. */
export function standIns({ extensions }: PostgresServer): Bootstrap {
  return { cronStandIn: !extensions.has("pg_cron"), netStandIn: !extensions.has("pg_net") };
}

/** As `supabase db push` would create it, as its role: Auth, which is here before the first push, would own it otherwise. */
async function createHistory(sql: postgres.Sql): Promise<void> {
  await sql.begin(async (sql) => {
    await sql`set local role postgres`;
    await sql`create schema supabase_migrations`;
    await sql`create table supabase_migrations.schema_migrations (
      version text not null primary key, statements text[], name text)`;
  });
}

/** Writes the row `supabase db push` would have written, as its role. */
async function recordExtensionsMigration(sql: postgres.Sql): Promise<void> {
  const file = [...Deno.readDirSync(MIGRATIONS)].find(({ name }) => name.endsWith("_create_extensions.sql"));
  if (!file) return;
  const [version = ""] = file.name.split("_");
  await sql.begin(async (sql) => {
    await sql`set local role postgres`;
    const statements = [await Deno.readTextFile(new URL(file.name, MIGRATIONS))];
    await sql`insert into supabase_migrations.schema_migrations (version, name, statements)
      values (${version}, 'create_extensions', ${statements})`;
  });
}

function read(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, FOLDER));
}
