import { bootstrap, standIns } from "./bootstrap.ts";
import { type Cluster, createCluster } from "./cluster.ts";
import { findTemplate } from "./cluster_template.ts";
import { findPostgres } from "./find_postgres.ts";
import { freePort } from "./ports.ts";
import { createSecrets } from "./secrets.ts";
import { startPgNetWorker } from "./stand_ins/pg_net_worker.ts";

/** A new project's database of its own, before any migration, for tests that change its settings or kill it. */
export interface BareDatabase {
  /** As the superuser supabase_admin. */
  adminUrl: string;
  /** As the role migrations run as. */
  url: string;
  killAndRestart: Cluster["killAndRestart"];
  stop(): Promise<void>;
}

export async function startBareDatabase(): Promise<BareDatabase> {
  const server = await findPostgres(() => {});
  const folder = Deno.makeTempDirSync({ prefix: "sovereign-sync-" });
  const template = findTemplate(server, "bare");
  const secrets = template?.secrets ?? await createSecrets();
  const cluster = await createCluster(server, folder, freePort(), secrets, template?.data);
  const adminUrl = cluster.url("supabase_admin", secrets.superuserPassword);
  const { netStandIn } = template ? standIns(server) : await bootstrap(adminUrl, server, secrets);
  const worker = netStandIn ? startPgNetWorker(adminUrl) : undefined;
  return {
    adminUrl,
    url: cluster.url("postgres", secrets.postgresPassword),
    killAndRestart: () => cluster.killAndRestart(),
    async stop() {
      await worker?.stop();
      await cluster.stop();
      Deno.removeSync(folder, { recursive: true });
    },
  };
}
