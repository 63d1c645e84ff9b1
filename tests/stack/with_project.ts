import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { bootstrap } from "./bootstrap.ts";
import { createCluster } from "./cluster.ts";
import { findTemplate } from "./cluster_template.ts";
import { findPostgres } from "./find_postgres.ts";
import { migrate } from "./migrate.ts";
import { freePort } from "./ports.ts";
import { readPostgres } from "./read_flags.ts";
import { createSecrets } from "./secrets.ts";

export const PROJECT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** A new project's database, before its first migration. */
export interface Project {
  /** As postgres, who is no superuser. */
  sql: postgres.Sql;
  /** As supabase_admin. */
  superuser: postgres.Sql;
  /** `supabase db push`, of this project or of another folder's migrations. */
  push(project?: string): Promise<void>;
}

/** A project with its server, until it is closed. */
export interface OpenProject extends Project {
  /** Of its database, as postgres. */
  url: string;
  close(): Promise<void>;
}

/** Starts a new project of its own; `before` runs as postgres. */
export async function openProject(before = "", choice = Deno.env.get("POSTGRES")): Promise<OpenProject> {
  const server = await findPostgres(() => {}, readPostgres(choice));
  const folder = Deno.makeTempDirSync({ prefix: "sovereign-sync-" });
  const template = findTemplate(server, "bare");
  const secrets = template?.secrets ?? await createSecrets();
  const cluster = await createCluster(server, folder, freePort(), secrets, template?.data);
  const url = cluster.url("postgres", secrets.postgresPassword);
  const superuserUrl = cluster.url("supabase_admin", secrets.superuserPassword);
  const options = { max: 1, onnotice: () => {} };
  const sql = postgres(url, options);
  const superuser = postgres(superuserUrl, options);
  const close = async () => {
    await Promise.all([sql.end(), superuser.end()]);
    await cluster.stop();
    Deno.removeSync(folder, { recursive: true });
  };
  try {
    if (!template) await bootstrap(superuserUrl, server, secrets);
    if (before) await sql.unsafe(before);
  } catch (error) {
    await close();
    throw error;
  }
  const settings = { PROJECT_URL: "http://127.0.0.1:9", CRON_SECRET: "x" };
  return { sql, superuser, url, push: (project = PROJECT) => migrate(url, project, settings), close };
}

/** Runs a test on a new project whose database holds something already; `before` runs as postgres. */
export function withProject(name: string, before: string, test: (project: Project) => Promise<void>): void {
  Deno.test(name, async () => {
    const project = await openProject(before);
    try {
      await test(project);
    } finally {
      await project.close();
    }
  });
}
