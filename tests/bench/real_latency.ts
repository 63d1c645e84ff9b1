import { type Benchmark, round } from "./benchmark.ts";
import type { OccSimulator } from "../stack/occ/simulator.ts";
import { assertComplete, AT_ONCE } from "./race.ts";
import { untilRunEnds } from "./until_run_ends.ts";

const APPLICATIONS = 1000;
const SAMPLE_MS = 5;

/** OCC as it is, in as many passes as it takes: nothing is scaled, and every hand-over counts. */
export const realLatency: Benchmark = {
  key: "realLatency",
  work: "1,000 applications, latency uniform 1-2 s, in passes: to the limit; and how long a hand-over leaves OCC idle",
  goals: [
    {
      figure: "ratioToLimit",
      about: "at OCC's real latency (1-2 s, 1,000 applications): to the limit, hand-overs included",
      atMost: 1.02,
    },
    { figure: "handOverIdleMs", about: "how long a hand-over leaves OCC idle, ms", atMost: 300 },
  ],
  async measure(bench) {
    const { occ, host, close } = await bench.open({ applications: 0, latency: "1000-2000" });
    try {
      await untilRunEnds(bench.sql, host);
      occ.world.add(APPLICATIONS);
      occ.resetStats();
      const idle = watchIdleness(occ);
      const startedAt = performance.now();
      const { passes } = await untilRunEnds(bench.sql, host);
      const seconds = (performance.now() - startedAt) / 1000;
      await assertComplete(bench, APPLICATIONS);
      const limitSeconds = occ.stats().latencyMs / 1000 / AT_ONCE;
      return {
        ratioToLimit: round(seconds / limitSeconds),
        handOverIdleMs: round(idle.stop() / Math.max(1, passes - 1)),
        seconds: round(seconds),
        limitSeconds: round(limitSeconds),
        passes,
      };
    } finally {
      await close();
    }
  },
};

/** Milliseconds with nothing in flight, after the first detail and before the last. */
function watchIdleness(occ: OccSimulator): { stop: () => number } {
  let idleMs = 0;
  let sinceLast = 0;
  let sampledAt = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const { inFlight, detail } = occ.stats();
    if (inFlight === 0 && detail > 0) sinceLast += now - sampledAt;
    else [idleMs, sinceLast] = [idleMs + sinceLast, 0];
    sampledAt = now;
  }, SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      return idleMs;
    },
  };
}
