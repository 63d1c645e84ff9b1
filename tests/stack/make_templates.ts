import { fileURLToPath } from "node:url";
import { bootstrap } from "./bootstrap.ts";
import { createCluster } from "./cluster.ts";
import { copyData, templatePath, type TemplateState } from "./cluster_template.ts";
import type { PostgresServer } from "./find_postgres.ts";
import { migrate, pauseSchedule } from "./migrate.ts";
import { freePort } from "./ports.ts";
import { createPeople } from "./people.ts";
import { createSecrets } from "./secrets.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const NOWHERE = "http://127.0.0.1:9";

/**
 * Sets a project up once, and keeps a copy of its cluster at each state in `folder`, for the stacks of the tests: to copy
 * one takes a tenth of the time.
 */
export async function makeTemplates(folder: string, server: PostgresServer, grantingDefaults: boolean): Promise<void> {
  const work = Deno.makeTempDirSync({ prefix: "sovereign-sync-" });
  const secrets = await createSecrets();
  const cluster = await createCluster(server, work, freePort(), secrets);
  const keep = async (state: TemplateState) => {
    await cluster.stop();
    const path = templatePath(folder, server, state, grantingDefaults);
    Deno.mkdirSync(`${path}.new`, { recursive: true });
    await copyData(`${work}/data`, `${path}.new/data`);
    Deno.writeTextFileSync(`${path}.new/secrets.json`, JSON.stringify(secrets), { mode: 0o600 });
    Deno.renameSync(`${path}.new`, path);
  };
  try {
    const adminUrl = cluster.url("supabase_admin", secrets.superuserPassword);
    await bootstrap(adminUrl, server, secrets, { grantingDefaults });
    await keep("bare");
    await cluster.restart();
    await createPeople(cluster, adminUrl, secrets);
    await keep("project");
    await cluster.restart();
    const settings = { PROJECT_URL: NOWHERE, CRON_SECRET: secrets.cronSecret };
    const databaseUrl = cluster.url("postgres", secrets.postgresPassword);
    await migrate(databaseUrl, PROJECT, settings);
    // Its jobs would tick until it is copied.
    await pauseSchedule(databaseUrl);
    await keep("installed");
  } finally {
    await cluster.stop();
    Deno.removeSync(work, { recursive: true });
  }
}
