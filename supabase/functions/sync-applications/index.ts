import { createClient } from "@supabase/supabase-js";
import type { Database } from "./database/database.types.ts";
import { systemClock } from "./clock.ts";
import { createConcurrency } from "./sync/concurrency.ts";
import { BATCH_SIZE } from "./sync/fetch_due_applications.ts";
import { createHandler } from "./http/handler.ts";
import { createLambdaInvoker } from "./occ/lambda_invoker.ts";
import { readSecretKeys, readSettings } from "./settings.ts";
import type { SyncDependencies } from "./sync/sync_applications.ts";

// Only the hosted platform has it; elsewhere the process lives on by itself.
declare const EdgeRuntime: { waitUntil(work: Promise<unknown>): void } | undefined;

const env = (name: string) => Deno.env.get(name);
const log = (line: string) => console.log(line);

const shutdown = new AbortController();
addEventListener("beforeunload", () => shutdown.abort(new Error("the worker is shutting down")));

function createSyncDependencies(): SyncDependencies {
  const settings = readSettings(env);
  const database = createClient<Database>(settings.supabaseUrl, settings.secretKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
  });
  return {
    occ: { invokeLambda: createLambdaInvoker(settings), clock: systemClock, ...settings.occ },
    database,
    clock: systemClock,
    concurrency: createConcurrency(BATCH_SIZE),
    log,
    budgets: settings.budgets,
    shutdown: shutdown.signal,
  };
}

// Made at the first authorised request that finds every setting, then kept: connections are reused.
let dependencies: SyncDependencies | undefined;

const handler = createHandler({
  secrets: () => [env("CRON_SECRET") ?? "", env("CRON_SECRET_PREVIOUS") ?? "", ...readSecretKeys(env)],
  sync: () => dependencies ??= createSyncDependencies(),
  waitUntil: (work) => {
    if (typeof EdgeRuntime !== "undefined") EdgeRuntime.waitUntil(work);
  },
  clock: systemClock,
  log,
});

export default { fetch: handler };
