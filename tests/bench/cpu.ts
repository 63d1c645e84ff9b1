import { type Benchmark, type Figures, type Form, median, round } from "./benchmark.ts";
import type { Bench } from "./open_bench.ts";
import { currentRuntime, hostedRuntime, type Runtime } from "./start_host.ts";
import { untilRunEnds } from "./until_run_ends.ts";

const BOOTS = 9;
/** The same pass takes up to a fifth more at one time than at another. */
const PASSES = 3;

/**
 * The platform ends an isolate that has used 2 seconds of CPU of its own thread: what an application costs there decides
 * how many a pass may take. OCC's real latency costs more: what happens in bursts at 20 ms wakes the thread each time.
 */
export const cpu: Benchmark = {
  key: "cpu",
  work: "own-thread CPU of the deployed bundle: for each application, at 20 ms and at 1-2 s of latency, and to boot",
  goals: [
    { figure: "msPerApplication", about: "CPU an application at 20 ms latency, own thread, 2.1.4, ms", atMost: 0.75 },
    { figure: "msAtRealLatency", about: "the same at OCC's real latency, ms", atMost: 1.8 },
    { figure: "bootMs", about: "CPU to boot, own thread, 2.1.4, ms", atMost: 60 },
  ],
  async measure(bench, form) {
    const cases: Figures = {};
    const all: Record<string, number>[] = [];
    // The last one is what the platform runs, and what is judged.
    for (const runtime of [currentRuntime(), await hostedRuntime()]) {
      all.push(cases[runtime.version] = await measureRuntime(bench, runtime, form));
    }
    return { ...all.at(-1), ...cases };
  },
};

async function measureRuntime(bench: Bench, runtime: Runtime, form: Form): Promise<Record<string, number>> {
  const boots: { cpuMs: number; wallMs: number }[] = [];
  for (let boot = 0; boot < BOOTS; boot++) {
    const { host, close } = await bench.open({ applications: 0, latency: "0", runtime });
    boots.push(host.boot);
    await close();
  }
  return {
    msPerApplication: await measurePasses(bench, runtime, 450, "20", form),
    msAtRealLatency: await measurePasses(bench, runtime, form === "full" ? 450 : 300, "1000-2000", form),
    bootMs: round(median(boots.map(({ cpuMs }) => cpuMs))),
    bootWallMs: round(median(boots.map(({ wallMs }) => wallMs))),
  };
}

async function measurePasses(
  bench: Bench,
  runtime: Runtime,
  applications: number,
  latency: string,
  form: Form,
): Promise<number> {
  const passes: number[] = [];
  while (passes.length < (form === "short" ? 1 : PASSES)) {
    passes.push(await measurePass(bench, runtime, applications, latency));
  }
  return median(passes);
}

/** A fresh isolate's one pass: listing, fetching, parsing, storing, compiling; all but the boot. */
async function measurePass(bench: Bench, runtime: Runtime, applications: number, latency: string): Promise<number> {
  const { host, close } = await bench.open({ applications, latency, runtime });
  try {
    const before = host.ownThreadMs();
    await untilRunEnds(bench.sql, host);
    return round((host.ownThreadMs() - before) / applications);
  } finally {
    await close();
  }
}
