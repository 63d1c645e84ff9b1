import { createHash } from "node:crypto";
import { createRandom } from "../support/random.ts";
import { createChecks } from "./checks/checks.ts";
import { createDataApi, readRpcs } from "./database/data_api.ts";
import { createDataApiFaults } from "./database/data_api_faults.ts";
import { NOTHING } from "./database/inspection.ts";
import { createSimDatabase, emptyDatabase } from "./database/sim_database.ts";
import { startCron } from "./function/cron.ts";
import { deliver } from "./function/pg_net.ts";
import { createSimOcc } from "./occ/sim_occ.ts";
import { CLOCKS_PUT_BACK, TIME_STYLES } from "./occ/times.ts";
import type { Profile } from "./profile.ts";
import { PROFILES } from "./profiles.ts";
import { comeToRest, createScheduler } from "./scheduler.ts";
import type { Stage } from "./stage.ts";
import type { Simulation } from "./simulation.ts";
import { DAY, HOUR, MINUTE, SECOND } from "./time_units.ts";
import { planTrouble } from "./trouble/plan_trouble.ts";

const STARTS = ["2026-03-02T09:00:00Z", "2026-03-02T22:30:00Z", "2026-06-30T23:20:00Z", "2026-02-28T14:00:00Z"];
/** What has not converged by then never will. */
const QUIET_MS = 2.2 * DAY;

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
  const { simulation, name } = await setUp(stage, seed, lines, profileName);
  const { scheduler, problems, trace } = simulation;
  const start = scheduler.now();
  const checks = createChecks(simulation);
  let steps = 0;
  async function play(until: number): Promise<void> {
    while (problems.length === 0 && await scheduler.step(until)) steps++;
    scheduler.advanceTo(until);
  }

  function checkFreshness(): void {
    scheduler.after(5 * MINUTE, undefined, () => {
      checks.fresh();
      checkFreshness();
    });
  }

  simulation.database.onInspection((after, done) => {
    const before = simulation.now;
    simulation.now = after;
    checks.step(before, after, done);
    deliver(simulation, after.requests);
  });
  startCron(simulation);
  checkFreshness();
  planTrouble(simulation);
  await play(simulation.wellAt);
  if (problems.length === 0 && !simulation.safetyOnly) {
    await heal(simulation);
    const end = simulation.wellAt + QUIET_MS;
    const soon = (simulation.profile.soon ?? 0) * 5 * MINUTE + 90 * SECOND;
    await play(simulation.wellAt + soon);
    if (problems.length === 0) checks.soon();
    while (problems.length === 0 && scheduler.now() < end && checks.unfinished().length > 0) {
      await play(scheduler.now() + 5 * MINUTE);
    }
    await play(scheduler.now() + (simulation.profile.after ?? 0));
    // Alerts are resolved by what is seen to go well.
    simulation.everyTick = true;
    await play(scheduler.now() + 11 * MINUTE);
    if (problems.length === 0) checks.end();
  }
  for (const worker of simulation.workers) worker.alive = false;
  await comeToRest();
  await stage.locks.releaseAll();
  if (problems.length > 0) trace(problems.join("\n"));
  const fingerprint = createHash("sha256").update(lines.join("\n")).digest("hex");
  return {
    profile: name,
    safetyOnly: simulation.safetyOnly,
    problems,
    trace: lines,
    fingerprint,
    steps,
    kills: simulation.kills,
    virtualMs: scheduler.now() - start,
  };
}

async function heal(simulation: Simulation): Promise<void> {
  const { occ, dataApiFaults, locks, trace, scheduler } = simulation;
  trace("quiet from here on");
  if (simulation.profile.forEver === undefined) occ.faults.heal();
  dataApiFaults.heal();
  Object.assign(simulation, { dispatches: { lost: 0, doubled: 0 }, ticksLost: 0 });
  for (const { faults } of occ.applications.all.values()) {
    for (const fault of faults) if (fault.to !== Infinity) fault.to = Math.min(fault.to, scheduler.now());
  }
  await locks.releaseAll();
}

async function setUp(stage: Stage, seed: number, lines: string[], profileName?: string) {
  const { sql, locks, see } = stage;
  const plan = createRandom(seed, "plan");
  const names = Object.keys(PROFILES);
  const name = profileName ?? names[seed % names.length] ?? "";
  const profile: Profile | undefined = PROFILES[name];
  if (!profile) throw new Error(`There is no profile ${name}: ${names.join(", ")}`);
  const putBack = plan.pick(CLOCKS_PUT_BACK);
  const style = profile.clockPutBack
    ? putBack.style
    : plan.chance(0.5)
    ? plan.pick(TIME_STYLES)
    : { zone: "UTC", offsets: "Z" } as const;
  const start = Date.parse(profile.clockPutBack ? putBack.start : plan.pick(STARTS));
  const scheduler = createScheduler(start);
  const offset = profile.offset === "chosen"
    ? plan.pick([-1, 1]) * HOUR * plan.pick([1, 12, 0.5])
    : profile.offset ?? 0;
  const random = createRandom(seed, "database");
  const database = createSimDatabase(sql, scheduler, random);
  const dataApiFaults = createDataApiFaults(scheduler, createRandom(seed, "data api"));
  await locks.releaseAll();
  await emptyDatabase(sql, start);
  const trace = (line: string) => void lines.push(`${new Date(scheduler.now()).toISOString().slice(5, 23)} ${line}`);
  const simulation: Simulation = {
    profile,
    safetyOnly: plan.chance(0.12),
    scheduler,
    random: plan,
    occ: createSimOcc({ scheduler, random: createRandom(seed, "occ"), see, style, offset }),
    database,
    dataApi: createDataApi({ rpcs: await readRpcs(sql), database, faults: dataApiFaults, scheduler, random, see }),
    dataApiFaults,
    locks,
    workers: new Set(),
    budget: {
      timeMs: profile.soon ? 100_000 : plan.pick([10_000, 40_000, 100_000]),
      applications: profile.budget ?? (profile.soon ? 1000 : plan.pick([4, 15, 1000])),
    },
    skew: plan.pick([0, 0, plan.whole(-5, 5) * SECOND, plan.whole(-180, 180) * SECOND]),
    dispatches: profile.lossy ? { lost: 0.1, doubled: 0.05 } : { lost: 0, doubled: 0 },
    ticksLost: 0,
    everyTick: false,
    troubleFrom: start + 20 * MINUTE,
    wellAt: start + (profile.hours ?? plan.whole(2, 4)) * HOUR,
    listTrouble: () => simulation.occ.faults.anyOfList(),
    promised: [],
    forgotten: new Map(),
    rechecked: new Set(),
    excused: new Set(),
    now: NOTHING,
    kills: 0,
    problems: database.problems,
    trace,
    see,
  };
  trace(
    `${name}${
      simulation.safetyOnly ? ", safety only" : ""
    }: ${style.zone}, offsets ${style.offsets}, clock ${simulation.skew} ms ahead, details ${offset} ms off, ` +
      `${JSON.stringify(simulation.budget)}`,
  );
  const count = profile.applications ?? plan.pick([1, 3, 8, 20]);
  for (let n = 1; n <= count; n++) {
    simulation.occ.applications.add(`G3-${n}`, { at: start - 6 * DAY, saved: start - plan.whole(0, 5 * DAY) });
  }
  if (profile.downAtFirst) {
    simulation.occ.faults.add({ kind: "details down" }, start, start + profile.downAtFirst * HOUR);
  }
  if (profile.adopted) await adopt(simulation);
  return { simulation, name };
}

/** Rows another system has stored: some current, some with a date that was read in the wrong zone, or of long ago. */
async function adopt({ occ, random, database }: Simulation): Promise<void> {
  for (const { id, versions: [version] } of occ.applications.all.values()) {
    if (!version || random.chance(0.2)) continue;
    const off = random.pick([0, 0, 12 * HOUR, -12 * HOUR, -DAY]);
    occ.answered.add(`${id} owner 0`);
    await database.operate(
      `insert into public.tblsovereignapplications (g3_application_number, owner, lastsaveddatetime)
        values ('${id}', 'owner 0', '${new Date(version.saved + off).toISOString()}')`,
    );
  }
}
