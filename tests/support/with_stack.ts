import { connect, emptyTables, setProjectUrl, type Sql } from "./database.ts";
import { NEVER } from "../stack/migrate.ts";
import { controlOcc } from "./occ_control.ts";
import { stackEnv } from "./stack_env.ts";
import { waitUntil } from "./wait_until.ts";

/** Runs a test on the running stack, with empty tables and OCC well. Afterwards the job is paused, whatever happens. */
export function withStack(name: string, test: (sql: Sql) => Promise<void>): void {
  Deno.test(name, async () => {
    const sql = connect();
    try {
      await clearPgNet(sql);
      await emptyTables(sql);
      await setProjectUrl(sql, stackEnv("API_URL"));
      await controlOcc({ faults: "", latency: "0", reset: true });
      await test(sql);
    } finally {
      await sql`select cron.schedule('sync-applications', ${NEVER}, 'select sovereign_sync.invoke_sync_applications()')`;
      await controlOcc({ faults: "" });
      await sql.end();
    }
  });
}

/** A call that the test before has queued must not start a run in this one, nor its answers be taken for this one's. */
async function clearPgNet(sql: Sql): Promise<void> {
  await waitUntil("pg_net's queue to be empty", 30_000, async () => {
    return (await sql`select from net.http_request_queue limit 1`).length === 0;
  });
  await sql`delete from net._http_response`;
}

/** Runs work while one of Vault's secrets is another. */
export async function withSecret(sql: Sql, name: string, value: string, work: () => Promise<void>): Promise<void> {
  const [secret] = await sql`select id, decrypted_secret from vault.decrypted_secrets where name = ${name}`;
  if (!secret) throw new Error(`Vault has no secret ${name}`);
  try {
    await sql`select vault.update_secret(${secret.id}, ${value})`;
    await work();
  } finally {
    await sql`select vault.update_secret(${secret.id}, ${secret.decrypted_secret})`;
  }
}
