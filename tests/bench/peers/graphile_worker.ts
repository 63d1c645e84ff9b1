import { type AddJobsJobSpec, Logger, run } from "graphile-worker";
import { chunkArray } from "../../../supabase/functions/sync-applications/sync/batch_processor.ts";
import type { SyncWork, Tick } from "./sync_work.ts";
import { AT_ONCE, type Worker } from "./worker.ts";

export type GraphileMode = "plain" | "batching" | "batch jobs";

const LIST = "list_applications";
const APPLICATION = "sync_application";
const APPLICATIONS = "sync_applications";

/**
 * On graphile-worker as its documentation advises (worker.graphile.org, "Performance", "Job key", "Handling batch
 * jobs"): `addJobs`, a job key an application. `plain` is its default; `batching` what it advises for throughput, jobs
 * taken ahead and completed together; `batch jobs` have 15 applications as payload, and of those that fail are retried.
 */
export async function startGraphileWorker(
  connectionString: string,
  work: SyncWork,
  mode: GraphileMode,
): Promise<Worker> {
  const concurrency = mode === "batch jobs" ? 1 : AT_ONCE;
  const batching = { localQueue: { size: concurrency + 1 }, completeJobBatchDelay: 250, failJobBatchDelay: 250 };
  const runner = await run({
    connectionString,
    concurrency,
    maxPoolSize: AT_ONCE + 2,
    noHandleSignals: true,
    parsedCronItems: [],
    logger: new Logger(() => (level, message) => level === "error" && console.error(message)),
    preset: { worker: mode === "plain" ? {} : batching },
    taskList: {
      async [LIST](tick, helpers) {
        const ids = await work.list(tick as Tick);
        await helpers.addJobs(mode === "batch jobs" ? toBatchJobs(ids) : toJobs(ids));
      },
      async [APPLICATION](payload) {
        await work.store([await work.fetch((payload as { id: string }).id)]);
      },
      async [APPLICATIONS](payload) {
        const fetched = (payload as { id: string }[]).map(({ id }) => work.fetch(id));
        const outcomes = await Promise.allSettled(fetched);
        await work.store(outcomes.flatMap((outcome) => outcome.status === "fulfilled" ? [outcome.value] : []));
        return fetched;
      },
    },
  });
  return {
    async tick(tick) {
      await runner.addJob(LIST, tick, { jobKey: LIST });
    },
    // What was locked too long is let go when a worker starts.
    recover: () => Promise.resolve(),
  };
}

function toJobs(ids: string[]): AddJobsJobSpec[] {
  return ids.map((id) => ({ identifier: APPLICATION, payload: { id }, jobKey: id }));
}

function toBatchJobs(ids: string[]): AddJobsJobSpec[] {
  return chunkArray(ids.map((id) => ({ id })), AT_ONCE).map((payload) => ({ identifier: APPLICATIONS, payload }));
}
