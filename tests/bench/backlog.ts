import type { Benchmark } from "./benchmark.ts";
import { race } from "./race.ts";

/** OCC's latency, 1 to 2 seconds, and the specification's pause of 100 ms, one tenth of each; `--full` takes all of it. */
export const backlog: Benchmark = {
  key: "backlog",
  work: "1,000 applications, latency uniform 1-2 s, scaled 1:10",
  goals: [
    { figure: "ratioToBaseline", atMost: 0.75, short: 0.9 },
    { figure: "ratioToLimit", atMost: 1.05, short: 1.3 },
  ],
  async measure(bench, form) {
    const scaled = await race(bench, { applications: form === "short" ? 300 : 1000, latency: "100-200", pauseMs: 10 });
    if (form !== "full") return scaled;
    const real = await race(bench, { applications: 1000, latency: "1000-2000", pauseMs: 100 });
    return { ...scaled, atRealLatency: Object.fromEntries(Object.entries(real).filter(isNumber)) };
  },
};

function isNumber(entry: [string, unknown]): entry is [string, number] {
  return typeof entry[1] === "number";
}
