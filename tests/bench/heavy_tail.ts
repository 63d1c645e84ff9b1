import type { Benchmark } from "./benchmark.ts";
import { ONE_PASS } from "./backlog.ts";
import { race } from "./race.ts";

/** Some calls take ten times as long as most: behind a barrier each of them holds up fourteen others. */
export const heavyTail: Benchmark = {
  key: "heavyTail",
  work: "1,000 applications, latency log-normal, p99 = 8 x median, one pass",
  goals: [
    {
      figure: "ratioToBaseline",
      about: "the same with a heavy tail (p99 = 8 x median): to the specification's",
      atMost: 0.45,
      short: 0.65,
    },
    { figure: "ratioToLimit", about: "heavy tail: to the limit", atMost: 1.06, short: 2 },
  ],
  measure: (bench, form) =>
    race(bench, { applications: form === "short" ? 300 : 1000, latency: "~140", pauseMs: 10, env: ONE_PASS }),
};
