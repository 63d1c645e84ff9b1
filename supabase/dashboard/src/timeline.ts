// One application's history as people tell it. Pure.
import type { ApplicationReport, Change } from "./api.ts";

/** What changed at one moment, by one hand. */
export interface Moment {
  at: string;
  run: string | null;
  changes: Pick<Change, "attribute" | "old" | "new">[];
}

/** Newest first, as the changes come; those of one moment by one hand together. */
export function toMoments(history: readonly Change[]): Moment[] {
  const moments: Moment[] = [];
  for (const { changed_at, run, ...change } of history) {
    const last = moments.at(-1);
    if (last && last.at === changed_at && last.run === run) last.changes.push(change);
    else moments.push({ at: changed_at, run, changes: [change] });
  }
  return moments;
}

export interface Stay {
  status: string;
  /** Of all the time that is known, in percent. */
  from: number;
  width: number;
}

/** The time in each status as parts of a bar; one whose beginning nobody knows has no length to draw. */
export function toStays(statuses: ApplicationReport["statuses"]): Stay[] {
  const known = statuses.filter(({ seconds }) => seconds !== null && seconds > 0);
  const whole = known.reduce((sum, { seconds }) => sum + seconds!, 0);
  let from = 0;
  return known.map(({ status, seconds }) => {
    const stay = { status: status ?? "none", from, width: (seconds! / whole) * 100 };
    from += stay.width;
    return stay;
  });
}

/** What somebody looks for first stands first; what is not known here comes behind it. */
const ORDER = [
  "G3_application_number",
  "applicationName",
  "applicationTitle",
  "appStatusDesc",
  "appStatusCode",
  "type",
  "tradingBranch",
  "currentTaskWith",
  "owner",
  "lastSavedDateTime",
];
/** When the row was written, not what OCC said. */
const LAST = ["created_at", "updated_at"];

export function orderAttributes(stored: Record<string, string | null>): [name: string, value: string | null][] {
  const place = (name: string) => {
    if (LAST.includes(name)) return ORDER.length + 1 + LAST.indexOf(name);
    return ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length;
  };
  return Object.entries(stored).sort(([a], [b]) => place(a) - place(b) || a.localeCompare(b));
}

/** Whether it is a moment, which is shown in the viewer's zone. */
export function isMoment(value: string | null): value is string {
  return value !== null && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/.test(value) && !Number.isNaN(Date.parse(value));
}
