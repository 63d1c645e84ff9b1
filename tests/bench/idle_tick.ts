import { type Benchmark, round } from "./benchmark.ts";
import type { Bench } from "./open_bench.ts";
import { waitUntil } from "../support/wait_until.ts";
import { untilRunEnds } from "./until_run_ends.ts";
import { walOf } from "./wal.ts";

const TICKS = 50;
const WATCHES_PER_TICK = 5;

/** The commonest tick of all: OCC lists what is known already. */
export const idleTick: Benchmark = {
  key: "idleTick",
  work: "a tick with 300 listed applications, nothing changed; its WAL with the dispatch and five looks of the watch",
  goals: [
    { figure: "invokes", about: "a tick when nothing changed: Lambda invocations", atMost: 1, short: 1 },
    { figure: "databaseCalls", about: "database calls", atMost: 3, short: 3 },
    { figure: "walKb", about: "WAL, dispatch and watch included, kB", atMost: 8, short: 12 },
  ],
  async measure(bench) {
    const { occ, host, close } = await bench.open({ applications: 300, latency: "0" });
    try {
      await untilRunEnds(bench.sql, host);
      for (let tick = 0; tick < TICKS; tick++) await host.sync();
      occ.resetStats();
      const before = { calls: await host.databaseCalls(), cpu: host.ownThreadMs(), wall: performance.now() };
      for (let tick = 0; tick < TICKS; tick++) await host.sync();
      const { list, detail } = occ.stats();
      const figures = {
        invokes: (list + detail) / TICKS,
        databaseCalls: (await host.databaseCalls() - before.calls) / TICKS,
        cpuMs: round((host.ownThreadMs() - before.cpu) / TICKS),
        wallMs: round((performance.now() - before.wall) / TICKS),
      };
      return { ...figures, walKb: round(await measureWal(bench) / TICKS / 1024) };
    } finally {
      await close();
    }
  },
};

/** The schedule's own commands, for as many ticks. */
function measureWal({ sql }: Bench): Promise<number> {
  return walOf(sql, async () => {
    for (let tick = 0; tick < TICKS; tick++) {
      const [dispatch] = await sql`select sovereign_sync.invoke_sync_applications() as id`;
      await waitUntil("the tick to end", 30_000, async () => {
        await sql`select sovereign_sync.collect_dispatches()`;
        const [row] = await sql`
          select d.outcome is not null and not exists (
            select from public.tblsovereignapplicationssynclog as l where l.status = 'running'
          ) as ended
          from public.sync_dispatches as d where d.id = ${dispatch?.id}`;
        return row?.ended === true;
      });
      for (let watch = 0; watch < WATCHES_PER_TICK; watch++) await sql`select sovereign_sync.watch_sync()`;
    }
  });
}
