import { PgBoss } from "pg-boss";
import type { SyncWork, Tick } from "./sync_work.ts";
import { AT_ONCE, type Worker } from "./worker.ts";

const LIST = "list-applications";
const APPLICATION = "sync-application";
/** The shortest there is, and no longer one while notifications arrive. */
const POLLING = { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5 };

/**
 * On pg-boss as its documentation advises (pgboss.io, "Workers", "Queues"): queues that wake their workers; one job a
 * key queued at once (`short`); a heartbeat, because a job of seconds would else wait 15 minutes for a dead worker.
 * One by one that is 15 local workers; in batches one worker that takes 15 jobs, at once the next 15, and settles each
 * job on its own.
 */
export async function startPgBoss(connectionString: string, work: SyncWork, batches: boolean): Promise<Worker> {
  const boss = new PgBoss({ connectionString, max: AT_ONCE + 2, useListenNotify: true });
  boss.on("error", (error) => console.error(error));
  await boss.start();
  await boss.createQueue(LIST, { policy: "short", notify: true });
  await boss.createQueue(APPLICATION, { policy: "short", notify: true, retryBackoff: true, heartbeatSeconds: 60 });
  await boss.work<Tick>(LIST, POLLING, async ([job]) => {
    if (!job) return;
    const ids = await work.list(job.data);
    await boss.insert(APPLICATION, ids.map((id) => ({ data: { id }, singletonKey: id })));
  });
  if (batches) await workInBatches(boss, work);
  else {
    const options = { ...POLLING, localConcurrency: AT_ONCE, burstWhenReadyExceeds: 1 };
    await boss.work<{ id: string }>(APPLICATION, options, async ([job]) => {
      if (job) await work.store([await work.fetch(job.data.id)]);
    });
  }
  return {
    async tick(tick) {
      await boss.send(LIST, tick);
    },
    recover: () => boss.supervise(),
  };
}

async function workInBatches(boss: PgBoss, work: SyncWork): Promise<void> {
  const options = { ...POLLING, batchSize: AT_ONCE, burstWhenBatchFull: true, perJobResults: true } as const;
  await boss.work<{ id: string }>(APPLICATION, options, async (jobs) => {
    const fetched = await Promise.allSettled(jobs.map(({ data }) => work.fetch(data.id)));
    await work.store(fetched.flatMap((outcome) => outcome.status === "fulfilled" ? [outcome.value] : []));
    return jobs.map(({ id }, index) => ({
      id,
      status: fetched[index]?.status === "fulfilled" ? "completed" as const : "failed" as const,
    }));
  });
}
