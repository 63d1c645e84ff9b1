import { freeze, invoke, kill, shutDown } from "../function/workers.ts";
import type { Simulation } from "../simulation.ts";
import { HOUR, MINUTE, SECOND } from "../time_units.ts";

/** What happens to the function's workers. */
export const WORKER_TROUBLE = {
  "kills": (simulation: Simulation) =>
    whileOneWorks(simulation, () => {
      for (const worker of simulation.workers) kill(simulation, worker);
    }),
  "freezes": (simulation: Simulation) =>
    whileOneWorks(simulation, () => {
      const { random, scheduler } = simulation;
      // Who wakes while the next one works is the most dangerous.
      const untilNextTick = 5 * MINUTE - scheduler.now() % (5 * MINUTE) + random.whole(300, 8000);
      const ms = random.pick([5 * SECOND, 100 * SECOND, HOUR, untilNextTick, untilNextTick, untilNextTick]);
      for (const worker of simulation.workers) freeze(simulation, worker, ms);
    }),
  "shutdowns": (simulation: Simulation) =>
    whileOneWorks(simulation, () => {
      for (const worker of simulation.workers) {
        shutDown(simulation, worker, simulation.random.whole(100, 10 * SECOND));
      }
    }),
  "second tick": (simulation: Simulation) =>
    invoke(simulation, { what: "second tick", body: { trigger: "schedule" }, async: true }),
  "ticks lost": (simulation: Simulation) => {
    const { scheduler, random, trace } = simulation;
    const ms = random.whole(10 * MINUTE, 2 * HOUR);
    trace(`ticks are lost for ${Math.round(ms / MINUTE)} min`);
    simulation.ticksLost = random.pick([0.5, 1]);
    scheduler.after(ms, undefined, () => void (simulation.ticksLost = 0));
  },
};

/** Waits until a worker is at work, mostly: nothing happens to those that are not there. */
function whileOneWorks(simulation: Simulation, act: () => void): void {
  const { scheduler, random, workers, wellAt } = simulation;
  if (workers.size > 0) return act();
  if (scheduler.now() > wellAt - MINUTE) return;
  scheduler.after(random.whole(SECOND, 20 * SECOND), undefined, () => whileOneWorks(simulation, act));
}
