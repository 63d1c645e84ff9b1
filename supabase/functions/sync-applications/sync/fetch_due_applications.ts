import type { Clock } from "../clock.ts";
import type { Failure, SyncRun } from "../database/sync_run.ts";
import { createDataQuality } from "../occ/data_quality.ts";
import { fetchMediumApplicationData } from "../occ/fetch_medium_application_data.ts";
import type { Occ } from "../occ/invoke_occ.ts";
import { OccError } from "../occ/occ_error.ts";
import { processBatch } from "./batch_processor.ts";
import { claimAhead } from "./claim_ahead.ts";
import type { Concurrency } from "./concurrency.ts";
import { failureCause } from "./failure_cause.ts";
import { createSettler } from "./settler.ts";
import { toApplicationRow } from "./to_application_row.ts";

/** As many full batches of failures in a row say that OCC is down, not that so many applications are broken. */
const FAILED_BATCHES_TO_STOP = 3;

/** Why a pass stopped before everything due was tried. */
export type StopReason = "time" | "applications" | "occ" | "shutdown";

export interface FetchDependencies {
  occ: Occ;
  clock: Clock;
  concurrency: Concurrency;
  log: (line: string) => void;
  /** Applications fetched at once. */
  batchSize: number;
  /** Rows per upsert. */
  chunkSize: number;
  /** The platform is about to end the worker: what is in flight is given back. */
  shutdown: AbortSignal;
}

export interface FetchLimits {
  /** Milliseconds since the epoch; nothing is started after it. */
  deadline: number;
  /** At most so many are started. */
  applications: number;
  /** Nothing is started once it says so; what is in flight is waited for. */
  isSpent?: () => boolean;
}

export interface FetchEnd {
  /** Undefined when everything due was tried. */
  stopped: StopReason | undefined;
  /** How many applications were fetched. */
  fetched: number;
  /** Those that could not be; they are still claimed. */
  failures: Failure[];
  warnings: string[];
  anomalies: string[];
}

/**
 * Fetches what is due, a batch at a time, and settles it, until nothing is due or the pass has to stop. What fails is
 * held, because only at the end of the pass can be told whose failure it is.
 *
 * @throws DatabaseError when the run is lost
 */
export async function fetchDueApplications(
  dependencies: FetchDependencies,
  run: SyncRun,
  limits: FetchLimits,
): Promise<FetchEnd> {
  const { occ, clock, log, concurrency, batchSize, chunkSize, shutdown } = dependencies;
  const signal = AbortSignal.any([shutdown, run.lost]);
  const settler = createSettler(run, { clock, log, chunkSize });
  const quality = createDataQuality();
  const failures: Failure[] = [];
  let started = 0;
  let fetched = 0;
  let failuresInARow = 0;

  function stopReason(): StopReason | undefined {
    if (signal.aborted) return "shutdown";
    if (failuresInARow >= FAILED_BATCHES_TO_STOP * batchSize) return "occ";
    if (clock.now() >= limits.deadline) return "time";
    if (started >= limits.applications || limits.isSpent?.()) return "applications";
    return undefined;
  }

  async function fetchOne(id: string): Promise<void> {
    // It may have waited for room since it was claimed. What is not started is given back.
    if (stopReason()) return;
    started++;
    const beganAt = clock.now();
    try {
      const application = await fetchMediumApplicationData(occ, id, signal);
      quality.observe(application, clock.now());
      settler.add({ row: toApplicationRow(application), beganAt });
      concurrency.succeeded();
      fetched++;
      failuresInARow = 0;
    } catch (error) {
      // What is cut off by the end of the pass was not tried: its claim is given back.
      if (signal.aborted) return;
      failures.push({ id, step: "fetch", ...describe(error, id) });
      failuresInARow++;
    }
  }

  const claimLimits = {
    batchSize,
    mayStart: () => stopReason() === undefined,
    budget: () => limits.applications - started,
  };
  try {
    // What has killed its worker before is handed out alone, once nothing else is in flight: so all is settled, then
    // claimed again, until a claim brings nothing.
    for (let before = -1; before < started && !stopReason();) {
      before = started;
      await processBatch(claimAhead(run, claimLimits), batchSize, fetchOne, { limit: concurrency.limit, clock });
      await settler.flush();
    }
    run.lost.throwIfAborted();
  } finally {
    log(`[syncApplicationsSince] Fetched ${fetched} applications, ${failures.length} failed`);
    settler.close();
  }
  return { stopped: stopReason(), fetched, failures, ...quality.report() };
}

function describe(error: unknown, id: string): Pick<Failure, "error" | "cause" | "notFound"> {
  const cause = failureCause(error);
  if (!(error instanceof OccError)) return { error: `Cannot fetch application ${id}: ${cause}`, cause };
  return { error: error.message, cause, ...(error.kind === "not found" ? { notFound: true } : {}) };
}
