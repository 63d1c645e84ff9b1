import type { Simulation } from "../simulation.ts";
import { DAY, HOUR, MINUTE } from "../time_units.ts";

const TICK = 5 * MINUTE;
/** As the migrations schedule them. */
const WATCH = MINUTE;

/** pg_cron: the jobs of the migrations at their times. */
export function startCron(simulation: Simulation): void {
  const { scheduler, profile } = simulation;
  every(simulation, TICK, 0, () => tick(simulation));
  const watch = profile.watchEvery ?? WATCH;
  every(simulation, watch, 30_000, () => watchSync(simulation));
  for (let hour = 1; hour <= 5; hour++) {
    every(
      simulation,
      DAY,
      hour * HOUR + 17 * MINUTE,
      () => runJob(simulation, "select sovereign_sync.reconcile_sync()"),
    );
  }
  every(
    simulation,
    DAY,
    3 * HOUR + 43 * MINUTE,
    () => runJob(simulation, "select sovereign_sync.prune_sync_records()"),
  );

  function every({ scheduler: { now } }: Simulation, period: number, phase: number, run: () => Promise<void>): void {
    const next = () => Math.ceil((now() - phase + 1) / period) * period + phase;
    const plan = () =>
      scheduler.at(next(), async () => {
        plan();
        await run();
      });
    plan();
  }
}

/** Some of it is left out: it is what takes longest, and while nothing happens it finds nothing. */
async function watchSync(simulation: Simulation): Promise<void> {
  const { database, now, random } = simulation;
  const seldom = database.wasTouched() || now.running > 0 ? 0.5 : 0.8;
  if (!simulation.everyTick && random.chance(seldom)) return;
  await runJob(simulation, "select sovereign_sync.watch_sync()");
  database.wasTouched();
}

async function runJob({ database, trace, see }: Simulation, command: string): Promise<void> {
  if (await database.operate(command)) return;
  see("a job waits for a lock in vain");
  trace(`job: ${command} waits for a lock in vain`);
}

/** The last time anything at OCC began or ended to be otherwise. */
function newsAt({ occ, scheduler }: Simulation): number {
  const windows = [...occ.applications.all.values()].flatMap((
    { wrongDates, unlisted },
  ) => [...wrongDates, ...unlisted]);
  const turns = windows.flatMap(({ from, to }) => [from, to]).filter((time) => time <= scheduler.now());
  return Math.max(occ.applications.changedAt(), occ.faults.changedAt(), ...turns);
}

async function tick(simulation: Simulation): Promise<void> {
  const { random, database, occ, ticksLost, trace, see } = simulation;
  if (random.chance(ticksLost)) {
    simulation.tickLostAt = simulation.scheduler.now();
    return see("tick lost");
  }
  const [newest] = simulation.now.runs.filter(({ listed, movesWatermark }) => listed && movesWatermark).toReversed();
  const listedAt = newest?.startedAt ?? 0;
  const undated = [...occ.applications.all.values()].some(({ undated }) => undated !== "nowhere");
  const isWell = !simulation.everyTick && listedAt > newsAt(simulation) && newest?.status === "completed" &&
    !simulation.now.gap &&
    !simulation.listTrouble();
  if (isWell && !random.chance(0.1) && await database.skipIdleTick(undated)) return;
  trace("tick");
  await runJob(simulation, "select sovereign_sync.invoke_sync_applications()");
}
