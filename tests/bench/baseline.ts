import type { ApplicationRow } from "../../supabase/functions/sync-applications/database/application_row.ts";
import { toApplicationRow } from "../../supabase/functions/sync-applications/sync/to_application_row.ts";
import { chunkArray } from "../../supabase/functions/sync-applications/sync/batch_processor.ts";
import { fetchApplicationsSinceData } from "../../supabase/functions/sync-applications/occ/fetch_applications_since_data.ts";
import { fetchMediumApplicationData } from "../../supabase/functions/sync-applications/occ/fetch_medium_application_data.ts";
import type { Occ } from "../../supabase/functions/sync-applications/occ/invoke_occ.ts";
import type { AttemptGate } from "../../supabase/functions/sync-applications/occ/lambda_invoker.ts";

/** For what learns nothing from OCC's throttling. */
export const OPEN_GATE: AttemptGate = { attempt: (send) => send(), throttled: () => {} };

const BATCH_SIZE = 15;
const CHUNK_SIZE = 100;

export interface BaselineResult {
  found: number;
  fetched: number;
  failed: number;
}

/** Where the baseline keeps its rows and its log; the specification uses supabase-js for both. */
export interface BaselineStore {
  openLog(sinceDate: string): Promise<string>;
  upsert(rows: ApplicationRow[]): Promise<void>;
  closeLog(id: string, result: BaselineResult): Promise<void>;
}

/**
 * The specification's algorithm as it is printed there ("Sync Orchestrator", "Batch Processing Strategy"): everything
 * listed is fetched, in batches of 15 behind a barrier, with a pause after each; the upserts follow when all is fetched.
 */
export async function syncAsSpecified(
  occ: Occ,
  store: BaselineStore,
  sinceDate: string,
  pause: () => Promise<void>,
): Promise<BaselineResult> {
  const logId = await store.openLog(sinceDate);
  const { applications } = await fetchApplicationsSinceData(occ, sinceDate);
  const rows: ApplicationRow[] = [];
  let failed = 0;
  for (const batch of chunkArray(applications, BATCH_SIZE)) {
    const settled = await Promise.allSettled(batch.map(({ id }) => fetchMediumApplicationData(occ, id)));
    for (const outcome of settled) {
      if (outcome.status === "fulfilled") rows.push(toApplicationRow(outcome.value));
      else failed++;
    }
    await pause();
  }
  for (const chunk of chunkArray(rows, CHUNK_SIZE)) await store.upsert(chunk);
  const result = { found: applications.length, fetched: rows.length, failed };
  await store.closeLog(logId, result);
  return result;
}
