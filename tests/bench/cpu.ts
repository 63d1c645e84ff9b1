import { type Benchmark, type Figures, median, round } from "./benchmark.ts";
import type { Bench } from "./open_bench.ts";
import { currentRuntime, hostedRuntime, type Runtime } from "./start_host.ts";
import { untilRunEnds } from "./until_run_ends.ts";

const BOOTS = 7;

/**
 * The platform ends an isolate that has used 2 seconds of CPU: what an application costs decides how many a pass may
 * take. Counted is the CPU time of the whole process, all threads: listing, fetching, parsing, storing, compiling.
 */
export const cpu: Benchmark = {
  key: "cpu",
  work: "CPU time of the function's process for each of 750 applications, and to import its modules, the worse of both",
  goals: [
    { figure: "msPerApplication", atMost: 1 },
    { figure: "bootMs", atMost: 120 },
  ],
  async measure(bench) {
    const measured: { version: string; figures: Record<string, number> }[] = [];
    for (const runtime of [await hostedRuntime(), currentRuntime()]) {
      measured.push({ version: runtime.version, figures: await measureRuntime(bench, runtime) });
    }
    const worst = (figure: string) => Math.max(...measured.map(({ figures }) => figures[figure] ?? Infinity));
    const cases: Figures = Object.fromEntries(measured.map(({ version, figures }) => [version, figures]));
    return { msPerApplication: worst("msPerApplication"), bootMs: worst("bootMs"), ...cases };
  },
};

const APPLICATIONS = 750;

async function measureRuntime(bench: Bench, runtime: Runtime): Promise<Record<string, number>> {
  const boots: { cpuMs: number; wallMs: number }[] = [];
  // The first one compiles the modules into the cache, which a deployment does beforehand.
  for (let boot = 0; boot <= BOOTS; boot++) {
    const { host, close } = await bench.open({ applications: 0, latency: "0", runtime });
    if (boot > 0) boots.push(host.boot);
    await close();
  }
  const { host, close } = await bench.open({ applications: APPLICATIONS, latency: "20", runtime });
  try {
    const before = host.cpuMs();
    await untilRunEnds(bench.sql, host);
    return {
      msPerApplication: round((host.cpuMs() - before) / APPLICATIONS),
      bootMs: median(boots.map(({ cpuMs }) => cpuMs)),
      bootWallMs: round(median(boots.map(({ wallMs }) => wallMs))),
      peakRssMb: round(host.peakRssMb()),
    };
  } finally {
    await close();
  }
}
