import "./node_globals.ts";
import { createClient } from "@supabase/supabase-js";
import { systemClock } from "./clock.ts";
import type { Database } from "./database/database.types.ts";
import { recordRefusedRequests } from "./database/record_refused_requests.ts";
import { createSyncDatabase } from "./database/sync_database.ts";
import { createHandler } from "./http/handler.ts";
import { createLambdaInvoker } from "./occ/lambda_invoker.ts";
import { readSecretKeys, readSettings } from "./settings.ts";
import { createConcurrency } from "./sync/concurrency.ts";
import type { SyncDependencies } from "./sync/sync_applications.ts";
import { createTimeZone } from "./time_zone.ts";
import { watchWorkerEnd } from "./worker_end.ts";

// Only the hosted platform has it; elsewhere the process lives on by itself.
declare const EdgeRuntime: { waitUntil(work: Promise<unknown>): void } | undefined;

const env = (name: string) => Deno.env.get(name);
const log = (line: string) => console.log(line);

const { shutdown, isSpent } = watchWorkerEnd(globalThis);

function createSyncDependencies(): SyncDependencies {
  const { occ, budget, batchSize, chunkSize, ...settings } = readSettings(env);
  const client = createClient<Database>(settings.supabaseUrl, settings.secretKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
  });
  // What OCC's throttling taught lives as long as the isolate.
  const concurrency = createConcurrency(batchSize);
  return {
    occ: {
      ...occ,
      timeZone: createTimeZone(occ.timeZone),
      invokeLambda: createLambdaInvoker(settings.aws, occ.mainFunction, concurrency),
      onThrottled: () => concurrency.throttled({ hasLeft: true }),
      clock: systemClock,
    },
    database: createSyncDatabase(client, systemClock),
    clock: systemClock,
    concurrency,
    log,
    budget: { ...budget, isSpent },
    batchSize,
    chunkSize,
    shutdown,
  };
}

// Made at the first authorised request that finds every setting, then kept: connections are reused.
let dependencies: SyncDependencies | undefined;

const handler = createHandler({
  secrets: () => [env("CRON_SECRET") ?? "", env("CRON_SECRET_PREVIOUS") ?? "", ...readSecretKeys(env)],
  sync: () => dependencies ??= createSyncDependencies(),
  recordRefused: async (requests) => {
    if (dependencies) await recordRefusedRequests(dependencies.database, requests);
  },
  waitUntil: (work) => {
    if (typeof EdgeRuntime !== "undefined") EdgeRuntime.waitUntil(work);
  },
  clock: systemClock,
  log,
});

export default { fetch: handler };
