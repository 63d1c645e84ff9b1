import type { SyncRun } from "../database/sync_run.ts";
import { fetchMediumApplicationData } from "../occ/fetch_medium_application_data.ts";
import type { Occ } from "../occ/invoke_occ.ts";
import { failureCause, mostFrequent } from "./failure_cause.ts";

/**
 * How OCC is, told by applications it is known to have served: `well`; `unwell` when one of them fails too; `unknown`
 * without any.
 */
export interface OccHealth {
  occ: "well" | "unwell" | "unknown";
  /** Canaries that failed. */
  failedCanaries: string[];
  /** Why most of them did. */
  cause?: string;
}

/**
 * Asks OCC for a few applications that are synced. What it answers is not stored: only whether it answers counts.
 *
 * @throws DatabaseError, or the signal's reason
 */
export async function askCanaries(occ: Occ, run: SyncRun, signal: AbortSignal): Promise<OccHealth> {
  const canaries = await run.chooseCanaries();
  if (canaries.length === 0) return { occ: "unknown", failedCanaries: [] };
  const answers = await Promise.allSettled(canaries.map((id) => fetchMediumApplicationData(occ, id, signal)));
  signal.throwIfAborted();
  const failedCanaries = canaries.filter((_, index) => answers[index]?.status === "rejected");
  if (failedCanaries.length === 0) return { occ: "well", failedCanaries };
  const causes = answers.flatMap((answer) => answer.status === "rejected" ? [failureCause(answer.reason)] : []);
  return { occ: "unwell", failedCanaries, cause: mostFrequent(causes) };
}
