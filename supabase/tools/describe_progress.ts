import type { Database } from "../functions/sync-applications/database/database.types.ts";
import { describeDuration } from "./terminal/words.ts";

export type Run = Database["public"]["Views"]["sync_runs"]["Row"];

export interface Progress {
  text: string;
  /** How much of it is done, from 0 to 1; undefined while nobody can say. */
  share?: number;
}

/** How far a run has come. */
export function describeProgress({ found, unchanged, synced, failed, outcome, ...run }: Run): Progress {
  const total = Number(found) - Number(unchanged);
  const done = Number(synced) + Number(failed);
  // What earlier runs left is fetched too: of that nobody can say how much it is.
  if (total <= 0 || done > total) return { text: String(outcome) };
  const rate = Number(run.applications_per_second);
  const failures = Number(failed) > 0 ? `, ${failed} failed` : "";
  const left = rate > 0 && done < total ? `, ${rate}/s, ${describeDuration((total - done) / rate)} left` : "";
  return { text: `${done} of ${total}${failures}${left}`, share: done / total };
}
