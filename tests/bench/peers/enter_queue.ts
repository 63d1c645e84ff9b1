import { freePort } from "../../stack/ports.ts";
import type { Sql } from "../../support/database.ts";
import { startOcc } from "../../stack/occ/start_occ.ts";
import type { Contender } from "./entry.ts";
import { startWorker, type WorkerProcess } from "./start_worker.ts";

/** What differs between two libraries, seen from outside. */
interface Library {
  schema: string;
  minutesUntilRecovery: number;
  /** Nothing is left to do when it counts nothing. */
  unfinished(sql: Sql): Promise<number>;
  clear(sql: Sql): Promise<unknown>;
  /** Makes the locks of a dead worker look as old as they have to be to be let go. */
  age(sql: Sql): Promise<unknown>;
}

const pgBoss: Library = {
  schema: "pgboss",
  // A heartbeat of 60 seconds, looked at every 60.
  minutesUntilRecovery: 2,
  async unfinished(sql) {
    const [row] = await sql`select count(*)::int as jobs from pgboss.job where state < 'completed'`;
    return row?.jobs;
  },
  clear: (sql) => sql`delete from pgboss.job`,
  async age(sql) {
    await sql`
      update pgboss.job set started_on = started_on - interval '2 minutes', heartbeat_on = heartbeat_on - interval '2 minutes'
      where state = 'active'`;
    await sql`
      update pgboss.queue set
        monitor_on = monitor_on - interval '2 minutes', monitor_claim_on = monitor_claim_on - interval '2 minutes'`;
  },
};

const graphileWorker: Library = {
  schema: "graphile_worker",
  // Locks live for 4 hours. But the next tick lists the same applications, and what is locked is queued anew.
  minutesUntilRecovery: 5,
  async unfinished(sql) {
    const [row] = await sql`select count(*)::int as jobs from graphile_worker._private_jobs`;
    return row?.jobs;
  },
  clear: (sql) => sql`delete from graphile_worker._private_jobs`,
  // What it does itself, every 8 to 10 minutes, with locks of 4 hours.
  age: (sql) => sql`update graphile_worker._private_jobs set locked_at = null, locked_by = null`,
};

export const pgBossOneByOne = enterQueue("pg-boss", pgBoss);
export const pgBossBatches = enterQueue("pg-boss batches", pgBoss);
export const graphilePlain = enterQueue("graphile", graphileWorker);
export const graphileBatching = enterQueue("graphile batching", graphileWorker);
export const graphileBatchJobs = enterQueue("graphile batch jobs", graphileWorker);

function enterQueue(name: string, library: Library): Contender {
  return {
    name,
    table: "peers.applications",
    schemas: [library.schema],
    minutesUntilRecovery: library.minutesUntilRecovery,
    async open({ sql, databaseUrl, apiUrl, secretKey }, { latency }) {
      // The specification's table: without our triggers.
      await sql`create schema if not exists peers`;
      await sql`
        create table if not exists peers.applications (like public.tblsovereignapplications including all)`;
      await sql`truncate peers.applications`;
      const { simulator: occ, settings, stop } = startOcc(
        { applications: 0, latency, faults: "", seed: 1 },
        freePort(),
      );
      if (!occ) throw new Error("The bench needs the simulated OCC: unset AWS_ENDPOINT_URL_LAMBDA");
      const environment = {
        PEERS_DATABASE_URL: databaseUrl,
        OCC_ENVIRONMENT: "test",
        // Nothing of it is called; the settings are the function's.
        SUPABASE_URL: apiUrl,
        SUPABASE_SECRET_KEYS: JSON.stringify({ default: secretKey }),
        CRON_SECRET: "0".repeat(64),
        ...settings,
      };
      let process: WorkerProcess = await startWorker(name, environment);
      return {
        occ,
        tick: ({ since, compare } = { since: new Date().toISOString().slice(0, 10), compare: false }) =>
          process.tick({ since, compare }),
        idle: async () => await library.unfinished(sql) === 0,
        databaseCalls: () => process.statements(),
        cpuMs: () => process.cpuMs(),
        async killAndRestart() {
          await process.kill();
          process = await startWorker(name, environment);
        },
        async recover() {
          await library.age(sql);
          await process.kill();
          process = await startWorker(name, environment);
          await process.recover();
        },
        async close() {
          await process.kill();
          await stop();
          await library.clear(sql);
        },
      };
    },
  };
}
