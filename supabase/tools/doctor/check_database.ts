import type postgres from "postgres";
import { type Check, fail, ok, warn } from "./check.ts";

const MIGRATIONS = new URL("../../migrations/", import.meta.url);
const JOBS = ["prune-sync-records", "reconcile-sync", "sync-applications", "watch-sync"];
const PUSH = "supabase db push --remote";
const ALERT_WEBHOOK_FIX =
  "select vault.update_secret(id, 'https://…') from vault.secrets where name = 'alert_webhook_url';";

/** What can be told from inside the database, as the role that owns the schema. */
export async function checkDatabase(
  sql: postgres.Sql,
  functionEnv: Record<string, string>,
  now: number,
): Promise<Check[]> {
  return [
    await checkExtensions(sql),
    await checkMigrations(sql),
    ...await checkVault(sql),
    ...await checkJobs(sql),
    await checkGrants(sql),
    await checkRowSecurity(sql),
    await checkClock(sql, now),
    ...await checkTimeZone(sql, functionEnv),
    ...await checkHealth(sql),
  ];
}

async function checkExtensions(sql: postgres.Sql): Promise<Check> {
  // By what they bring, not by name: the local stack has stand-ins of two of them.
  const [row] = await sql`
    select
      (select extversion from pg_extension where extname = 'pg_cron') as pg_cron,
      (select coalesce(max(e.extversion), 'stand-in') from pg_extension as e where e.extname = 'pg_net') as pg_net,
      (select coalesce(max(e.extversion), 'stand-in') from pg_extension as e where e.extname = 'supabase_vault') as vault,
      to_regprocedure('net.http_post(text,jsonb,jsonb,jsonb,integer)') is not null as has_net,
      to_regclass('vault.decrypted_secrets') is not null as has_vault`;
  const missing = [
    ...(row?.pg_cron ? [] : ["pg_cron"]),
    ...(row?.has_net ? [] : ["pg_net"]),
    ...(row?.has_vault ? [] : ["supabase_vault"]),
  ];
  if (missing.length > 0) {
    return fail("extensions", `missing: ${missing.join(", ")}`, `create extension ${missing[0]};`);
  }
  return ok("extensions", `pg_cron ${row?.pg_cron}, pg_net ${row?.pg_net}, vault ${row?.vault}`);
}

async function checkMigrations(sql: postgres.Sql): Promise<Check> {
  const wanted = [...Deno.readDirSync(MIGRATIONS)].map(({ name }) => name.split("_")[0] ?? "").sort();
  const rows = await sql`select version from supabase_migrations.schema_migrations`.catch(() => []);
  const applied = new Set(rows.map(({ version }) => version));
  const missing = wanted.filter((version) => !applied.has(version));
  if (missing.length > 0) return fail("migrations", `not applied: ${missing.join(", ")}`, PUSH);
  return ok("migrations", `all ${wanted.length} applied`);
}

async function checkVault(sql: postgres.Sql): Promise<Check[]> {
  const rows = await sql`select name, decrypted_secret as secret from vault.decrypted_secrets`.catch(() => []);
  return ["project_url", "cron_secret"].map((name) => {
    const secret: string | undefined = rows.find((row) => row.name === name)?.secret;
    const fix = `select vault.create_secret('<value>', '${name}');`;
    if (!secret) return fail(`vault ${name}`, "not there: the schedule cannot call the function", fix);
    if (name === "project_url" && !/^https?:\/\/[^/]+\/?$/.test(secret)) {
      return fail(`vault ${name}`, "is not a URL such as https://<ref>.supabase.co", fix.replace("create", "update"));
    }
    return ok(`vault ${name}`, "present");
  });
}

async function checkJobs(sql: postgres.Sql): Promise<Check[]> {
  const jobs = await sql`select jobname, schedule, active, username from cron.job where jobname = any (${JOBS})`.catch(
    () => [],
  );
  return JOBS.map((name) => {
    const ours = jobs.filter(({ jobname }) => jobname === name);
    const [job] = ours;
    const find = `(select jobid from cron.job where jobname = '${name}' limit 1)`;
    if (!job) return fail(`job ${name}`, "not scheduled", `${PUSH}  # or the last lines of its migration`);
    if (ours.length > 1) {
      const owners = ours.map(({ username }) => username).join(", ");
      return fail(`job ${name}`, `scheduled ${ours.length} times, by ${owners}`, `select cron.unschedule(${find});`);
    }
    if (!job.active) return fail(`job ${name}`, "not active", `select cron.alter_job(${find}, active := true);`);
    return ok(`job ${name}`, `${job.schedule}, as ${job.username}`);
  });
}

async function checkGrants(sql: postgres.Sql): Promise<Check> {
  const rows = await sql`
    select 'service_role may not execute ' || p.oid::regprocedure as problem
    from pg_proc as p
    where p.pronamespace = 'public'::regnamespace and not has_function_privilege('service_role', p.oid, 'EXECUTE')
    union all
    select r.role_name || ' may ' || lower(q.privilege) || ' ' || c.oid::regclass
    from pg_class as c
    cross join (values ('anon', 'SELECT'), ('anon', 'INSERT'), ('authenticated', 'INSERT'), ('authenticated', 'UPDATE'))
      as q (role_name, privilege)
    cross join lateral (select q.role_name) as r
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v')
      and (c.relname ilike 'tblsovereign%' or c.relname like 'sync\\_%')
      and has_table_privilege(q.role_name, c.oid, q.privilege)`;
  if (rows.length === 0) return ok("grants", "service_role works, nobody else writes, anon nothing");
  const [first] = rows;
  const fix = String(first?.problem).startsWith("service_role")
    ? `grant execute on function ${String(first?.problem).split("execute ")[1]} to service_role;`
    : `revoke all on ${String(first?.problem).split(" ").at(-1)} from anon, authenticated;`;
  return fail("grants", rows.map(({ problem }) => problem).join("; "), fix);
}

async function checkRowSecurity(sql: postgres.Sql): Promise<Check> {
  const rows = await sql`
    select c.oid::regclass::text as name from pg_class as c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and not c.relrowsecurity
      and (c.relname like 'tblsovereign%' or c.relname like 'sync\\_%')`;
  if (rows.length === 0) return ok("row level security", "on for every table");
  const names = rows.map(({ name }) => name);
  return fail(
    "row level security",
    `off for ${names.join(", ")}`,
    `alter table ${names[0]} enable row level security;`,
  );
}

async function checkClock(sql: postgres.Sql, now: number): Promise<Check> {
  const [row] = await sql`select extract(epoch from clock_timestamp()) * 1000 as ms`;
  const seconds = Math.round(Math.abs(Number(row?.ms) - now) / 1000);
  const fix = "timedatectl set-ntp true  # AWS refuses signatures that are 5 minutes off";
  return seconds > 60
    ? warn("clock", `this machine and the database differ by ${seconds} s`, fix)
    : ok("clock", "in step");
}

async function checkHealth(sql: postgres.Sql): Promise<Check[]> {
  const [health] = await sql`select verdict, reason, post_error from public.sync_health`.catch(() => []);
  const [settings] = await sql`select paused_at from public.sync_settings`.catch(() => []);
  const [run] = await sql`
    select
      round(extract(epoch from now() - max(l.sync_completed_at)) / 60) as minutes,
      coalesce(max(l.sync_completed_at) < now() - max(s.alert_no_completed_run_after), true) as is_late
    from public.sync_settings as s
    left join public.tblsovereignapplicationssynclog as l on l.status = 'completed'`.catch(() => []);
  const completed = run?.minutes === null || run?.minutes === undefined ? "none yet" : `${run.minutes} minutes ago`;
  return [
    settings?.paused_at ? warn("schedule", "paused", "select resume_sync();") : ok("schedule", "not paused"),
    run?.is_late === false
      ? ok("last completed run", completed)
      : warn("last completed run", completed, "select sync_now();"),
    health?.verdict === "unhealthy"
      ? warn("health", health.reason, "select * from sync_health;")
      : ok("health", String(health?.verdict ?? "unknown")),
    health?.post_error
      ? warn("alerts", `cannot be posted: ${health.post_error}`, ALERT_WEBHOOK_FIX)
      : ok("alerts", "posted, where Vault has an alert_webhook_url"),
  ];
}

/** Whether the database's day and night are the function's, as far as its settings are known here. */
async function checkTimeZone(sql: postgres.Sql, functionEnv: Record<string, string>): Promise<Check[]> {
  const [row] = await sql`select time_zone from public.sync_settings`.catch(() => []);
  if (!row || Object.keys(functionEnv).length === 0) return [];
  const ours = functionEnv.OCC_TIME_ZONE || "UTC";
  if (row.time_zone === ours) return [ok("time zone", ours)];
  const detail = `sync_settings has ${row.time_zone}, the function's OCC_TIME_ZONE is ${ours}`;
  return [warn("time zone", detail, `update sync_settings set time_zone = '${ours}';`)];
}
