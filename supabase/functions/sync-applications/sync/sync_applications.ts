import type { SupabaseClient } from "@supabase/supabase-js";
import type { Database } from "../database/database.types.ts";
import type { Clock } from "../clock.ts";
import type { Concurrency } from "./concurrency.ts";
import { createDataQuality } from "../occ/data_quality.ts";
import { DatabaseError } from "../database/database_error.ts";
import { enqueueApplications } from "../database/enqueue_applications.ts";
import { fetchApplicationsSinceData } from "../occ/fetch_applications_since_data.ts";
import { fetchDueApplications, type StopReason } from "./fetch_due_applications.ts";
import type { Occ } from "../occ/invoke_occ.ts";
import { OccError } from "../occ/occ_error.ts";
import { createSettler } from "./settler.ts";
import { finishSyncPass, type OpenedRun, openSyncRun, type RunRequest } from "../database/sync_run.ts";
import { toSyncResult } from "./sync_result.ts";
import type { SyncResult } from "./sync_result.ts";

export interface SyncDependencies {
  occ: Occ;
  database: SupabaseClient<Database>;
  clock: Clock;
  /** What OCC's throttling has taught; lives as long as the isolate. */
  concurrency: Concurrency;
  log: (line: string) => void;
  /** A pass starts nothing after `timeMs` milliseconds, and at most `applications` fetches. */
  budgets: { timeMs: number; applications: number };
  /** The platform is about to end the worker. */
  shutdown: AbortSignal;
}

export interface SyncOptions extends Omit<RunRequest, "sinceDate"> {
  /** Called once the run is open, before OCC is asked. */
  onOpened?: (syncLogId: string) => void;
}

/**
 * Syncs what changed since a date, `YYYY-MM-DD`, and what earlier runs left undone (specification,
 * "syncApplicationsSince"). Works on one run: opens it, or resumes the one that waits for its next pass. Ends by itself
 * inside the budgets; with work left it has asked for the next pass. A failed run is a result, not an exception.
 *
 * @throws SyncRunningError, DatabaseError
 */
export async function syncApplicationsSince(
  dependencies: SyncDependencies,
  sinceDate: string,
  options: SyncOptions,
): Promise<SyncResult> {
  const { database, clock, log, budgets } = dependencies;
  const deadline = clock.now() + budgets.timeMs;
  const run = await openSyncRun(database, { sinceDate, ...options });
  options.onOpened?.(run.sync_log_id);
  if (run.outcome === "resumed") log(`[syncApplicationsSince] Resuming sync ${run.sync_log_id}, pass ${run.pass}`);

  const end = await workOnRun(dependencies, run, deadline).catch(async (error) => {
    await closeBrokenRun(dependencies, run, error);
    throw error;
  });
  const finished = await finishSyncPass(database, clock, run.lease, end);

  log(`[syncApplicationsSince] Fetched ${finished.fetched} applications, ${finished.fetch_failed} failed`);
  const result = toSyncResult(run.sync_log_id, finished, end.reason);
  log(
    finished.status === "completed"
      ? "[syncApplicationsSince] Sync completed successfully"
      : `[syncApplicationsSince] ${result.message}`,
  );
  return result;
}

interface PassEnd {
  handOver: boolean;
  reason?: string;
  warnings: string[];
  /** Warnings somebody has to look at. */
  anomalies?: string[];
}

const STOP_REASONS: Record<StopReason, { handOver: boolean; reason?: string }> = {
  time: { handOver: true },
  applications: { handOver: true },
  shutdown: { handOver: true },
  occ: { handOver: false, reason: "OCC failed too often in a row; what is left waits for the next run" },
};

async function workOnRun(
  dependencies: SyncDependencies,
  run: OpenedRun,
  deadline: number,
): Promise<PassEnd> {
  const { occ, database, clock, log, budgets, shutdown } = dependencies;
  const pass = new AbortController();
  const quality = createDataQuality();
  const endPass = () => pass.abort();
  shutdown.addEventListener("abort", endPass);
  let broken: unknown;
  let toFetch = 0;
  const settler = createSettler({
    database,
    clock,
    lease: run.lease,
    log,
    remaining: () => Math.max(0, toFetch),
    onError(error) {
      broken = error;
      endPass();
    },
  });
  try {
    const list = run.listed ? undefined : await listApplications(dependencies, run, pass.signal);
    if (list && "end" in list) return list.end;
    toFetch = list?.enqueued ?? 0;
    const warnings = list?.warnings ?? [];
    if (list && list.due === 0) return { handOver: false, warnings };

    const stopped = await fetchDueApplications({
      occ,
      database,
      clock,
      concurrency: dependencies.concurrency,
      lease: run.lease,
      settler,
      deadline,
      applicationBudget: budgets.applications,
      shutdown,
      signal: pass.signal,
      onProgress: () => toFetch--,
      quality,
    });
    await settler.flush();
    const noticed = quality.report();
    const end = stopped ? STOP_REASONS[stopped] : { handOver: false };
    return { ...end, warnings: [...warnings, ...noticed.warnings], anomalies: noticed.anomalies };
  } catch (error) {
    throw broken ?? error;
  } finally {
    settler.close();
    shutdown.removeEventListener("abort", endPass);
  }
}

/** Best effort: a run that cannot even be closed is taken over once its heartbeat is 90 seconds old. */
async function closeBrokenRun({ database, clock, log }: SyncDependencies, run: OpenedRun, error: unknown) {
  if (!(error instanceof DatabaseError) || error.leaseLost) return;
  try {
    await finishSyncPass(database, clock, run.lease, { handOver: false, reason: error.message, warnings: [] });
  } catch {
    log(`[syncApplicationsSince] Sync ${run.sync_log_id} could not be closed; the next run takes it over`);
  }
}

interface Listed {
  enqueued: number;
  due: number;
  warnings: string[];
}

async function listApplications(
  { occ, database, log }: SyncDependencies,
  run: OpenedRun,
  signal: AbortSignal,
): Promise<Listed | { end: PassEnd }> {
  try {
    const { applications, warnings } = await fetchApplicationsSinceData(occ, run.since_date, signal);
    log(`[syncApplicationsSince] Found ${applications.length} changed applications`);
    const { enqueued, due } = await enqueueApplications(database, run.lease, applications);
    return { enqueued, due, warnings };
  } catch (error) {
    if (error instanceof OccError) return { end: { handOver: false, reason: error.message, warnings: [] } };
    if (signal.aborted) return { end: { handOver: true, warnings: [] } };
    throw error;
  }
}
