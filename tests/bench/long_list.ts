import { setTimeout as delay } from "node:timers/promises";
import { type Benchmark, round } from "./benchmark.ts";
import type { Bench } from "./open_bench.ts";
import { assertComplete } from "./race.ts";
import { hostedRuntime, type Runtime } from "./start_host.ts";

/** An entry takes 98 bytes of Lambda's answer: nearly the 6 MB it may have. */
const ENTRIES = 63_000;
const ZONES = ["UTC", "Pacific/Auckland", "America/Sao_Paulo"];

/** The longest list OCC can give, dated without offsets: asked for, read, stored in the queue. The worst of some zones. */
export const longList: Benchmark = {
  key: "longList",
  work: "a list of 6 MB, dates without an offset, until all of it is stored: own-thread CPU, and memory",
  goals: [
    { figure: "cpuMs", about: "a list of 6 MB, the worst of three zones: CPU, own thread, ms", atMost: 500 },
    { figure: "peakRssMb", about: "the same: RSS, MB", atMost: 190 },
  ],
  async measure(bench) {
    const runtime = await hostedRuntime();
    const zones: [string, Record<string, number>][] = [];
    for (const zone of ZONES) zones.push([zone, await measureZone(bench, runtime, zone)]);
    const worst = (figure: string) => Math.max(...zones.map(([, figures]) => figures[figure] ?? Infinity));
    return { cpuMs: worst("cpuMs"), peakRssMb: worst("peakRssMb"), ...Object.fromEntries(zones) };
  },
};

async function measureZone(bench: Bench, runtime: Runtime, zone: string): Promise<Record<string, number>> {
  // A call takes so long that none of the details is here before the list is stored.
  const world = { applications: ENTRIES, latency: "3000", withoutOffsets: true };
  const { host, close } = await bench.open({ ...world, runtime, env: { OCC_TIME_ZONE: zone } });
  try {
    const before = host.ownThreadMs();
    const { syncLogId } = await host.sync({ respondAsync: true });
    while (!await isListed(bench, syncLogId)) await delay(10);
    const figures = { cpuMs: round(host.ownThreadMs() - before), peakRssMb: round(host.peakRssMb()) };
    await assertComplete(bench, 0);
    return figures;
  } finally {
    await close();
  }
}

async function isListed({ sql }: Bench, run: unknown): Promise<boolean> {
  const [row] = await sql`
    select status, applications_found as found, listed_at is not null as listed
    from public.tblsovereignapplicationssynclog where id = ${String(run)}`;
  if (row?.status !== "running") throw new Error("The run has ended");
  if (row.listed && row.found !== ENTRIES) throw new Error(`${row.found} of ${ENTRIES} applications are listed`);
  return row.listed;
}
