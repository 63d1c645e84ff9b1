import type { Inspection } from "../database/inspection.ts";
import type { Simulation } from "../simulation.ts";
import { DAY } from "../time_units.ts";
import { findDifferences } from "./convergence.ts";

/** Of an application that fails for good, from its first failure until it is parked. */
const FETCHES_UNTIL_PARKED = 40;
/** Of an application without a date. */
const FETCHES_A_DAY = 30;

/** What the rules may cost, and how soon they mend. */
export function createBounds(simulation: Simulation) {
  const { occ, scheduler, profile, excused, wellAt, see, trace } = simulation;
  const problems: string[] = [];
  let withoutCanaryAt = -Infinity;

  function fetchesSince(id: string, from: number, to = scheduler.now()): number {
    return (occ.fetches.get(id) ?? []).filter((time) => from <= time && time <= to).length;
  }

  return {
    step(before: Inspection, after: Inspection): void {
      if (after.statuses.length > 0 && !after.statuses.some(({ state }) => state === "synced")) {
        withoutCanaryAt = scheduler.now();
      }
      const states = new Map(before.statuses.map((status) => [status.id, status]));
      for (const { id, state, failingSince } of after.statuses) {
        const was = states.get(id);
        if (state !== "parked" || was?.state === "parked") continue;
        const fetches = fetchesSince(id, failingSince ?? 0);
        trace(`${id} is parked after ${fetches} fetches`);
        if ((failingSince ?? 0) > scheduler.now() - DAY) problems.push(`${id} is parked before a day has gone by`);
        // While OCC fails nothing counts, and all is asked for at each tick.
        if (occ.faults.anyOfDetailsSince(failingSince ?? 0)) continue;
        see("fetches until parked counted");
        if (fetches > FETCHES_UNTIL_PARKED) problems.push(`${id} was fetched ${fetches} times before it was parked`);
      }
    },
    /** What has been stale for longer than the profile allows. */
    fresh(): string[] {
      if (profile.freshWithin === undefined) return [];
      const before = scheduler.now() - profile.freshWithin;
      if (simulation.disturbedAt > before) return [];
      return findDifferences(simulation, (id) => {
        const application = occ.applications.all.get(id);
        const last = application?.versions.at(-1);
        return !excused.has(id) && application?.faults.length === 0 && last !== undefined && last.at < before;
      });
    },
    /**
     * Whether every application was stale at once while there was trouble. Then nothing tells OCC's outage from their own
     * fault: failures count, and OCC's return is seen by the first of them whose backoff ends, within the hour.
     */
    hadNoCanary: () => withoutCanaryAt >= simulation.troubleFrom,
    soon(): string[] {
      return findDifferences(simulation, (id) => {
        const application = occ.applications.all.get(id);
        const last = application?.versions.at(-1);
        return !excused.has(id) && last !== undefined && last.at < wellAt;
      });
    },
    end(): string[] {
      // In an outage, or for a person, it is asked for more often.
      const calmFrom = profile.onlyUndated ? simulation.troubleFrom : wellAt;
      for (const application of occ.applications.all.values()) {
        if (application.undated === "nowhere") continue;
        for (let from = calmFrom; from + DAY <= scheduler.now(); from += DAY / 4) {
          const fetches = fetchesSince(application.id, from, from + DAY);
          see("fetches of an undated one counted");
          if (fetches > FETCHES_A_DAY) {
            problems.push(`${application.id} is undated and was fetched ${fetches} times a day`);
          }
        }
      }
      if (profile.fetchesPerChange !== undefined) {
        const versions = [...occ.applications.all.values()].reduce((sum, { versions }) => sum + versions.length, 0);
        const fetches = [...occ.fetches.values()].reduce((sum, times) => sum + times.length, 0);
        see("fetches per change measured");
        trace(`${fetches} fetches for ${versions} states`);
        if (fetches / versions > profile.fetchesPerChange) {
          problems.push(`${fetches} fetches for ${versions} states`);
        }
      }
      return problems;
    },
  };
}
