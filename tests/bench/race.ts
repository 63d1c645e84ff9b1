import { type Figures, round } from "./benchmark.ts";
import type { Bench, Scene } from "./open_bench.ts";
import { untilRunEnds } from "./until_run_ends.ts";

export interface Race {
  applications: number;
  /** See parseLatency(). */
  latency: string;
  /** The baseline's, between two batches. */
  pauseMs: number;
  /** Settings of the function that differ from its defaults. */
  env?: Record<string, string>;
}

/** Concurrent fetches, as specified: with so many at once, nothing can be faster than all latencies shared among them. */
export const AT_ONCE = 15;

/** The same backlog by us and by the baseline, each in a fresh process, on empty tables. */
export async function race(bench: Bench, { pauseMs, ...world }: Race): Promise<Figures> {
  const ours = await time(bench, world, (scene) => untilRunEnds(bench.sql, scene.host));
  const baseline = await time(bench, world, (scene) => scene.host.baseline(pauseMs));
  return {
    seconds: round(ours.seconds),
    baselineSeconds: round(baseline.seconds),
    limitSeconds: round(ours.limitSeconds),
    ratioToBaseline: round(ours.seconds / baseline.seconds),
    ratioToLimit: round(ours.seconds / ours.limitSeconds),
  };
}

async function time(
  bench: Bench,
  { applications, ...scene }: Omit<Race, "pauseMs">,
  work: (scene: Scene) => Promise<unknown>,
) {
  const { occ, host, close } = await bench.open({ ...scene, applications: 0 });
  try {
    // Both start warm: what the first request costs does not shrink with the latency, and is the `cpu` benchmark's.
    await untilRunEnds(bench.sql, host);
    await host.baseline(0);
    occ.world.add(applications);
    occ.resetStats();
    const startedAt = performance.now();
    await work({ occ, host, close });
    const seconds = (performance.now() - startedAt) / 1000;
    await assertComplete(bench, applications);
    return { seconds, limitSeconds: occ.stats().latencyMs / 1000 / AT_ONCE };
  } finally {
    await close();
  }
}

/** A race is only won by who arrives with everything. */
export async function assertComplete({ sql }: Bench, applications: number): Promise<void> {
  const [row] = await sql`select count(*)::int as stored from public.tblsovereignapplications`;
  if (row?.stored !== applications) throw new Error(`${row?.stored} of ${applications} applications are stored`);
}
