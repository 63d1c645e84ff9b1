import type { Clock } from "../clock.ts";
import { DatabaseError } from "../database/database_error.ts";
import type { SyncDatabase } from "../database/sync_database.ts";
import { openSyncRun, type PassEnd, type RunRequest, type SyncRun } from "../database/sync_run.ts";
import { askCanaries } from "./canaries.ts";
import { type FetchDependencies, fetchDueApplications, type StopReason } from "./fetch_due_applications.ts";
import { judgeFailures } from "./judge_failures.ts";
import { listApplications } from "./list_applications.ts";
import { type SyncResult, toSyncResult } from "./sync_result.ts";

export interface SyncDependencies extends FetchDependencies {
  database: SyncDatabase;
  clock: Clock;
  budget: PassBudget;
}

/** How much one pass takes on, far inside the platform's limits. */
export interface PassBudget {
  /** Nothing is started after so many milliseconds. */
  timeMs: number;
  /** At most so many applications are fetched. */
  applications: number;
  /** The platform's CPU limit is near: nothing more is started. */
  isSpent?: () => boolean;
}

export interface SyncOptions extends Partial<Omit<RunRequest, "sinceDate" | "timeZone">> {
  /** Called once the run is open, before OCC is asked. */
  onOpened?: (run: SyncRun) => void;
}

/**
 * Syncs what changed since a date, `YYYY-MM-DD`, or without one since the watermark, and what earlier runs left undone (specification,
 * "syncApplicationsSince"). Works on one run: opens it, or goes on with the one that asked for its next pass. Ends by
 * itself inside the budget; with work left it has asked for the next pass. A failed run is a result, not an exception; so
 * is one that somebody cancels.
 *
 * @throws SyncRunningError, RunEndedError, DatabaseError
 */
export async function syncApplicationsSince(
  dependencies: SyncDependencies,
  sinceDate: string | undefined,
  { onOpened, ...options }: SyncOptions = {},
): Promise<SyncResult> {
  const { occ, database, clock, log } = dependencies;
  const startedAt = clock.now();
  const timeZone = occ.timeZone.name;
  const defaults = { trigger: "manual", force: false, movesWatermark: false } as const;
  const run = await openSyncRun(database, clock, { sinceDate, timeZone, ...defaults, ...options });
  onOpened?.(run);
  if (run.pass > 1) log(`[syncApplicationsSince] Resuming sync ${run.id}, pass ${run.pass}`);

  const end = await workOnRun(dependencies, run, startedAt).catch(async (error) => {
    if (isCancelled(run)) return CANCELLED;
    await closeBrokenRun(run, error, log);
    throw error;
  });
  const finished = await run.finish(end);

  const result = toSyncResult(run.id, finished, end.reason);
  log(
    finished.status === "completed"
      ? "[syncApplicationsSince] Sync completed successfully"
      : `[syncApplicationsSince] ${result.message}`,
  );
  return result;
}

/** What is in flight is given back, and by whom and when the run was cancelled the database knows. */
const CANCELLED: PassEnd = { handOver: false, brokeOff: true, warnings: [], anomalies: [] };

function isCancelled({ lost }: SyncRun): boolean {
  return lost.reason instanceof DatabaseError && lost.reason.cancelled;
}

function stopped(by: StopReason | undefined, reason: string | undefined): Partial<PassEnd> {
  if (by === undefined) return {};
  if (by !== "occ") return { handOver: true };
  return { reason: reason ?? "OCC failed too often in a row; what is left waits for the next run" };
}

/** The share of a pass' time in which lists are tried that may be shorter than the one that could not be had. */
const LISTING_SHARE = 0.5;
/** The share of a pass' time that is kept for judging its failures. */
const JUDGING_SHARE = 0.3;

async function workOnRun(dependencies: SyncDependencies, run: SyncRun, startedAt: number): Promise<PassEnd> {
  const { occ, budget, shutdown, log } = dependencies;
  const signal = AbortSignal.any([shutdown, run.lost]);
  const end: PassEnd = { handOver: false, warnings: [], anomalies: [] };
  try {
    const list = await listApplications(dependencies, run, startedAt + budget.timeMs * LISTING_SHARE);
    end.warnings.push(...list.warnings);
    if (list.failure) end.reason = list.failure;
    if (list.due === 0) {
      log("[syncApplicationsSince] Fetched 0 applications, 0 failed");
      return end;
    }

    if (run.occUnwell) {
      const { cause, ...health } = await askCanaries(occ, run, signal);
      Object.assign(end, health);
      if (health.occ === "unwell") {
        const reason = `OCC is still failing: applications it served before cannot be fetched (${cause})`;
        return { ...end, reason: end.reason ?? reason };
      }
    }
    const deadline = startedAt + budget.timeMs - Math.min(occ.timeoutMs, budget.timeMs * JUDGING_SHARE);
    const fetched = await fetchDueApplications(dependencies, run, { ...budget, deadline });
    end.warnings.push(...fetched.warnings);
    end.anomalies.push(...fetched.anomalies);

    const verdict = await judgeFailures(occ, run, fetched, signal);
    Object.assign(end, verdict, { reason: end.reason ?? verdict.reason });
    // When OCC is down the next pass would only find the same; the next tick asks again.
    if (verdict.occ === "unwell") return end;
    // Nor would it get further when the time went by without a list: it would ask for that first.
    const triedNothing = fetched.fetched + fetched.failures.length === 0;
    if (list.failure && triedNothing && !shutdown.aborted) return { ...end, brokeOff: true };
    return { ...end, ...stopped(fetched.stopped, end.reason) };
  } catch (error) {
    if (shutdown.aborted && !run.lost.aborted) return { ...end, handOver: true };
    throw error;
  }
}

/** Best effort: a run that cannot even be closed is closed by the next one once its heartbeat is 90 seconds old. */
async function closeBrokenRun(run: SyncRun, error: unknown, log: (line: string) => void): Promise<void> {
  const reason = error instanceof DatabaseError ? error.message : "The pass broke off unexpectedly";
  if (error instanceof DatabaseError && error.leaseLost) return;
  try {
    await run.finish({ handOver: false, reason, brokeOff: true, warnings: [], anomalies: [] });
  } catch {
    log(`[syncApplicationsSince] Sync ${run.id} could not be closed; the next run closes it`);
  }
}
