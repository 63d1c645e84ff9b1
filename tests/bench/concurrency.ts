import { type Benchmark, round } from "./benchmark.ts";
import type { Bench } from "./open_bench.ts";
import { assertComplete } from "./race.ts";
import { untilRunEnds } from "./until_run_ends.ts";

const APPLICATIONS = 2000;
const USUAL = 15;
const MOST = 50;

/** SYNC_BATCH_SIZE, from what is specified to the most there may be: nothing of ours stands in the way of OCC. */
export const concurrency: Benchmark = {
  key: "concurrency",
  work:
    "2,000 applications, latency 1-2 s scaled 1:4, one pass, 15 and 50 calls at once: how far from 15/50 of the time",
  goals: [{ figure: "ratioToShare", about: "15 -> 50 concurrent calls: time to 15/50 of it", atMost: 1.1 }],
  async measure(bench) {
    const seconds = { usual: await time(bench, USUAL), most: await time(bench, MOST) };
    return {
      ratioToShare: round((seconds.most * MOST) / (seconds.usual * USUAL)),
      seconds15: round(seconds.usual),
      seconds50: round(seconds.most),
    };
  },
};

async function time(bench: Bench, atOnce: number): Promise<number> {
  const env = { SYNC_BATCH_SIZE: String(atOnce), SYNC_APPLICATION_BUDGET: String(APPLICATIONS) };
  const { occ, host, close } = await bench.open({ applications: 0, latency: "250-500", env });
  try {
    await untilRunEnds(bench.sql, host);
    occ.world.add(APPLICATIONS);
    const startedAt = performance.now();
    await untilRunEnds(bench.sql, host);
    const seconds = (performance.now() - startedAt) / 1000;
    await assertComplete(bench, APPLICATIONS);
    return seconds;
  } finally {
    await close();
  }
}
