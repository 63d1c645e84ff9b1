import { DatabaseError } from "../database/database_error.ts";
import { requestApplications } from "../database/request_applications.ts";
import { RunEndedError, type SyncRun, SyncRunningError, type Trigger } from "../database/sync_run.ts";
import type { SyncResult } from "./sync_result.ts";
import { syncApplicationsSince, type SyncDependencies } from "./sync_applications.ts";

/** What a sync that was started is broken off by, or not started for. */
export { DatabaseError, RunEndedError, SyncRunningError };

/** What a caller may ask for. */
export interface SyncRequest {
  /** `YYYY-MM-DD`; without it the run lists from the watermark. */
  since?: string;
  /** Fetches everything listed, also what is current. */
  force: boolean;
  trigger: Trigger;
  /** Applications to be fetched, whatever is known of them, beside what OCC lists. */
  applications?: string[];
  /** With the trigger `next_pass`: the run to go on with. */
  syncLogId?: string;
}

/** What the log calls whoever asked: the specification's `[Cron]` is pg_cron. */
const CALLERS: Record<Trigger, string> = {
  schedule: "Cron",
  reconciliation: "Cron",
  manual: "Manual",
  next_pass: "Next pass",
};

export interface StartedSync {
  /** The id of the run's row in the sync log, as soon as the run is open. */
  opened: Promise<string>;
  result: Promise<SyncResult>;
}

/**
 * Starts a sync; both promises reject when it cannot be opened.
 *
 * @throws SyncRunningError, DatabaseError, through the promises
 */
export function startSync(dependencies: SyncDependencies, request: SyncRequest): StartedSync {
  const opened = Promise.withResolvers<string>();
  const result = sync(dependencies, request, opened.resolve);
  result.catch(opened.reject);
  // Who waits for the result need not listen to this one.
  opened.promise.catch(() => {});
  return { opened: opened.promise, result };
}

async function sync(
  dependencies: SyncDependencies,
  request: SyncRequest,
  onOpened: (syncLogId: string) => void,
): Promise<SyncResult> {
  const { clock, database } = dependencies;
  const { since, force, trigger, applications, syncLogId } = request;
  const log = (text: string) => dependencies.log(`[${CALLERS[trigger]}] ${text}`);
  const startedAt = clock.now();
  const seconds = () => ((clock.now() - startedAt) / 1000).toFixed(2);
  log("Starting sync job...");
  try {
    if (applications) await requestApplications(database, applications);
    if (syncLogId !== undefined) log(`Going on with sync ${syncLogId}`);
    const result = await syncApplicationsSince(dependencies, since, {
      trigger,
      force,
      movesWatermark: since === undefined,
      onOpened(run) {
        if (syncLogId === undefined) log(describeSince(run, since));
        onOpened(run.id);
      },
      ...(syncLogId === undefined ? {} : { syncLogId }),
    });
    log(`Sync ${result.success ? "completed" : "failed"} in ${seconds()}s`);
    return result;
  } catch (error) {
    if (error instanceof SyncRunningError) log(`Skipped: sync ${error.syncLogId} is running`);
    else if (error instanceof RunEndedError) log(`Skipped: sync ${error.syncLogId} has ended`);
    else log(`Sync failed in ${seconds()}s: ${describeSyncError(error)}`);
    throw error;
  }
}

function describeSince({ sinceDate, hasWatermark }: SyncRun, since: string | undefined): string {
  if (since !== undefined) return `Using since date: ${since}`;
  return hasWatermark ? `Using last sync date: ${sinceDate}` : `No last sync, using default date: ${sinceDate}`;
}

/** Errors of ours say what happened; of any other only the name is safe to show. */
export function describeSyncError(error: unknown): string {
  if (error instanceof DatabaseError || error instanceof SyncRunningError || error instanceof RunEndedError) {
    return error.message;
  }
  return `Cannot sync: unexpected ${error instanceof Error ? error.name : typeof error}`;
}
