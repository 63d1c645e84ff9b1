import { STORED_ATTRIBUTES } from "./application_medium.ts";
import type { FetchedApplication } from "./fetch_medium_application_data.ts";

/** As few fetched applications say nothing about a whole run. */
const MIN_SAMPLE = 20;
/** Clocks differ; what lies further ahead is a wrong date. Milliseconds. */
const FUTURE_AFTER_MS = 10 * 60_000;
const MAX_KEPT_NAMES = 100;
const MAX_SHOWN_NAMES = 10;

export interface DataQuality {
  /** Takes one application as OCC sent it. */
  observe(application: FetchedApplication, now: number): void;
  /** What was noticed: `warnings` for the log; `anomalies` are so much of it that somebody has to look. */
  report(): { warnings: string[]; anomalies: string[] };
}

/**
 * Watches what OCC sends over one pass. Names of attributes only, never a value. What OCC no longer sends only the
 * database can tell, which knows what it used to send (`sovereign_sync.missing_attributes`).
 */
export function createDataQuality(): DataQuality {
  const stored = new Set<string>(STORED_ATTRIBUTES);
  const unknown = new Set<string>();
  let fetched = 0;
  let future = 0;

  return {
    observe({ sentAttributes, attributes: { lastSavedDateTime } }, now) {
      fetched++;
      for (const name of sentAttributes) {
        // OCC is not trusted to send few names.
        if (!stored.has(name) && unknown.size < MAX_KEPT_NAMES) unknown.add(name);
      }
      if (lastSavedDateTime !== null && Date.parse(lastSavedDateTime) > now + FUTURE_AFTER_MS) future++;
    },
    report() {
      const warnings: string[] = [];
      const anomalies: string[] = [];
      if (unknown.size > 0) warnings.push(`OCC sends attributes that are not stored: ${list([...unknown])}`);
      if (future > 0) warnings.push(`${future} of ${fetched} applications have a lastSavedDateTime in the future`);
      if (fetched >= MIN_SAMPLE && future > fetched / 2) {
        anomalies.push(`${future} of ${fetched} applications were saved in the future`);
      }
      return { warnings: [...warnings, ...anomalies], anomalies };
    },
  };
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, MAX_SHOWN_NAMES).map((name) => name.replaceAll(/[^\w.-]/g, "?").slice(0, 40)).join(", ");
  return names.length > MAX_SHOWN_NAMES ? `${shown} and ${names.length - MAX_SHOWN_NAMES} more` : shown;
}
