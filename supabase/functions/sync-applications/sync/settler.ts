import type { SupabaseClient } from "@supabase/supabase-js";
import type { Database } from "../database/database.types.ts";
import type { ApplicationRow } from "../database/application_row.ts";
import { bulkUpsertSovereignApplications } from "../database/bulk_upsert_sovereign_applications.ts";
import type { Clock } from "../clock.ts";
import type { Failure } from "../database/settle_applications.ts";

/** Rows per upsert, as specified. */
export const CHUNK_SIZE = 100;
/** What has been fetched is stored at the latest after this time, so that a crash loses little. Milliseconds. */
const FLUSH_AFTER_MS = 5000;
/** A run is taken for dead after 90 s without a sign of life. Milliseconds. */
const HEARTBEAT_MS = 15_000;

/** Collects what a pass fetched and stores it beside the fetching, a chunk at a time. */
export interface Settler {
  store(row: ApplicationRow): void;
  fail(failure: Failure): void;
  /** Stores all that is collected; rejects with what made an earlier call fail. */
  flush(): Promise<void>;
  /** Ends the heartbeat. */
  close(): void;
}

export interface SettlerOptions {
  database: SupabaseClient<Database>;
  clock: Clock;
  lease: string;
  log: (line: string) => void;
  /** How many applications are still to come, for the log. */
  remaining: () => number;
  /** The pass cannot go on: the lease is lost, or the database is away. */
  onError: (error: unknown) => void;
}

export function createSettler(options: SettlerOptions): Settler {
  const { database, clock, lease, log, onError } = options;
  let rows: ApplicationRow[] = [];
  let failures: Failure[] = [];
  let chunks = 0;
  let lastCall = clock.now();
  let broken: { error: unknown } | undefined;
  // One call at a time: the run's row is locked by each, and chunks are numbered.
  let queue: Promise<void> = Promise.resolve();
  let cancelTick = clock.after(FLUSH_AFTER_MS, tick);

  async function settle(): Promise<void> {
    if (broken) return;
    const chunk = rows.splice(0, CHUNK_SIZE);
    const failed = failures.splice(0);
    lastCall = clock.now();
    if (chunk.length > 0) {
      chunks++;
      const more = Math.ceil((rows.length + options.remaining()) / CHUNK_SIZE);
      log(`[syncApplicationsSince] Upserting chunk ${chunks}/${chunks + more} (${chunk.length} records)`);
    }
    try {
      await bulkUpsertSovereignApplications(database, clock, lease, chunk, failed);
    } catch (error) {
      broken = { error };
      rows = [];
      failures = [];
      onError(error);
    }
  }

  function enqueue(): void {
    queue = queue.then(settle);
  }

  function tick(): void {
    if (rows.length > 0 || failures.length > 0 || clock.now() - lastCall >= HEARTBEAT_MS) enqueue();
    cancelTick = clock.after(FLUSH_AFTER_MS, tick);
  }

  return {
    store(row) {
      rows.push(row);
      if (rows.length % CHUNK_SIZE === 0) enqueue();
    },
    fail(failure) {
      failures.push(failure);
    },
    async flush() {
      await queue;
      while (!broken && (rows.length > 0 || failures.length > 0)) await settle();
      if (broken) throw broken.error;
    },
    close: () => cancelTick(),
  };
}
