import { type Check, fail, ok } from "./check.ts";
import { sql } from "./steps.ts";
import type { Subject } from "./subject.ts";

/** The oldest that has what the migrations use (security_invoker, unique nulls). */
const OLDEST_MAJOR = 15;

const EXTENSIONS = [
  { name: "pg_cron", schema: "pg_catalog" },
  { name: "pg_net", schema: "extensions" },
  { name: "supabase_vault", schema: "vault" },
];

export async function checkVersion({ sql: database }: Subject): Promise<Check> {
  const [row] = await database`select current_setting('server_version_num')::integer / 10000 as major`;
  return judgeVersion(Number(row?.major));
}

export function judgeVersion(major: number): Check {
  if (major >= OLDEST_MAJOR) return ok("database", `PostgreSQL ${major}`);
  return fail("database", `PostgreSQL ${major}: the migrations need ${OLDEST_MAJOR} or newer`, {
    hand: "upgrade the project: dashboard, Project Settings, Infrastructure, Upgrade project",
  });
}

/** By what they bring, not by name: the local stack has stand-ins. */
export async function checkExtensions({ sql: database }: Subject): Promise<Check> {
  const [row] = await database`
    select
      to_regprocedure('cron.schedule(text,text,text)') is not null as pg_cron,
      to_regprocedure('net.http_post(text,jsonb,jsonb,jsonb,integer)') is not null as pg_net,
      to_regclass('vault.decrypted_secrets') is not null as supabase_vault,
      (select jsonb_object_agg(e.extname, e.extversion) from pg_extension as e) as versions`;
  const missing = EXTENSIONS.filter(({ name }) => row?.[name] !== true);
  if (missing.length === 0) {
    const versions = EXTENSIONS.map(({ name }) => `${name} ${row?.versions[name] ?? "stand-in"}`);
    return ok("extensions", versions.join(", "));
  }
  return fail(
    "extensions",
    `missing: ${missing.map(({ name }) => name).join(", ")}`,
    ...missing.map(({ name, schema }) => sql(`create extension if not exists ${name} with schema ${schema} cascade;`)),
    // Its jobs went with it.
    ...(missing.some(({ name }) => name === "pg_cron") ? [sql("select sovereign_sync.schedule_sync();")] : []),
  );
}
