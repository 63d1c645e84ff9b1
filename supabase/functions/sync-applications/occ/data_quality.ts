import { STORED_ATTRIBUTES } from "./application_medium.ts";
import type { FetchedApplication } from "./fetch_medium_application_data.ts";

/** As few fetched applications say nothing about a whole run. */
const MIN_SAMPLE = 20;
/** Clocks differ; what lies further ahead is a wrong date. Milliseconds. */
const FUTURE_AFTER_MS = 10 * 60_000;
const MAX_NAMES = 10;

export interface DataQuality {
  /** Takes one application as OCC sent it. */
  observe(application: FetchedApplication, now: number): void;
  /** What was noticed: `warnings` for the log; `anomalies` are so much of it that somebody has to look. */
  report(): { warnings: string[]; anomalies: string[] };
}

/** Watches what OCC sends over one pass. Names of attributes only, never a value. */
export function createDataQuality(): DataQuality {
  const stored = new Set<string>(STORED_ATTRIBUTES);
  const unknown = new Map<string, number>();
  const present = new Map<string, number>();
  let fetched = 0;
  let future = 0;

  function count(map: Map<string, number>, name: string): void {
    // OCC is not trusted to send few names.
    if (map.has(name) || map.size < 100) map.set(name, (map.get(name) ?? 0) + 1);
  }

  return {
    observe({ sentAttributes, attributes: { lastSavedDateTime } }, now) {
      fetched++;
      for (const name of sentAttributes) count(stored.has(name) ? present : unknown, name);
      if (lastSavedDateTime !== null && Date.parse(lastSavedDateTime) > now + FUTURE_AFTER_MS) future++;
    },
    report() {
      const gone = STORED_ATTRIBUTES.filter((name) => !present.has(name));
      const warnings: string[] = [];
      const anomalies: string[] = [];
      if (unknown.size > 0) warnings.push(`OCC sends attributes that are not stored: ${list([...unknown.keys()])}`);
      if (future > 0) warnings.push(`${future} of ${fetched} applications have a lastSavedDateTime in the future`);
      if (fetched >= MIN_SAMPLE) {
        if (gone.length > 0) anomalies.push(`OCC no longer sends: ${list(gone)} (in none of ${fetched} applications)`);
        if (future > fetched / 2) anomalies.push(`${future} of ${fetched} applications were saved in the future`);
      }
      return { warnings: [...warnings, ...anomalies], anomalies };
    },
  };
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).map((name) => name.replaceAll(/[^\w.-]/g, "?").slice(0, 40)).join(", ");
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}
