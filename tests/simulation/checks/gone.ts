import type { ApplicationStatus, Inspection } from "../database/inspection.ts";
import { type SimApplication, stateAt } from "../occ/applications.ts";
import type { Simulation } from "../simulation.ts";
import { DAY, MINUTE } from "../time_units.ts";
import { isHealthy, isSick } from "./health.ts";

/** From its fetch until an answer is settled, by a pass that is not frozen. Milliseconds. */
const PASS = 3 * MINUTE;
/** A day inside what a reconciliation lists, with room for the days until it does. Milliseconds. */
const RECONCILED = 26 * DAY;

/** Nothing is gone that OCC has had all the time, and no row is deleted but by a person. */
export function checkGone(simulation: Simulation, before: Inspection, after: Inspection, what: string): string[] {
  const { occ, scheduler } = simulation;
  const problems: string[] = [];
  const known = new Map(before.statuses.map((status) => [status.id, status]));
  for (const status of after.statuses) {
    const was = known.get(status.id);
    const application = occ.applications.all.get(status.id);
    if (status.state !== "gone" || !was || was.state === "gone" || !application) continue;
    const from = evidenceFrom(was, scheduler.now()) - PASS;
    if (isSick(application, scheduler.now(), DAY) || wasAbsent(application, from)) continue;
    problems.push(`${status.id} is gone, although OCC has had it all the time: ${JSON.stringify(was)}`);
  }
  if (!/^\s*(delete|truncate|update)/.test(what)) {
    const rows = new Set(after.applications.map(({ id }) => id));
    for (const { id } of before.applications) if (!rows.has(id)) problems.push(`the row of ${id} is deleted`);
  }
  return problems;
}

/** When the first of the answers came that speak of its being gone. */
function evidenceFrom({ missingSince, notFoundSince, failingSince }: ApplicationStatus, now: number): number {
  return (missingSince === null ? failingSince : notFoundSince) ?? now;
}

function wasAbsent({ absences }: SimApplication, from: number): boolean {
  return absences.some(({ to }) => to > from);
}

/** What was deleted at OCC, is stored, lies inside the reconciliation's days, and is not gone. */
export function findGoneMissed(simulation: Simulation): string[] {
  const { occ, scheduler, now } = simulation;
  // Nobody can tell while there is a gap, or nothing else OCC answers with.
  const anyOther = now.statuses.some(({ id, state }) => state === "synced" && isHealthy(simulation, id, 0));
  if (now.gap || !anyOther) return [];
  const stored = new Map(now.applications.map((row) => [row.id, row]));
  return now.statuses.flatMap((status) => {
    const application = occ.applications.all.get(status.id);
    if (!application || stateAt(application, scheduler.now()) || status.state === "gone") return [];
    const dates = [stored.get(status.id)?.saved ?? null, status.listed].filter((date) => date !== null);
    const isInside = stored.has(status.id) && dates.length > 0 && Math.min(...dates) > scheduler.now() - RECONCILED;
    return isInside ? [`${status.id} is deleted at OCC and not gone: ${JSON.stringify(status)}`] : [];
  });
}
