import { type Benchmark, type Form, round } from "./benchmark.ts";
import type { Bench } from "./open_bench.ts";
import { assertComplete } from "./race.ts";
import { untilRunEnds } from "./until_run_ends.ts";

const SIZES: Record<Form, number[]> = {
  short: [500, 2000],
  normal: [1000, 10_000, 50_000],
  full: [1000, 10_000, 50_000],
};

/** Ten times the backlog takes ten times as long and no more memory: in passes, each inside the platform's limits. */
export const scale: Benchmark = {
  key: "scale",
  work: "backlogs of 1,000, 10,000 and 50,000 in passes, latency 50 ms, listing included",
  goals: [
    {
      figure: "spread",
      about: "time an application at 1,000, 10,000 and 50,000: the largest to the smallest",
      atMost: 1.1,
      short: 1.4,
    },
    { figure: "peakRssMb", about: "RSS at 1,000, 10,000 and 50,000: the most, MB", atMost: 180 },
    { figure: "rssSpread", about: "RSS: the largest to the smallest", atMost: 1.15 },
    { figure: "passesFor50000", about: "passes for 50,000", atMost: 60 },
  ],
  async measure(bench, form) {
    const secondsPerApplication: Record<string, number> = {};
    const peakRss: Record<string, number> = {};
    const passes: Record<string, number> = {};
    for (const applications of SIZES[form]) {
      const size = await measureSize(bench, applications);
      secondsPerApplication[applications] = size.seconds / applications;
      peakRss[applications] = Math.round(size.peakRssMb);
      passes[applications] = size.passes;
    }
    return {
      spread: spreadOf(secondsPerApplication),
      peakRssMb: Math.max(...Object.values(peakRss)),
      msPerApplication: Object.fromEntries(
        Object.entries(secondsPerApplication).map(([size, value]) => [size, round(value * 1000)]),
      ),
      rssSpread: spreadOf(peakRss),
      ...(passes[50_000] === undefined ? {} : { passesFor50000: passes[50_000] }),
      peakRssMbBySize: peakRss,
      passes,
    };
  },
};

function spreadOf(bySize: Record<string, number>): number {
  const each = Object.values(bySize);
  return round(Math.max(...each) / Math.min(...each));
}

async function measureSize(bench: Bench, applications: number) {
  const { occ, host, close } = await bench.open({ applications: 0, latency: "50" });
  try {
    // What the first request costs would weigh ten times as much for a tenth of the backlog.
    await untilRunEnds(bench.sql, host);
    occ.world.add(applications);
    const startedAt = performance.now();
    const { passes } = await untilRunEnds(bench.sql, host);
    const seconds = (performance.now() - startedAt) / 1000;
    await assertComplete(bench, applications);
    return { seconds, passes, peakRssMb: host.peakRssMb() };
  } finally {
    await close();
  }
}
