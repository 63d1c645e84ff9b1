import type postgres from "postgres";
import { pgtapScript, type PostgresServer } from "./find_postgres.ts";

/**
 * Installs pgTAP for the database tests, where it can be had. It is all SQL: what is packaged for one server serves
 * another, which only does not know it as an extension.
 */
export async function installPgtap(sql: postgres.Sql, server: PostgresServer): Promise<void> {
  if (server.extensions.has("pgtap")) {
    await sql`create extension pgtap with schema extensions`;
    return;
  }
  const file = pgtapScript();
  if (file === undefined) return;
  await sql.begin(async (sql) => {
    await sql`set local search_path = extensions, pg_catalog`;
    await sql.unsafe(await Deno.readTextFile(file));
  });
}
