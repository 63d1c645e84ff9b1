import type { PassEnd, SyncRun } from "../database/sync_run.ts";
import { fetchApplicationsSinceData } from "../occ/fetch_applications_since_data.ts";
import type { Occ } from "../occ/invoke_occ.ts";
import { OccError } from "../occ/occ_error.ts";
import { chunkArray } from "./batch_processor.ts";

/** Keeps a call far inside the Data API's statement timeout. */
const LISTED_PER_CALL = 5000;

export interface ListDependencies {
  occ: Occ;
  log: (line: string) => void;
  shutdown: AbortSignal;
}

export interface Listed {
  /** How many applications are due now, those of earlier runs among them. */
  due: number;
  warnings: string[];
}

/**
 * Stores OCC's list in the queue, unless an earlier pass of the run has done so. Once it is stored the list is durable,
 * and the watermark may move before a single application is fetched. Without a list the pass has to end.
 *
 * @throws DatabaseError
 */
export async function listApplications(
  { occ, log, shutdown }: ListDependencies,
  run: SyncRun,
): Promise<Listed | { end: PassEnd }> {
  if (run.listed) return { due: run.due, warnings: [] };
  try {
    const signal = AbortSignal.any([shutdown, run.lost]);
    const { applications, warnings } = await fetchApplicationsSinceData(occ, run.sinceDate, signal);
    log(`[syncApplicationsSince] Found ${applications.length} changed applications`);
    const parts = chunkArray(applications, LISTED_PER_CALL);
    const last = parts.pop() ?? [];
    for (const part of parts) await run.enqueue(part, false);
    const { due } = await run.enqueue(last, true);
    return { due, warnings };
  } catch (error) {
    const end = { warnings: [], anomalies: [] };
    if (error instanceof OccError) return { end: { ...end, handOver: false, reason: error.message } };
    if (shutdown.aborted && !run.lost.aborted) return { end: { ...end, handOver: true } };
    throw error;
  }
}
