import type { ApplicationStatus, Inspection } from "../database/inspection.ts";
import type { Simulation } from "../simulation.ts";
import { DAY, HOUR, MINUTE } from "../time_units.ts";
import { findDifferences } from "./convergence.ts";

/** Of an application that fails for good, from its first failure until it is parked. */
const FETCHES_UNTIL_PARKED = 40;
/** What failed so many times is not asked for before its wait ends, even if nobody can tell how OCC is. */
const ATTEMPTS_IN_DOUBT = 7;
/** Of an application without a date. */
const FETCHES_A_DAY = 30;
/** The longest wait of one that failed, and of one that is parked. */
const WAITS = { failed: HOUR, parked: DAY } as const;
const TICK = 5 * MINUTE;

/** What the rules may cost, and how soon they mend. */
export function createBounds(simulation: Simulation) {
  const { occ, scheduler, profile, excused, wellAt, see, trace } = simulation;
  const problems: string[] = [];
  /** Failures were counted that may be OCC's: nothing could tell, and OCC has not answered since. */
  let isInDoubt = false;

  function noteOcc(before: Inspection, after: Inspection): void {
    const known = new Map(before.runs.map((run) => [run.id, run.occ]));
    for (const { id, occ } of after.runs) {
      if (occ === known.get(id)) continue;
      if (occ === "unknown") isInDoubt = true;
      if (occ === "well") isInDoubt = false;
    }
  }

  function checkAsked(before: Inspection, after: Inspection): void {
    const ended = before.runs.find(({ held }) => held);
    const waits = new Map(before.statuses.map((status) => [status.id, status.nextAttemptAt ?? 0]));
    const early = after.statuses.filter(({ id, nextAttemptAt }) => (nextAttemptAt ?? Infinity) < (waits.get(id) ?? 0));
    // OCC is back: all that failed is due.
    if (early.length === 0 || after.runs.find(({ id }) => id === ended?.id)?.occ === "well") return;
    see("one that failed is asked for while nobody can tell");
    if (early.length > 1) problems.push(`${early.length} are asked for before their waits end`);
    for (const { id, state, attempts } of early.filter((status) => !mayBeAsked(status))) {
      problems.push(`${id}, ${state} after ${attempts} attempts, is asked for before its wait ends`);
    }
  }

  function fetchesSince(id: string, from: number, to = scheduler.now()): number {
    return (occ.fetches.get(id) ?? []).filter((time) => from <= time && time <= to).length;
  }

  return {
    step(before: Inspection, after: Inspection, what: string): void {
      noteOcc(before, after);
      if (what.includes("finish_sync_pass")) checkAsked(before, after);
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
    isInDoubt: () => isInDoubt,
    /**
     * When what was stale is current, now that OCC is back and the pass that was under way has ended: so many ticks later;
     * but when failures may have been OCC's, and each has been tried too often to be asked for, with the tick at which the
     * first wait has ended.
     */
    currentBy(wasInDoubt: boolean, ticks: number): number {
      const soon = wellAt + ticks * TICK;
      const waiting = simulation.now.statuses.filter(({ id, nextAttemptAt }) =>
        nextAttemptAt !== null && !excused.has(id)
      );
      if (!isInDoubt || waiting.length === 0 || waiting.some(mayBeAsked)) {
        if (wasInDoubt) see("OCC's return is seen within two ticks without a canary");
        return soon;
      }
      const first = Math.min(...waiting.map(({ nextAttemptAt }) => nextAttemptAt ?? Infinity));
      const kind = waiting.some(({ state }) => state === "failed") ? "failed" : "parked";
      if (first > scheduler.now() + WAITS[kind]) {
        problems.push(`${kind} ones wait for too long: nobody sees OCC's return`);
      }
      see("OCC's return is seen when the first wait ends");
      trace(`OCC's return is seen after ${Math.round((first - wellAt) / MINUTE)} min`);
      return Math.max(soon, Math.ceil(first / TICK) * TICK);
    },
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

function mayBeAsked({ state, attempts }: ApplicationStatus): boolean {
  return state === "failed" && attempts < ATTEMPTS_IN_DOUBT;
}
