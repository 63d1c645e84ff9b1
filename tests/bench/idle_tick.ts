import { type Benchmark, round } from "./benchmark.ts";
import { untilRunEnds } from "./until_run_ends.ts";

const TICKS = 50;

/** The commonest tick of all: OCC lists what is known already. */
export const idleTick: Benchmark = {
  key: "idleTick",
  work: "a tick with 300 listed applications, nothing changed",
  goals: [
    { figure: "invokes", atMost: 1, short: 1 },
    { figure: "databaseCalls", atMost: 4, short: 4 },
    { figure: "cpuMs", atMost: 15 },
  ],
  async measure(bench) {
    const { occ, host, close } = await bench.open({ applications: 300, latency: "0" });
    try {
      await untilRunEnds(bench.sql, host);
      for (let tick = 0; tick < TICKS; tick++) await host.sync();
      occ.resetStats();
      const before = { calls: await host.databaseCalls(), cpu: host.cpuMs(), wall: performance.now() };
      for (let tick = 0; tick < TICKS; tick++) await host.sync();
      const { list, detail } = occ.stats();
      return {
        invokes: (list + detail) / TICKS,
        databaseCalls: (await host.databaseCalls() - before.calls) / TICKS,
        cpuMs: round((host.cpuMs() - before.cpu) / TICKS),
        wallMs: round((performance.now() - before.wall) / TICKS),
      };
    } finally {
      await close();
    }
  },
};
