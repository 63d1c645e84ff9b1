import { type Benchmark, round } from "./benchmark.ts";
import { assertComplete } from "./race.ts";
import { untilRunEnds } from "./until_run_ends.ts";

const ALLOWED = 5;

/** An OCC that takes 5 calls at once and throttles the rest: how much of the 5 is used, and how often it throttles. */
export const throttled: Benchmark = {
  key: "throttled",
  work: "600 applications at an OCC that allows 5 at once, latency 100-200 ms",
  goals: [
    { figure: "ratioToLimit", about: "OCC that takes 5 calls at once: share of them used", atLeast: 0.95, short: 0.7 },
    { figure: "refusedRate", about: "of them refused", atMost: 0.03, short: 0.1 },
  ],
  async measure(bench, form) {
    const applications = form === "short" ? 300 : 600;
    const { occ, host, close } = await bench.open({ applications: 0, latency: "100-200" });
    try {
      // What the first request costs is the `cpu` benchmark's.
      await untilRunEnds(bench.sql, host);
      occ.world.add(applications);
      occ.resetStats();
      occ.configure({ maxConcurrent: ALLOWED });
      const startedAt = performance.now();
      await untilRunEnds(bench.sql, host);
      const seconds = (performance.now() - startedAt) / 1000;
      const { latencyMs, throttled } = occ.stats();
      const [run] = await bench.sql`
        select fetch_failures from public.tblsovereignapplicationssynclog order by sync_started_at desc limit 1`;
      const failures = Number(run?.fetch_failures);
      await assertComplete(bench, applications - failures);
      const limitSeconds = latencyMs / 1000 / ALLOWED;
      return {
        seconds: round(seconds),
        limitSeconds: round(limitSeconds),
        ratioToLimit: round(limitSeconds / seconds),
        refusedRate: round(throttled / applications),
        failureRate: round(failures / applications),
      };
    } finally {
      await close();
    }
  },
};
