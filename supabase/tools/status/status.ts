// `deno task status`: how the sync is, of the running stack or, with API_URL and SECRET_KEY set, of any project.
// --watch looks again every two seconds. Exit code 1 when it is unhealthy.
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { parseArgs } from "node:util";
import type { Database } from "../../functions/sync-applications/database/database.types.ts";
import { readEnv } from "../../../tests/stack/env_file.ts";
import { renderStatus, type Status } from "./render_status.ts";

const SHOWN_RUNS = 12;
const WATCH_MS = 2000;

function readArgs(): { watch?: boolean } {
  try {
    const args = Deno.args.filter((arg, index) => index > 0 || arg !== "--");
    return parseArgs({ args, options: { watch: { type: "boolean" } } }).values;
  } catch (error) {
    console.error(
      `${error instanceof Error ? error.message.split(". ")[0] : error}. Usage: deno task status -- [--watch]`,
    );
    Deno.exit(2);
  }
}

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
  const { watch } = readArgs();
  const env = { ...readEnv(), ...Deno.env.toObject() };
  if (!env.API_URL || !env.SECRET_KEY) {
    console.error("No stack is running: start one with `deno task start`, or set API_URL and SECRET_KEY");
    return 2;
  }
  const database = createClient<Database>(env.API_URL, env.SECRET_KEY, { auth: { persistSession: false } });
  for (;;) {
    const status = await readStatus(database);
    if (watch && Deno.stdout.isTerminal()) console.log("\x1b[2J\x1b[H");
    console.log(renderStatus(status, Date.now()));
    if (!watch) return status.health.verdict === "unhealthy" ? 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
  }
}

try {
  Deno.exit(await main());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(2);
}
