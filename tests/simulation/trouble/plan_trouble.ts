import type { Simulation } from "../simulation.ts";
import { HOUR, MINUTE } from "../time_units.ts";
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

/** Lets the profile's trouble begin at times of the seed's choice. */
export function planTrouble(simulation: Simulation): void {
  const { scheduler, profile, random, troubleFrom, wellAt } = simulation;
  for (const [name, count] of Object.entries(profile.trouble)) {
    const trouble = new Map<string, Trouble>(Object.entries(TROUBLE)).get(name);
    if (!trouble) throw new Error(`There is no trouble named ${name}`);
    for (let n = 0; n < count; n++) {
      const latest = profile.early?.includes(name) ? troubleFrom + 2 * HOUR : wellAt - 10 * MINUTE;
      const earliest = profile.late?.includes(name) ? wellAt - 5 * HOUR : troubleFrom;
      const at = random.whole(earliest, latest);
      scheduler.at(at, () => trouble(simulation));
    }
  }
}
