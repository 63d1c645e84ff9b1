import type { Failure, SyncRun } from "../database/sync_run.ts";
import type { Occ } from "../occ/invoke_occ.ts";
import { askCanaries, type OccHealth } from "./canaries.ts";
import { chunkArray } from "./batch_processor.ts";
import { mostFrequent } from "./failure_cause.ts";

/** A larger share of failures than this asks for canaries. */
const SUSPICIOUS_SHARE = 1 / 4;
/** Failures per call. */
const SETTLED_PER_CALL = 100;

export interface FailureVerdict extends Partial<OccHealth> {
  /** Failures that are OCC's, not their applications': they do not count, and all are due at once. */
  givenBack: Failure[];
  reason?: string;
}

/**
 * Judges what failed in a pass, at its end: failures belong to their applications only when OCC is well. Those that do
 * are settled here.
 *
 * @throws DatabaseError, or the signal's reason
 */
export async function judgeFailures(
  occ: Occ,
  run: SyncRun,
  { failures, fetched }: { failures: Failure[]; fetched: number },
  signal: AbortSignal,
): Promise<FailureVerdict> {
  const attempted = failures.length + fetched;
  const health = failures.length > attempted * SUSPICIOUS_SHARE ? await askCanaries(occ, run, signal) : undefined;
  if (health?.occ === "unwell") {
    const reason =
      `OCC is failing: ${failures.length} of ${attempted} applications could not be fetched, and neither ` +
      `could applications it served before (${mostFrequent(failures.map(({ cause }) => cause))}); all are tried again`;
    return { ...health, givenBack: failures, reason };
  }
  // When OCC has nothing at all, that says nothing of one application.
  const isAnswering = fetched > 0 || health?.occ === "well";
  const judged = isAnswering ? failures : failures.map(({ notFound: _, ...failure }) => failure);
  for (const part of chunkArray(judged, SETTLED_PER_CALL)) await run.settle([], part);
  return { ...health, givenBack: [] };
}
