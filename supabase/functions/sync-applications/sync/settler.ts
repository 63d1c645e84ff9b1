import type { Clock } from "../clock.ts";
import { bulkUpsertSovereignApplications } from "../database/bulk_upsert_sovereign_applications.ts";
import type { Answer, SyncRun } from "../database/sync_run.ts";

/** What has been fetched is stored at the latest after this time, so that a crash loses little. Milliseconds. */
const FLUSH_AFTER_MS = 5000;

/** Collects what a pass fetched and settles it beside the fetching, a chunk at a time. */
export interface Settler {
  add(answer: Answer): void;
  /** One that was expected could not be fetched. */
  missed(): void;
  /** Settles all that is collected; rejects with what made an earlier call fail. */
  flush(): Promise<void>;
  close(): void;
}

export interface SettlerOptions {
  clock: Clock;
  log: (line: string) => void;
  /** Rows per upsert. */
  chunkSize: number;
  /** How many applications the pass is going to settle, as far as it is known. */
  expected: number;
}

export function createSettler(run: SyncRun, { clock, log, chunkSize, expected }: SettlerOptions): Settler {
  const answers: Answer[] = [];
  let chunks = 0;
  let outstanding = expected;
  let broken: { error: unknown } | undefined;
  // One call at a time: the run's row is locked by each, and chunks are numbered.
  let queue: Promise<void> = Promise.resolve();
  let cancelTick = clock.after(FLUSH_AFTER_MS, tick);

  async function settle(): Promise<void> {
    // What a call was queued for may have gone with the one before it.
    if (broken || answers.length === 0) return;
    const chunk = answers.splice(0, chunkSize);
    outstanding -= chunk.length;
    const total = ++chunks + Math.ceil(Math.max(answers.length, outstanding) / chunkSize);
    log(`[syncApplicationsSince] Upserting chunk ${chunks}/${total} (${chunk.length} records)`);
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
    missed() {
      outstanding--;
    },
    async flush() {
      await queue;
      while (!broken && answers.length > 0) await settleInTurn();
      if (broken) throw broken.error;
    },
    close: () => cancelTick(),
  };
}
