import { HOUR, MINUTE, type Simulation } from "../simulation.ts";
import { OCC_TROUBLE } from "./of_occ.ts";
import { APPLICATION_TROUBLE } from "./of_applications.ts";
import { DATABASE_TROUBLE } from "./of_database.ts";
import { PEOPLE } from "./of_people.ts";
import { WORKER_TROUBLE } from "./of_workers.ts";

/** Makes one kind of trouble begin now. */
export type Trouble = (simulation: Simulation) => void | Promise<void>;

/** All kinds of trouble by name; a profile says how much of each there is. */
export const TROUBLE = {
  ...OCC_TROUBLE,
  ...APPLICATION_TROUBLE,
  ...DATABASE_TROUBLE,
  ...WORKER_TROUBLE,
  ...PEOPLE,
} satisfies Record<string, Trouble>;

export type TroubleName = keyof typeof TROUBLE;

/** Lets the profile's trouble begin at times of the seed's choice. */
export function planTrouble(simulation: Simulation): void {
  const { scheduler, profile, random, troubleFrom, wellAt } = simulation;
  for (const [name, count] of Object.entries(profile.trouble)) {
    const trouble: Trouble = TROUBLE[name as TroubleName];
    for (let n = 0; n < count; n++) {
      const latest = profile.early?.includes(name as TroubleName) ? troubleFrom + 2 * HOUR : wellAt - 10 * MINUTE;
      const earliest = profile.late?.includes(name as TroubleName) ? wellAt - 5 * HOUR : troubleFrom;
      const at = random.whole(earliest, latest);
      scheduler.at(at, () => trouble(simulation));
    }
  }
}

/** A time from now until trouble ends, mostly short. Milliseconds since the epoch. */
export function untilSomeTime(
  { random, scheduler, wellAt, profile }: Simulation,
  lowMs: number,
  highMs: number,
): number {
  if (profile.toTheEnd) return wellAt;
  const high = Math.min(highMs, (profile.hours ?? 4) * HOUR);
  return Math.min(wellAt, scheduler.now() + random.whole(Math.min(lowMs, high), high));
}
