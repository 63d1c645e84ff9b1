import { setTimeout as delay } from "node:timers/promises";
import postgres from "postgres";
import { clusterSettings, vaultKeyScript } from "./cluster_settings.ts";
import { copyData } from "./cluster_template.ts";
import type { PostgresServer } from "./find_postgres.ts";
import { type ProcessMark, processTree, signalProcess, waitUntilGone } from "./processes.ts";
import { runningPostmaster, startPostmaster } from "./postmaster.ts";
import { randomHex, type StackSecrets } from "./secrets.ts";
import { StackError } from "./stack_error.ts";
import { give, postgresUser, type SystemUser } from "./system_user.ts";

const READY_MS = 30_000;

/** One PostgreSQL on loopback, in a folder of its own. */
export interface Cluster {
  port: number;
  url(role: string, password: string): string;
  /** The running postmaster. */
  mark(): ProcessMark;
  /** SIGKILL for the postmaster and all its children at once, then a start with crash recovery. */
  killAndRestart(): Promise<void>;
  /** A start after a stop. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Creates a cluster whose only superuser is `supabase_admin`, everything it writes below `folder`, and starts it. With
 * `data` it begins as a copy of that folder, which must have been made with the same secrets.
 */
export async function createCluster(
  server: PostgresServer,
  folder: string,
  port: number,
  secrets: StackSecrets,
  data?: string,
): Promise<Cluster> {
  const user = postgresUser();
  give(folder, user);
  if (data === undefined) await initialise(server, folder, user, secrets);
  else await copyData(data, `${folder}/data`);
  writeVaultKey(folder, user, secrets);
  const config = clusterSettings(server, folder, port);
  Deno.writeTextFileSync(`${folder}/data/postgresql.conf`, config, { append: true });
  const superuser = { port, password: secrets.superuserPassword };
  let running = await startPostmaster(server, folder, user);
  await waitUntilReady(superuser, folder);

  async function start(): Promise<void> {
    running = await startPostmaster(server, folder, user);
    await waitUntilReady(superuser, folder);
  }

  return {
    port,
    url: (role, password) => `postgresql://${role}:${password}@127.0.0.1:${port}/postgres?sslmode=disable`,
    mark: () => running.mark,
    async killAndRestart() {
      const tree = processTree(running.mark);
      for (const mark of tree) signalProcess(mark, "SIGKILL");
      await waitUntilGone(tree, 10_000);
      await running.reaped;
      await start();
    },
    restart: start,
    stop: () => runningPostmaster(running.mark).stop(),
  };
}

async function initialise(
  server: PostgresServer,
  folder: string,
  user: SystemUser,
  secrets: StackSecrets,
): Promise<void> {
  const passwordFile = `${folder}/${randomHex(8)}`;
  Deno.writeTextFileSync(passwordFile, secrets.superuserPassword, { mode: 0o600 });
  give(passwordFile, user);
  const args = ["-D", `${folder}/data`, "-U", "supabase_admin", `--pwfile=${passwordFile}`];
  args.push("--auth=scram-sha-256", "--encoding=UTF8", ...locale(server), "--no-sync", "--no-instructions");
  const { success, stderr } = await new Deno.Command(`${server.bin}/initdb`, {
    args,
    cwd: folder,
    env: { LC_ALL: builtinLocale(server) ? "C" : "C.UTF-8" },
    ...user,
    stdout: "null",
  }).output();
  Deno.removeSync(passwordFile);
  if (!success) throw new StackError(`Cannot create a PostgreSQL cluster: ${new TextDecoder().decode(stderr).trim()}`);
}

function writeVaultKey(folder: string, user: SystemUser, secrets: StackSecrets): void {
  const script = `${folder}/vault_key.sh`;
  Deno.writeTextFileSync(script, vaultKeyScript(secrets.vaultKey), { mode: 0o700 });
  give(script, user);
}

/** From 17 on PostgreSQL brings C.UTF-8 itself, which not every machine does. */
function builtinLocale(server: PostgresServer): boolean {
  return server.major >= 17;
}

function locale(server: PostgresServer): string[] {
  if (!builtinLocale(server)) return ["--locale=C.UTF-8"];
  return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
}

/** The folder is removed when the start has failed: what is in its log is said at once. */
function readLogEnd(folder: string): string {
  try {
    return [...Deno.readDirSync(`${folder}/log`)].map(({ name }) => Deno.readTextFileSync(`${folder}/log/${name}`))
      .join("").trim().split("\n").slice(-10).join("\n");
  } catch {
    return "(there is no log)";
  }
}

async function waitUntilReady(superuser: { port: number; password: string }, folder: string): Promise<void> {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    const sql = postgres({
      host: "127.0.0.1",
      database: "postgres",
      username: "supabase_admin",
      ...superuser,
      max: 1,
      connect_timeout: 2,
    });
    try {
      await sql`select 1`;
      return;
    } catch (cause) {
      if (Date.now() > deadline) {
        throw new StackError(
          `PostgreSQL does not answer in ${READY_MS / 1000} s. Its log ends with:\n${readLogEnd(folder)}`,
          {
            cause,
          },
        );
      }
    } finally {
      await sql.end({ timeout: 0 });
    }
    await delay(25);
  }
}
