// `deno task status`: how the sync is, of the running stack or, with API_URL and SECRET_KEY set, of any project.
// Exit code 1 when it is unhealthy, 2 when it could not be asked.
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "../../functions/sync-applications/database/database.types.ts";
import { readAccess } from "../local_stack.ts";
import { readArgs } from "../read_args.ts";
import { renderStatus, type Status } from "./render_status.ts";

const SHOWN_RUNS = 12;
const WATCH_MS = 2000;

async function readStatus(database: SupabaseClient<Database>): Promise<Status> {
  const [health, runs, failures] = await Promise.all([
    database.from("sync_health").select().single(),
    database.from("sync_runs").select().order("started_at", { ascending: false }).limit(SHOWN_RUNS),
    database.from("sync_failures").select().order("next_attempt_at").limit(5),
  ]);
  const failed = [health, runs, failures].find(({ error }) => error)?.error;
  if (failed) throw new Error(`Cannot read the sync's status: ${failed.message}`);
  if (!health.data) throw new Error("Cannot read the sync's status: sync_health is empty");
  return { health: health.data, runs: runs.data ?? [], failures: failures.data ?? [] };
}

async function main(): Promise<number> {
  const { watch } = readArgs({
    task: "status",
    purpose: "How the sync is, of the running stack or, with API_URL and SECRET_KEY set, of any project.",
    options: { watch: { type: "boolean", about: "looks again every two seconds" } },
  }, Deno.args).values;
  const { API_URL: apiUrl, SECRET_KEY: secretKey } = readAccess();
  if (!apiUrl || !secretKey) {
    console.error("No stack is running: start one with `deno task start`, or set API_URL and SECRET_KEY");
    return 2;
  }
  const database = createClient<Database>(apiUrl, secretKey, { auth: { persistSession: false } });
  for (;;) {
    const status = await readStatus(database);
    if (watch && Deno.stdout.isTerminal()) console.log("\x1b[2J\x1b[H");
    console.log(renderStatus(status, Date.now()));
    if (!watch) return status.health.verdict === "unhealthy" ? 1 : 0;
    await delay(WATCH_MS);
  }
}

try {
  Deno.exit(await main());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(2);
}
