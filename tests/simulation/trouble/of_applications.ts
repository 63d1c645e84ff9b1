import { isWithin, type Mode, type SimApplication } from "../occ/applications.ts";
import { DETAIL_FAULTS, type DetailFault } from "../occ/detail_faults.ts";
import type { Simulation } from "../simulation.ts";
import { DAY, HOUR, MINUTE } from "../time_units.ts";
import { untilSomeTime } from "./until_some_time.ts";

/** One of OCC's applications, as long as it has any. */
export function anyApplication({ occ, random }: Simulation): SimApplication {
  return random.pick([...occ.applications.all.values()]);
}

export function change(simulation: Simulation, id: string, mode?: Mode): void {
  const { occ, random, profile, trace, see } = simulation;
  const chosen = mode ?? random.pick(profile.modes ?? ["forward"]);
  occ.applications.change(id, chosen);
  const last = occ.applications.all.get(id)?.versions.at(-1);
  see(`OCC changes ${chosen}`);
  trace(`OCC: ${id} changes (${chosen}) to state ${last?.k}, ${last && occ.write(last.saved)}`);
}

function breakOne(simulation: Simulation, kinds: readonly DetailFault[], untilEver: boolean): void {
  const { random, scheduler, wellAt, trace, profile } = simulation;
  const application = anyApplication(simulation);
  const kind = random.pick(kinds);
  const from = scheduler.now();
  const lasting = profile.early !== undefined ? Infinity : random.whole(30 * MINUTE, 44 * HOUR);
  const to = untilEver ? Infinity : Math.min(wellAt, from + lasting);
  application.faults.push({ kind, from, to });
  trace(
    `OCC: ${application.id} meets ${kind} ${untilEver ? "for ever" : `for ${Math.round((to - from) / MINUTE)} min`}`,
  );
  scheduler.after(MINUTE, undefined, () => change(simulation, application.id, "forward"));
}

const POISON = DETAIL_FAULTS.filter((kind) => kind !== "kills" && kind !== "throttled");

/** What happens to single applications. */
export const APPLICATION_TROUBLE = {
  "changes": (simulation: Simulation) => change(simulation, anyApplication(simulation).id),
  "burst": (simulation: Simulation) => {
    const { id } = anyApplication(simulation);
    change(simulation, id, "forward");
    const again = simulation.random.whole(30_000, 400_000);
    simulation.scheduler.after(again, undefined, () => change(simulation, id));
  },
  "news": ({ occ, scheduler, trace }: Simulation) => {
    const id = `G3-new-${occ.applications.all.size}`;
    trace(`OCC: ${id} is new`);
    occ.applications.add(id, { at: scheduler.now(), saved: scheduler.now() + occ.applications.skew });
  },
  "deletions": (simulation: Simulation) => {
    const { id } = anyApplication(simulation);
    simulation.trace(`OCC: ${id} is deleted`);
    simulation.see("OCC deletes");
    simulation.occ.applications.remove(id);
  },
  "comes back": (simulation: Simulation) => {
    const { occ, random, scheduler, trace, see } = simulation;
    const absent = [...occ.applications.all.values()].filter(({ absences }) => isWithin(absences, scheduler.now()));
    if (absent.length === 0) return;
    const { id } = random.pick(absent);
    const how = random.pick(["as it was", "changed"]);
    see(`OCC has one again ${how}`);
    trace(`OCC: ${id} is there again, ${how}`);
    occ.applications.restore(id);
    if (how === "changed") change(simulation, id);
  },
  "left out of the list": (simulation: Simulation) => {
    const { scheduler, trace } = simulation;
    const { id, unlisted } = anyApplication(simulation);
    const to = untilSomeTime(simulation, HOUR, 40 * HOUR);
    trace(`OCC: ${id} is left out of the list for ${Math.round((to - scheduler.now()) / MINUTE)} min`);
    unlisted.push({ from: scheduler.now(), to });
  },
  "poison": (simulation: Simulation) => breakOne(simulation, POISON, simulation.profile.forEver ?? false),
  "listed, and not there": (simulation: Simulation) => breakOne(simulation, ["404"], false),
  "killer": (simulation: Simulation) => breakOne(simulation, ["kills"], simulation.profile.forEver ?? false),
  "undated": (simulation: Simulation) => {
    const application = anyApplication(simulation);
    application.undated = simulation.random.pick(["list", "details", "everywhere"]);
    simulation.see(`OCC: undated: ${application.undated}`);
    simulation.trace(`OCC: ${application.id} has no date: ${application.undated}`);
    change(simulation, application.id, "forward");
  },
  "wrong date": (simulation: Simulation) => {
    const { random, scheduler, wellAt, trace, occ } = simulation;
    const application = anyApplication(simulation);
    const from = scheduler.now();
    const saved = random.pick([from + 300 * DAY, from - random.whole(0, 2 * DAY)]);
    const to = Math.min(wellAt, from + random.whole(10 * MINUTE, 10 * HOUR));
    application.wrongDates.push({ saved, from, to });
    trace(`OCC: ${application.id} is listed with ${occ.write(saved)} for ${Math.round((to - from) / MINUTE)} min`);
  },
};
