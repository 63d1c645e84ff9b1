import type { Clock } from "../clock.ts";
import type { ApplicationRow } from "../database/application_row.ts";
import { bulkUpsertSovereignApplications } from "../database/bulk_upsert_sovereign_applications.ts";
import type { Failure, SyncRun } from "../database/sync_run.ts";

/** What has been fetched is stored at the latest after this time, so that a crash loses little. Milliseconds. */
const FLUSH_AFTER_MS = 5000;

/** Collects what a pass fetched and settles it beside the fetching, a chunk at a time. */
export interface Settler {
  add(row: ApplicationRow): void;
  fail(failure: Failure): void;
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
  const rows: ApplicationRow[] = [];
  const failures: Failure[] = [];
  let chunks = 0;
  let outstanding = expected;
  let broken: { error: unknown } | undefined;
  // One call at a time: the run's row is locked by each, and chunks are numbered.
  let queue: Promise<void> = Promise.resolve();
  let cancelTick = clock.after(FLUSH_AFTER_MS, tick);

  async function settle(): Promise<void> {
    // What a call was queued for may have gone with the one before it.
    if (broken || (rows.length === 0 && failures.length === 0)) return;
    const chunk = rows.splice(0, chunkSize);
    const failed = failures.splice(0);
    outstanding -= chunk.length + failed.length;
    if (chunk.length > 0) {
      const total = ++chunks + Math.ceil(Math.max(rows.length, outstanding) / chunkSize);
      log(`[syncApplicationsSince] Upserting chunk ${chunks}/${total} (${chunk.length} records)`);
    }
    await bulkUpsertSovereignApplications(run, chunk, failed).catch((error) => {
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
    add(row) {
      rows.push(row);
      if (rows.length % chunkSize === 0) settleInTurn();
    },
    fail(failure) {
      failures.push(failure);
    },
    async flush() {
      await queue;
      while (!broken && (rows.length > 0 || failures.length > 0)) await settleInTurn();
      if (broken) throw broken.error;
    },
    close: () => cancelTick(),
  };
}
