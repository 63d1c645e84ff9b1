/** Notes that something was seen to happen. */
export type See = (what: string) => void;

/** What happened over all seeds, and how often: what never does is not tested, whatever the seeds say. */
export interface Sightings {
  see: See;
  /** Of what must happen sometimes, what never did. */
  missing(expected: readonly string[]): string[];
  list(): [string, number][];
}

export function createSightings(): Sightings {
  const counts = new Map<string, number>();
  return {
    see: (what) => void counts.set(what, (counts.get(what) ?? 0) + 1),
    missing: (expected) => expected.filter((what) => !counts.has(what)),
    list: () => [...counts].sort(([a], [b]) => a.localeCompare(b)),
  };
}
