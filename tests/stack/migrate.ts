import postgres from "postgres";
import { StackError } from "./stack_error.ts";
import { runCli } from "./supabase_cli.ts";

/**
 * Applies the project's migrations with the Supabase CLI, as the role of `databaseUrl`. Vault's secrets in
 * `config.toml` (`env(PROJECT_URL)`, `env(CRON_SECRET)`) are pushed by it first, from `settings`.
 */
export async function migrate(
  databaseUrl: string,
  project: string,
  settings: { PROJECT_URL: string; CRON_SECRET: string },
): Promise<void> {
  const args = ["db", "push", `--remote=${databaseUrl}`, "--yes", "--workdir", project];
  const output = await runCli(args, settings);
  if (output.success) return;
  const text = new TextDecoder();
  const said = `${text.decode(output.stdout)}\n${text.decode(output.stderr)}`.trim();
  throw new StackError(`Cannot apply the migrations: supabase db push failed:\n${said}`);
}

/** What the copy of an installed project does not know yet: where its API is, and that it was installed just now. */
export async function moveProject(adminUrl: string, apiUrl: string): Promise<void> {
  const sql = postgres(adminUrl, { max: 1 });
  try {
    await sql.begin(async (sql) => {
      await sql`
        select vault.update_secret(s.id, ${apiUrl}) from vault.decrypted_secrets as s where s.name = 'project_url'`;
      // Not as a change of the settings, which would be recorded.
      await sql`set local session_replication_role = replica`;
      await sql`update sovereign_sync.settings set installed_at = now()`;
    });
  } finally {
    await sql.end();
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

/** Lets the paused jobs tick again, as they were installed. */
export async function restoreSchedule(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1 });
  try {
    await sql`select sovereign_sync.schedule_sync()`;
  } finally {
    await sql.end();
  }
}
