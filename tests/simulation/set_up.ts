import { createRandom, type Random } from "../support/random.ts";
import { createDataApi, readRpcs } from "./database/data_api.ts";
import { createDataApiFaults } from "./database/data_api_faults.ts";
import { NOTHING } from "./database/inspection.ts";
import { createSimDatabase, emptyDatabase } from "./database/sim_database.ts";
import { createSimOcc } from "./occ/sim_occ.ts";
import { CLOCKS_PUT_BACK, TIME_STYLES, type TimeStyle } from "./occ/times.ts";
import type { Profile } from "./profile.ts";
import { PROFILES } from "./profiles.ts";
import { createScheduler } from "./scheduler.ts";
import type { Simulation } from "./simulation.ts";
import type { Stage } from "./stage.ts";
import { DAY, HOUR, MINUTE, SECOND } from "./time_units.ts";

const STARTS = ["2026-03-02T09:00:00Z", "2026-03-02T22:30:00Z", "2026-06-30T23:20:00Z", "2026-02-28T14:00:00Z"];
const UTC: TimeStyle = { zone: "UTC", offsets: "Z" };
/** Of the seeds, play trouble without an end. */
const SAFETY_ONLY = 0.12;

/** Makes the world of a seed: its profile, when and where it is, what OCC has, and an empty database. */
export async function setUp(stage: Stage, seed: number, lines: string[], profileName?: string): Promise<Simulation> {
  const { sql, locks, see } = stage;
  const plan = createRandom(seed, "plan");
  const names = Object.keys(PROFILES);
  const name = profileName ?? names[seed % names.length] ?? "";
  const profile = PROFILES[name];
  if (!profile) throw new Error(`There is no profile ${name}: ${names.join(", ")}`);
  const { style, start } = chooseTimes(plan, profile);
  const scheduler = createScheduler(start);
  const chosen = plan.pick([-1, 1]) * HOUR * plan.pick([1, 12, 0.5]);
  const offset = profile.offset === "chosen" ? chosen : profile.offset ?? 0;
  const random = createRandom(seed, "database");
  const database = createSimDatabase(sql, scheduler, random);
  const dataApiFaults = createDataApiFaults(scheduler, createRandom(seed, "data api"));
  await locks.releaseAll();
  await emptyDatabase(sql, start);
  const trace = (line: string) => void lines.push(`${new Date(scheduler.now()).toISOString().slice(5, 23)} ${line}`);
  const simulation: Simulation = {
    name,
    profile,
    safetyOnly: plan.chance(SAFETY_ONLY),
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
    tickLostAt: -Infinity,
    everyTick: false,
    troubleFrom: start + 20 * MINUTE,
    wellAt: start + (profile.hours ?? plan.whole(2, 4)) * HOUR,
    listTrouble: () => simulation.occ.faults.anyOfList(),
    promised: [],
    forgotten: new Map(),
    rechecked: new Set(),
    disturbedAt: 0,
    excused: new Set(),
    now: NOTHING,
    kills: 0,
    problems: database.problems,
    trace,
    see,
  };
  trace(`${name}${simulation.safetyOnly ? ", safety only" : ""}: ${JSON.stringify({ ...style, offset })}`);
  trace(`clock ${simulation.skew} ms ahead, ${JSON.stringify(simulation.budget)}`);
  const count = profile.applications ?? plan.pick([1, 3, 8, 20]);
  for (let n = 1; n <= count; n++) {
    const saved = start - plan.whole(0, n === 1 ? 4 * HOUR : 5 * DAY);
    simulation.occ.applications.add(`G3-${n}`, { at: start - 6 * DAY, saved });
  }
  if (profile.downAtFirst) {
    simulation.occ.faults.add({ kind: "details down" }, start, start + profile.downAtFirst * HOUR);
  }
  if (profile.adopted) await adopt(simulation);
  return simulation;
}

function chooseTimes(plan: Random, profile: Profile): { style: TimeStyle; start: number } {
  if (profile.start) return { style: UTC, start: Date.parse(profile.start) };
  if (profile.clockPutBack) {
    const { style, start } = plan.pick(CLOCKS_PUT_BACK);
    return { style, start: Date.parse(start) };
  }
  return { style: plan.chance(0.5) ? plan.pick(TIME_STYLES) : UTC, start: Date.parse(plan.pick(STARTS)) };
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
