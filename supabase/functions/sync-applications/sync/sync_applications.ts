import type { Clock } from "../clock.ts";
import { DatabaseError } from "../database/database_error.ts";
import type { SyncDatabase } from "../database/sync_database.ts";
import { openSyncRun, type PassEnd, type RunRequest, type SyncRun } from "../database/sync_run.ts";
import { type FetchDependencies, fetchDueApplications, type StopReason } from "./fetch_due_applications.ts";
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
}

export interface SyncOptions extends Partial<Omit<RunRequest, "sinceDate">> {
  /** Called once the run is open, before OCC is asked. */
  onOpened?: (syncLogId: string) => void;
}

/**
 * Syncs what changed since a date, `YYYY-MM-DD`, and what earlier runs left undone (specification,
 * "syncApplicationsSince"). Works on one run: opens it, or resumes the one that waits for its next pass. Ends by itself
 * inside the budget; with work left it has asked for the next pass. A failed run is a result, not an exception.
 *
 * @throws SyncRunningError, DatabaseError
 */
export async function syncApplicationsSince(
  dependencies: SyncDependencies,
  sinceDate: string,
  { trigger = "manual", force = false, movesWatermark = false, onOpened }: SyncOptions = {},
): Promise<SyncResult> {
  const { database, clock, log, budget } = dependencies;
  const deadline = clock.now() + budget.timeMs;
  const run = await openSyncRun(database, clock, { sinceDate, trigger, force, movesWatermark });
  onOpened?.(run.id);
  if (run.pass > 1) log(`[syncApplicationsSince] Resuming sync ${run.id}, pass ${run.pass}`);

  const end = await workOnRun(dependencies, run, deadline).catch(async (error) => {
    await closeBrokenRun(run, error, log);
    throw error;
  });
  const finished = await run.finish(end);

  log(`[syncApplicationsSince] Fetched ${finished.fetched} applications, ${finished.fetch_failed} failed`);
  const result = toSyncResult(run.id, finished, end.reason);
  log(
    finished.status === "completed"
      ? "[syncApplicationsSince] Sync completed successfully"
      : `[syncApplicationsSince] ${result.message}`,
  );
  return result;
}

const STOPPED: Record<StopReason, { handOver: boolean; reason?: string }> = {
  time: { handOver: true },
  applications: { handOver: true },
  shutdown: { handOver: true },
  occ: { handOver: false, reason: "OCC failed too often in a row; what is left waits for the next run" },
};

async function workOnRun(dependencies: SyncDependencies, run: SyncRun, deadline: number): Promise<PassEnd> {
  const list = await listApplications(dependencies, run);
  if ("end" in list) return list.end;
  if (list.due === 0) return { handOver: false, warnings: list.warnings, anomalies: [] };

  const { applications } = dependencies.budget;
  const fetched = await fetchDueApplications(dependencies, run, { due: list.due, deadline, applications });
  return {
    ...(fetched.stopped ? STOPPED[fetched.stopped] : { handOver: false }),
    warnings: [...list.warnings, ...fetched.warnings],
    anomalies: fetched.anomalies,
  };
}

/** Best effort: a run that cannot even be closed is taken over once its heartbeat is 90 seconds old. */
async function closeBrokenRun(run: SyncRun, error: unknown, log: (line: string) => void): Promise<void> {
  const reason = error instanceof DatabaseError ? error.message : "The pass broke off unexpectedly";
  if (error instanceof DatabaseError && error.leaseLost) return;
  try {
    await run.finish({ handOver: false, reason, warnings: [], anomalies: [] });
  } catch {
    log(`[syncApplicationsSince] Sync ${run.id} could not be closed; the next run takes it over`);
  }
}
