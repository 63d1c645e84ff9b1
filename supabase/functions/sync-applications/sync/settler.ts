import type { Clock } from "../clock.ts";
import { bulkUpsertSovereignApplications } from "../database/bulk_upsert_sovereign_applications.ts";
import type { Answer, SyncRun } from "../database/sync_run.ts";

/** What has been fetched is stored at the latest after this time, so that a crash loses little. Milliseconds. */
const FLUSH_AFTER_MS = 5000;

/** Collects what a pass fetched and settles it beside the fetching, a chunk at a time. */
export interface Settler {
  add(answer: Answer): void;
  /** Settles all that is collected; rejects with what made an earlier call fail. */
  flush(): Promise<void>;
  /** Looks no more, and logs what was settled: only now it is known how many chunks there are. */
  close(): void;
}

export interface SettlerOptions {
  clock: Clock;
  log: (line: string) => void;
  /** Rows per upsert. */
  chunkSize: number;
}

export function createSettler(run: SyncRun, { clock, log, chunkSize }: SettlerOptions): Settler {
  const answers: Answer[] = [];
  /** Records of each. */
  const chunks: number[] = [];
  let broken: { error: unknown } | undefined;
  // One call at a time: the run's row is locked by each.
  let queue: Promise<void> = Promise.resolve();
  let cancelTick = clock.after(FLUSH_AFTER_MS, tick);

  async function settle(): Promise<void> {
    // What a call was queued for may have gone with the one before it.
    if (broken || answers.length === 0) return;
    const chunk = answers.splice(0, chunkSize);
    chunks.push(chunk.length);
    await bulkUpsertSovereignApplications(run, chunk).catch((error) => {
      broken = { error };
    });
  }

  function settleInTurn(): Promise<void> {
    return queue = queue.then(settle);
  }

  function tick(): void {
    settleInTurn();
    cancelTick = clock.after(FLUSH_AFTER_MS, tick);
  }

  return {
    add(answer) {
      answers.push(answer);
      if (answers.length % chunkSize === 0) settleInTurn();
    },
    async flush() {
      await queue;
      while (!broken && answers.length > 0) await settleInTurn();
      if (broken) throw broken.error;
    },
    close() {
      cancelTick();
      for (const [index, records] of chunks.entries()) {
        log(`[syncApplicationsSince] Upserting chunk ${index + 1}/${chunks.length} (${records} records)`);
      }
    },
  };
}
