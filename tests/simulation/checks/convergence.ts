import { parseLastSaved } from "../../../supabase/functions/sync-applications/occ/last_saved.ts";
import { createTimeZone } from "../../../supabase/functions/sync-applications/time_zone.ts";
import type { StoredApplication } from "../database/inspection.ts";
import { ownerOf, type SimApplication, stateAt, type Version } from "../occ/applications.ts";
import type { Simulation } from "../simulation.ts";
import { findGoneMissed } from "./gone.ts";
import { isHealthy } from "./health.ts";

/** Where the table differs from OCC's present state, and could know it. */
export function findDifferences(simulation: Simulation, only: (id: string) => boolean = () => true): string[] {
  const { occ, scheduler, now } = simulation;
  const stored = new Map(now.applications.map((row) => [row.id, row]));
  return [...occ.applications.all.values()].flatMap((application) => {
    const { id } = application;
    const state = stateAt(application, scheduler.now());
    if (!state || !only(id) || !isHealthy(simulation, id, 0)) return [];
    const row = stored.get(id);
    if (row && isCurrent(simulation, application, state, row)) return [];
    if (cannotBeTold(simulation, application, state)) return [];
    const status = now.statuses.find((each) => each.id === id);
    const seen = row ? `${row.owner}, ${row.saved && new Date(row.saved).toISOString()}` : "nothing";
    return [
      `${id} is ${ownerOf(state)}, ${occ.write(state.saved)} at OCC, stored is ${seen}; ${JSON.stringify(status)}`,
    ];
  });
}

function isCurrent({ occ }: Simulation, { undated }: SimApplication, state: Version, row: StoredApplication): boolean {
  if (row.owner !== ownerOf(state)) return false;
  if (undated === "details" || undated === "everywhere") return true;
  const text = parseLastSaved(occ.write(state.saved + occ.offset), createTimeZone(occ.style.zone));
  return text !== null && row.saved === Date.parse(text);
}

/** What nobody can know: a date that returned to an earlier value, and what lies in a gap. */
function cannotBeTold(simulation: Simulation, application: SimApplication, state: Version): boolean {
  const { occ, now, see } = simulation;
  if (now.gap && occ.write(state.saved).slice(0, 10) < now.gap.to) {
    see("stale in a gap");
    return true;
  }
  const status = now.statuses.find(({ id }) => id === application.id);
  // OCC said the same, and it was not so, through the night: it is asked once more, not for ever.
  const stuck = simulation.rechecked.has(application.id) && occ.mayHaveStuck(application);
  if (status?.state === "synced" && stuck) {
    see("OCC's older state outlasts a reconciliation");
    return true;
  }
  const isAsSettled = status?.state === "synced" && status.settled === status.listed;
  const returned = application.versions.some((version) => version !== state && version.saved === state.saved);
  if (isAsSettled && returned) see("a date returned to an earlier value");
  return isAsSettled && returned;
}

/** What is still under way, although nothing is wrong any more. */
export function unfinished(simulation: Simulation): string[] {
  const { now } = simulation;
  const open = now.running > 0 ? ["a run is open"] : [];
  if (now.waiting) open.push("a sync that was asked for has not begun");
  const stale = now.statuses.filter(({ id, state }) => state !== "synced" && isHealthy(simulation, id, 0));
  return [
    ...open,
    ...stale.map((status) => `still to be done: ${JSON.stringify(status)}`),
    ...findGoneMissed(simulation),
  ];
}
