import { createHash } from "node:crypto";
import { createChecks } from "./checks/checks.ts";
import { startCron } from "./function/cron.ts";
import { deliver } from "./function/pg_net.ts";
import { comeToRest } from "./scheduler.ts";
import { setUp } from "./set_up.ts";
import type { Simulation } from "./simulation.ts";
import type { Stage } from "./stage.ts";
import { DAY, MINUTE, SECOND } from "./time_units.ts";
import { planTrouble } from "./trouble/plan_trouble.ts";

/** What has not converged by then never will. */
const QUIET_MS = 2.2 * DAY;
const TICK = 5 * MINUTE;
/** A pass that began at the tick has ended. */
const PASS = 90 * SECOND;

export interface SeedResult {
  profile: string;
  safetyOnly: boolean;
  problems: string[];
  /** What happened, for a person. */
  trace: string[];
  /** The same for the same seed. */
  fingerprint: string;
  steps: number;
  kills: number;
  virtualMs: number;
}

/** Plays one seed: some hours of trouble, then quiet, and in the end everything must be as it is at OCC. */
export async function simulateSeed(stage: Stage, seed: number, profileName?: string): Promise<SeedResult> {
  const lines: string[] = [];
  const simulation = await setUp(stage, seed, lines, profileName);
  const { scheduler, problems, trace, profile } = simulation;
  const start = scheduler.now();
  const checks = createChecks(simulation);
  let steps = 0;

  async function play(until: number): Promise<void> {
    while (problems.length === 0 && await scheduler.step(until)) steps++;
    scheduler.advanceTo(until);
  }

  function checkFreshness(): void {
    checks.fresh();
    scheduler.after(TICK, undefined, checkFreshness);
  }

  async function comeToQuiet(): Promise<void> {
    const wasInDoubt = checks.isInDoubt();
    await heal(simulation);
    await play(simulation.wellAt + PASS);
    const currentBy = checks.currentBy(wasInDoubt);
    if (currentBy !== undefined) await play(currentBy + PASS);
    if (problems.length === 0 && currentBy !== undefined) checks.soon();
    const latest = simulation.wellAt + QUIET_MS;
    while (problems.length === 0 && scheduler.now() < latest && checks.unfinished().length > 0) {
      await play(scheduler.now() + TICK);
    }
    await play(scheduler.now() + (profile.after ?? 0));
    // Alerts are resolved by what is seen to go well.
    simulation.everyTick = true;
    await play(scheduler.now() + 2 * TICK + PASS);
    if (problems.length === 0) checks.end();
  }

  simulation.database.onInspection((after, done) => {
    const before = simulation.now;
    simulation.now = after;
    checks.step(before, after, done);
    deliver(simulation, after.requests);
  });
  startCron(simulation);
  scheduler.at(simulation.troubleFrom, checkFreshness);
  planTrouble(simulation);
  await play(simulation.wellAt);
  if (problems.length === 0 && !simulation.safetyOnly) await comeToQuiet();

  for (const worker of simulation.workers) worker.alive = false;
  await comeToRest();
  await stage.locks.releaseAll();
  if (problems.length > 0) trace(problems.join("\n"));
  return {
    profile: simulation.name,
    safetyOnly: simulation.safetyOnly,
    problems,
    trace: lines,
    fingerprint: createHash("sha256").update(lines.join("\n")).digest("hex"),
    steps,
    kills: simulation.kills,
    virtualMs: scheduler.now() - start,
  };
}

/** All trouble ends that is not meant to last for ever. */
async function heal(simulation: Simulation): Promise<void> {
  const { occ, dataApiFaults, locks, trace, scheduler, profile } = simulation;
  trace("quiet from here on");
  if (!profile.forEver) occ.faults.heal();
  dataApiFaults.heal();
  Object.assign(simulation, { dispatches: { lost: 0, doubled: 0 }, ticksLost: 0 });
  for (const { faults, unlisted } of occ.applications.all.values()) {
    for (const fault of [...faults, ...unlisted]) {
      if (fault.to !== Infinity) fault.to = Math.min(fault.to, scheduler.now());
    }
  }
  await locks.releaseAll();
}
