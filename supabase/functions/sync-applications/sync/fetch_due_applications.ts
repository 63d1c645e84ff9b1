import type { SupabaseClient } from "@supabase/supabase-js";
import type { Database } from "../database/database.types.ts";
import { toApplicationRow } from "../database/application_row.ts";
import { processBatch } from "./batch_processor.ts";
import { claimAhead } from "./claim_ahead.ts";
import type { Clock } from "../clock.ts";
import type { DataQuality } from "../occ/data_quality.ts";
import type { Concurrency } from "./concurrency.ts";
import { fetchMediumApplicationData } from "../occ/fetch_medium_application_data.ts";
import type { Occ } from "../occ/invoke_occ.ts";
import { OccError } from "../occ/occ_error.ts";
import type { Settler } from "./settler.ts";

/** Concurrent fetches, as specified. */
export const BATCH_SIZE = 15;
/** As many failures in a row say that OCC is down, not that so many applications are broken. */
const FAILURES_TO_STOP = 3 * BATCH_SIZE;

/** Why a pass stopped before everything due was tried. */
export type StopReason = "time" | "applications" | "occ" | "shutdown";

export interface FetchOptions {
  occ: Occ;
  database: SupabaseClient<Database>;
  clock: Clock;
  concurrency: Concurrency;
  lease: string;
  settler: Settler;
  /** Milliseconds since the epoch; nothing is started after it. */
  deadline: number;
  /** At most so many are started. */
  applicationBudget: number;
  /** The platform is about to end the worker: what is in flight is given back. */
  shutdown: AbortSignal;
  /** The pass cannot go on. */
  signal: AbortSignal;
  onProgress: (started: number, done: number) => void;
  quality: DataQuality;
}

/**
 * Fetches what is due, 15 at a time, and hands it to the settler, until nothing is due or the pass has to stop.
 * What one application fails with is settled as its own failure.
 */
export async function fetchDueApplications(options: FetchOptions): Promise<StopReason | undefined> {
  const { occ, settler, clock, concurrency, shutdown, signal } = options;
  let started = 0;
  let done = 0;
  let failuresInARow = 0;

  function stopReason(): StopReason | undefined {
    if (shutdown.aborted || signal.aborted) return "shutdown";
    if (failuresInARow >= FAILURES_TO_STOP) return "occ";
    if (clock.now() >= options.deadline) return "time";
    if (started >= options.applicationBudget) return "applications";
    return undefined;
  }

  async function fetchOne(id: string): Promise<void> {
    if (signal.aborted) return;
    started++;
    try {
      const application = await fetchMediumApplicationData(occ, id, {
        signal,
        onThrottle: concurrency.throttled,
        quality: options.quality,
      });
      settler.store(toApplicationRow(application));
      concurrency.succeeded();
      failuresInARow = 0;
    } catch (error) {
      // What is cut off by the end of the pass was not tried: its claim is given back.
      if (signal.aborted) return;
      settler.fail({ id, step: "fetch", ...describe(error, id) });
      // OCC that calls an application unusable is up.
      failuresInARow = error instanceof OccError && !error.retriable ? 0 : failuresInARow + 1;
    } finally {
      done++;
      options.onProgress(started, done);
    }
  }

  const claims = claimAhead({
    database: options.database,
    clock,
    lease: options.lease,
    mayStart: () => stopReason() === undefined,
    budget: () => options.applicationBudget - started,
    inFlight: () => started - done,
    flush: () => settler.flush(),
  });
  await processBatch(claims, BATCH_SIZE, fetchOne, { limit: concurrency.limit, clock });
  return stopReason();
}

function describe(error: unknown, id: string): { error: string; permanent: boolean } {
  if (error instanceof OccError) return { error: error.message, permanent: !error.retriable };
  const name = error instanceof Error ? error.name : typeof error;
  return { error: `Cannot fetch application ${id}: unexpected ${name}`, permanent: false };
}
