import { type Fate, FATES } from "../database/data_api_faults.ts";
import type { Simulation } from "../simulation.ts";
import { MINUTE, SECOND } from "../time_units.ts";
import { anyApplication, change } from "./of_applications.ts";
import { untilSomeTime } from "./until_some_time.ts";

function dataApi(fate: Fate, probability: number, lowMs: number, highMs: number) {
  return (simulation: Simulation): void => {
    const { dataApiFaults, scheduler, trace, wellAt, random } = simulation;
    const to = Math.min(wellAt, scheduler.now() + random.whole(lowMs, highMs));
    trace(`Data API: ${fate}, ${probability} of the calls, for ${Math.round((to - scheduler.now()) / SECOND)} s`);
    dataApiFaults.add({ fate, probability, from: scheduler.now(), to });
  };
}

/** Somebody in Studio locks one application's row, while OCC changes it. */
function lock(name: string, statement: (id: string) => string, highMs: number) {
  return async (simulation: Simulation): Promise<void> => {
    const { locks, scheduler, trace, see, excused } = simulation;
    const { id } = anyApplication(simulation);
    const to = untilSomeTime(simulation, MINUTE, highMs);
    const release = await locks.hold(statement(id));
    trace(`somebody ${name} ${id} for ${Math.round((to - scheduler.now()) / SECOND)} s`);
    see(`somebody ${name}`);
    excused.add(id);
    scheduler.at(to, async () => {
      trace(`somebody lets ${id} go`);
      await release();
    });
    scheduler.after(10 * SECOND, undefined, () => change(simulation, id, "forward"));
  };
}

/** What goes wrong between the function and its database, and inside it. */
export const DATABASE_TROUBLE = {
  "database away": dataApi("refused", 1, SECOND, 10 * MINUTE),
  "database hangs": dataApi("hangs", 1, SECOND, 10 * MINUTE),
  "database hangs at times": dataApi("hangs", 0.2, MINUTE, 60 * MINUTE),
  "database answers late": dataApi("late", 0.5, MINUTE, 60 * MINUTE),
  "database shaky": (simulation: Simulation): void => {
    const fate = simulation.random.pick(FATES);
    dataApi(fate, 0.1, 10 * MINUTE, 120 * MINUTE)(simulation);
  },
  "row locked": lock(
    "locks the row of",
    (id) => `select from public.tblsovereignapplications where g3_application_number = '${id}' for update`,
    90 * MINUTE,
  ),
  "status locked": lock(
    "locks the status of",
    (id) => `select from public.sync_status where g3_application_number = '${id}' for update`,
    60 * MINUTE,
  ),
  "row being inserted": async (simulation: Simulation): Promise<void> => {
    const { locks, scheduler, occ, random, trace, see, excused } = simulation;
    const id = `G3-new-${occ.applications.all.size}`;
    const release = await locks.hold(
      `insert into public.tblsovereignapplications (g3_application_number, owner) values ('${id}', 'somebody')`,
    );
    trace(`somebody inserts ${id}, and does not commit`);
    see("somebody inserts");
    excused.add(id);
    occ.applications.add(id, { at: scheduler.now(), saved: scheduler.now() + occ.applications.skew });
    scheduler.after(random.whole(MINUTE, 20 * MINUTE), undefined, release);
  },
};
