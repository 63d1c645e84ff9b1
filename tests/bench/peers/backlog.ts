import { median } from "../benchmark.ts";
import type { Bench } from "../open_bench.ts";
import type { Contender, EntryOptions } from "./entry.ts";
import { type Costs, costsSince, readCosts, until, untilStored } from "./measure.ts";
import { AT_ONCE } from "./worker.ts";

export interface Backlog extends EntryOptions {
  applications: number;
}

export interface BacklogCosts extends Costs {
  /** Until all is stored, as a multiple of all latencies shared among 15: no one can be faster. */
  timeToLimit: number;
}

/** One tick that lists so many new applications, by a fresh process that has ticked once before. */
export async function measureBacklog(
  bench: Bench,
  contender: Contender,
  { applications, ...options }: Backlog,
): Promise<BacklogCosts> {
  const entry = await contender.open(bench, options);
  try {
    await entry.tick();
    await until("an empty tick has ended", async () => entry.occ.stats().list > 0 && await entry.idle());
    entry.occ.world.add(applications);
    entry.occ.resetStats();
    const before = await readCosts(bench, entry);
    const startedAt = performance.now();
    await entry.tick();
    await untilStored(bench, contender, entry, applications);
    const seconds = (performance.now() - startedAt) / 1000;
    await until("the jobs are done", entry.idle);
    const { detail, latencyMs } = entry.occ.stats();
    if (detail !== applications) throw new Error(`${contender.name} made ${detail} calls for ${applications}`);
    const costs = costsSince(before, await readCosts(bench, entry), applications);
    return { ...costs, timeToLimit: seconds / (latencyMs / 1000 / AT_ONCE) };
  } finally {
    await entry.close();
  }
}

/** The middle of each figure: what else happens on a machine seldom happens to all of them. */
export function medianCosts(runs: BacklogCosts[]): BacklogCosts {
  const of = (key: keyof BacklogCosts) => median(runs.map((run) => run[key]));
  return {
    timeToLimit: of("timeToLimit"),
    databaseCalls: of("databaseCalls"),
    walBytes: of("walBytes"),
    cpuMs: of("cpuMs"),
    postgresCpuMs: of("postgresCpuMs"),
  };
}
