import { freePort } from "../../stack/ports.ts";
import { emptyTables, letTimePass, NOBODY_URL, setProjectUrl } from "../../support/database.ts";
import { startOcc } from "../../stack/occ/start_occ.ts";
import type { Bench } from "../open_bench.ts";
import { currentRuntime, type Host, startHost } from "../start_host.ts";
import type { Contender } from "./entry.ts";

const TABLE = "public.tblsovereignapplications";

export const ours: Contender = {
  name: "ours",
  table: TABLE,
  schemas: ["public", "sovereign_sync", "net"],
  // The next tick, and one more if the lease of 90 seconds is not over by then.
  minutesUntilRecovery: 6.5,
  async open(bench, { latency }) {
    const { sql } = bench;
    const { simulator: occ, start, host, close } = await openFunction(bench, latency);
    await setProjectUrl(sql, host().origin);
    return {
      occ,
      // The whole way: pg_net, the function, and pg_net again for the next pass.
      async tick() {
        await sql`select sovereign_sync.invoke_sync_applications()`;
      },
      async idle() {
        const [run] = await sql`
          select l.status from public.tblsovereignapplicationssynclog as l order by l.sync_started_at desc limit 1`;
        if (run?.status === "failed") throw new Error("Our run failed");
        const [sent] = await sql`select count(*)::int as queued from net.http_request_queue`;
        return run?.status !== "running" && sent?.queued === 0;
      },
      databaseCalls: () => host().databaseCalls(),
      cpuMs: () => host().processMs(),
      async killAndRestart() {
        await host().stop();
        await start();
        await setProjectUrl(sql, host().origin);
      },
      // A run without a sign of life for 90 seconds is taken over by the next tick.
      async recover() {
        await letTimePass(sql, "2 minutes");
        await sql`select sovereign_sync.invoke_sync_applications()`;
      },
      async close() {
        await setProjectUrl(sql, NOBODY_URL);
        await close();
      },
    };
  },
};

/** The algorithm as printed, by the function's own SDK and client, into a table without our triggers. */
export const specification: Contender = {
  name: "specification",
  table: TABLE,
  schemas: ["public"],
  minutesUntilRecovery: 5,
  async open(bench, { latency, pauseMs }) {
    const { sql } = bench;
    const { simulator: occ, start, host, close } = await openFunction(bench, latency);
    await sql`alter table public.tblsovereignapplications disable trigger user`;
    let running = 0;
    function run(): void {
      running++;
      // A killed one ends, too.
      host().baseline(pauseMs).catch(() => {}).finally(() => running--);
    }
    return {
      occ,
      tick: () => Promise.resolve(run()),
      idle: () => Promise.resolve(running === 0),
      databaseCalls: () => host().databaseCalls(),
      cpuMs: () => host().processMs(),
      async killAndRestart() {
        await host().stop();
        await start();
      },
      // It knows nothing of dead runs: the next one lists since the last that completed. That one alone may be
      // running is our table's rule.
      async recover() {
        await sql`delete from public.tblsovereignapplicationssynclog where status = 'running'`;
        run();
      },
      async close() {
        await close();
        await sql`alter table public.tblsovereignapplications enable trigger user`;
      },
    };
  },
};

/** Two OCCs are never alike in their keys, so each entry has one. */
async function openFunction({ sql, apiUrl, secretKey }: Bench, latency: string) {
  await emptyTables(sql);
  const { simulator, settings, stop } = startOcc({ applications: 0, latency, faults: "", seed: 1 }, freePort());
  if (!simulator) throw new Error("The bench needs the simulated OCC: unset AWS_ENDPOINT_URL_LAMBDA");
  const [secret] = await sql`select s.decrypted_secret from vault.decrypted_secrets as s where s.name = 'cron_secret'`;
  let current: Host;
  async function start(): Promise<void> {
    current = await startHost(currentRuntime(), {
      SUPABASE_URL: apiUrl,
      SUPABASE_SECRET_KEYS: JSON.stringify({ default: secretKey }),
      CRON_SECRET: secret?.decrypted_secret,
      OCC_ENVIRONMENT: "test",
      ...settings,
    });
  }
  await start();
  return {
    simulator,
    start,
    host: () => current,
    async close() {
      await current.stop();
      await stop();
    },
  };
}
