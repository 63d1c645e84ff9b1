import postgres from "postgres";
import { StackError } from "./stack_error.ts";

/** The version `supabase start` users and CI have too. */
export const CLI = "supabase@3.1.0";

/**
 * Applies the project's migrations with the Supabase CLI, as the role of `databaseUrl`. Vault's secrets in
 * `config.toml` (`env(PROJECT_URL)`, `env(CRON_SECRET)`) are pushed by it first, from `settings`.
 */
export async function migrate(
  databaseUrl: string,
  project: string,
  settings: { PROJECT_URL: string; CRON_SECRET: string },
): Promise<void> {
  const args = ["-y", CLI, "db", "push", `--remote=${databaseUrl}`, "--yes", "--workdir", project];
  const output = await runCli(args, settings);
  if (output.success) return;
  const text = new TextDecoder();
  const said = `${text.decode(output.stdout)}\n${text.decode(output.stderr)}`.trim();
  throw new StackError(`Cannot apply the migrations: supabase db push failed:\n${said}`);
}

async function runCli(args: string[], settings: Record<string, string>): Promise<Deno.CommandOutput> {
  const env = { ...settings, SUPABASE_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", NO_COLOR: "1" };
  try {
    return await new Deno.Command("npx", { args, env, stdin: "null" }).output();
  } catch (cause) {
    throw new StackError("Cannot apply the migrations: the Supabase CLI needs Node.js (npx) in the PATH", { cause });
  }
}

/** A schedule that never ticks: the job is there and active all the same, as it must be for the sync to be well. */
export const NEVER = "0 0 31 2 *";

/** Keeps the jobs and stops their ticking. */
export async function pauseSchedule(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1 });
  try {
    await sql`select cron.alter_job(jobid, schedule := ${NEVER}) from cron.job`;
  } finally {
    await sql.end();
  }
}
