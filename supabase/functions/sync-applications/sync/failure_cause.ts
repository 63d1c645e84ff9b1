import { OccError } from "../occ/occ_error.ts";

/** What went wrong with one call, without saying for which application: the same for all that fail for one cause. */
export function failureCause(error: unknown): string {
  if (error instanceof OccError) return error.state;
  return `unexpected ${error instanceof Error ? error.name : typeof error}`;
}

/** The one that stands for all of them; empty without any. */
export function mostFrequent(causes: string[]): string {
  const counts = new Map<string, number>();
  for (const cause of causes) counts.set(cause, (counts.get(cause) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? "";
}
