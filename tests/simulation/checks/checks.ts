import type { Inspection } from "../database/inspection.ts";
import type { Done } from "../database/sim_database.ts";
import type { Simulation } from "../simulation.ts";
import { createBounds } from "./bounds.ts";
import { findDifferences, unfinished } from "./convergence.ts";
import { checkHistory } from "./history.ts";
import { createRegressCheck } from "./regress.ts";
import { createRequestsCheck } from "./requests.ts";
import { checkSafety } from "./safety.ts";
import { checkStored } from "./stored.ts";
import { createAlertsCheck } from "./alerts.ts";
import { seeRuns } from "./see_runs.ts";
import { seeStatuses } from "./see_statuses.ts";

export interface Checks {
  /** After each statement. */
  step(before: Inspection, after: Inspection, done: Done): void;
  /** At any time. */
  fresh(): void;
  /** Whether failures were counted that may be OCC's. */
  isInDoubt(): boolean;
  /** Asked when the pass in which all became well has ended: when what was stale is current. */
  currentBy(wasInDoubt: boolean): number | undefined;
  /** What still is not by then. */
  soon(): void;
  /** What is not yet as it must be in the end. */
  unfinished(): string[];
  end(): void;
}

export function createChecks(simulation: Simulation): Checks {
  const { problems, profile, see } = simulation;
  const requests = createRequestsCheck(simulation);
  const regress = createRegressCheck(simulation);
  const bounds = createBounds(simulation);
  const alerts = createAlertsCheck(simulation);
  return {
    step(before, after, done) {
      const what = done.text;
      problems.push(...checkSafety(simulation, before, after, what), ...checkStored(simulation, before, after, done));
      problems.push(...checkHistory(before, after));
      for (const { id, rechecking } of after.statuses) if (rechecking) simulation.rechecked.add(id);
      problems.push(...requests.step(before, after, what));
      regress.step(before, after);
      bounds.step(before, after, what);
      problems.push(...alerts.step(before, after, what));
      seeStatuses(before, after, what, see);
      seeRuns(before, after, what, see);
    },
    fresh: () => void problems.push(...bounds.fresh().map((text) => `stale for long: ${text}`)),
    isInDoubt: bounds.isInDoubt,
    currentBy: (wasInDoubt) => profile.soon === undefined ? undefined : bounds.currentBy(wasInDoubt, profile.soon),
    soon: () => void problems.push(...bounds.soon().map((text) => `stale although all has been well: ${text}`)),
    unfinished: () => [...findDifferences(simulation), ...unfinished(simulation)],
    end() {
      problems.push(...findDifferences(simulation), ...unfinished(simulation));
      problems.push(...requests.end(), ...regress.end(), ...bounds.end(), ...alerts.end());
    },
  };
}
