import { type SimApplication, stateAt } from "../occ/applications.ts";
import type { Simulation } from "../simulation.ts";
import { HOUR } from "../time_units.ts";

/** Whether OCC has had something wrong with this application alone, now or in the hours before. */
export function isSick({ faults }: SimApplication, now: number, before = 2 * HOUR): boolean {
  return faults.some(({ from, to }) => from <= now && now < to + before);
}

/** Whether it is at OCC and nothing has been wrong with it. */
export function isHealthy({ occ, scheduler }: Simulation, id: string, before?: number): boolean {
  const application = occ.applications.all.get(id);
  if (!application || !stateAt(application, scheduler.now())) return false;
  return !isSick(application, scheduler.now(), before);
}
