import { daysBefore } from "../../../supabase/functions/sync-applications/calendar.ts";
import type { OccFault } from "../occ/occ_faults.ts";
import type { Simulation } from "../simulation.ts";
import { HOUR, MINUTE } from "../time_units.ts";
import { untilSomeTime } from "./until_some_time.ts";

/** Lets a fault be from now on, for a time between. */
function fault(lowMs: number, highMs: number, make: (simulation: Simulation) => OccFault) {
  return (simulation: Simulation): void => {
    const { occ, scheduler, trace } = simulation;
    const made = make(simulation);
    const to = untilSomeTime(simulation, lowMs, highMs);
    trace(`OCC: ${JSON.stringify(made)} for ${Math.round((to - scheduler.now()) / MINUTE)} min`);
    occ.faults.add(made, scheduler.now(), to);
  };
}

/** What goes wrong at OCC as a whole. */
export const OCC_TROUBLE = {
  "details down": fault(10 * MINUTE, 3 * HOUR, () => ({ kind: "details down" })),
  "details time out": fault(10 * MINUTE, 2 * HOUR, () => ({ kind: "details time out" })),
  "details 404": fault(10 * MINUTE, 2 * HOUR, () => ({ kind: "details 404" })),
  "details rejected": fault(10 * MINUTE, HOUR, () => ({ kind: "details rejected" })),
  "list down": fault(10 * MINUTE, 3 * HOUR, () => ({ kind: "list down" })),
  "list times out": fault(10 * MINUTE, 2 * HOUR, () => ({ kind: "list times out" })),
  "list empty": fault(10 * MINUTE, 46 * HOUR, () => ({ kind: "list empty" })),
  "list short": fault(30 * MINUTE, 10 * HOUR, () => ({ kind: "list short" })),
  "list repeats itself": fault(30 * MINUTE, 10 * HOUR, () => ({ kind: "list repeats itself" })),
  "partial outage": fault(30 * MINUTE, 20 * HOUR, ({ random }) => ({
    kind: "partial outage",
    share: random.pick([0.2, 0.5, 0.8, 0.97]),
  })),
  "flaky": fault(HOUR, 10 * HOUR, ({ random }) => ({ kind: "flaky", share: random.pick([0.02, 0.2]) })),
  "throttled": fault(30 * MINUTE, 5 * HOUR, ({ random }) => ({ kind: "throttled", share: random.pick([0.1, 0.5]) })),
  "replicas lag": fault(30 * MINUTE, 10 * HOUR, ({ random, profile }) => ({
    kind: "replicas lag",
    share: random.pick([1, 0.5]),
    lag: random.whole(MINUTE, (profile.maxLagMinutes ?? 8) * MINUTE),
  })),
  "list lags": fault(30 * MINUTE, 10 * HOUR, ({ random }) => ({
    kind: "list lags",
    lag: random.whole(MINUTE, 10 * MINUTE),
    flaps: random.chance(0.5),
  })),
  "list too large": (simulation: Simulation) =>
    tooLarge(simulation, simulation.random.pick(simulation.profile.forEver ? [0, 0, 1, 2] : [0, 0, 0, 1, -1])),
  "list larger still": (simulation: Simulation) => tooLarge(simulation, 0),
};

/** From so many days ago on OCC cannot give its list in one piece. */
function tooLarge({ occ, scheduler, random, trace, profile, wellAt }: Simulation, daysAgo: number): void {
  const today = occ.write(scheduler.now()).slice(0, 10);
  const as = random.pick(["too large", "413", "time out"] as const);
  const made = { kind: "list too large", before: daysBefore(today, daysAgo), as } as const;
  trace(`OCC: ${JSON.stringify(made)}`);
  occ.faults.add(made, scheduler.now(), profile.forEver ? Infinity : wellAt);
}
