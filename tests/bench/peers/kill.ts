import type { Bench } from "../open_bench.ts";
import type { Contender, Entry } from "./entry.ts";
import { until } from "./measure.ts";

const APPLICATIONS = 300;

export interface Killed {
  /** Applications asked for more than once because of it. */
  fetchedAgain: number;
  /** Not stored by the process started right after it: they wait until somebody notices that the first is dead. */
  waiting: number;
}

/** SIGKILL when half of a backlog is asked for; then a new process; then as much time as the dead one's work needs. */
export async function measureKill(bench: Bench, contender: Contender): Promise<Killed> {
  const entry = await contender.open(bench, { latency: "100-200", pauseMs: 10 });
  const { occ } = entry;
  const stored = async () => {
    const [row] = await bench.sql`select count(*)::int as stored from ${bench.sql(contender.table)}`;
    return row?.stored ?? 0;
  };
  try {
    occ.world.add(APPLICATIONS);
    await entry.tick();
    await until("half of it is asked for", () => occ.stats().detail >= APPLICATIONS / 2);
    await entry.killAndRestart();
    await untilQuiet(entry);
    const waiting = APPLICATIONS - await stored();
    await entry.recover();
    await until("all is stored and done", async () => await stored() === APPLICATIONS && await entry.idle());
    const again = [...occ.fetchCounts().values()].filter((count) => count > 1).length;
    return { fetchedAgain: again, waiting };
  } finally {
    await entry.close();
  }
}

/** Longer than any of them waits between two looks into its queue. */
const QUIET_MS = 2200;

async function untilQuiet({ occ }: Entry): Promise<void> {
  let calls = -1;
  let since = 0;
  await until("OCC is asked for nothing any more", () => {
    const { detail, inFlight } = occ.stats();
    if (detail !== calls || inFlight > 0) since = performance.now();
    calls = detail;
    return performance.now() - since > QUIET_MS;
  });
}
