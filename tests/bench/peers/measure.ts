import { setTimeout as delay } from "node:timers/promises";
import type { Sql } from "../../support/database.ts";
import type { Bench } from "../open_bench.ts";
import type { Contender, Entry } from "./entry.ts";
import { postgresCpuMs } from "./postgres_cpu.ts";

/** What all that happened since the bench began has cost. */
export interface Costs {
  databaseCalls: number;
  walBytes: number;
  /** Of the process that syncs. */
  cpuMs: number;
  postgresCpuMs: number;
}

export async function readCosts({ sql }: Bench, entry: Entry): Promise<Costs> {
  return {
    databaseCalls: await entry.databaseCalls(),
    walBytes: await walBytes(sql),
    cpuMs: entry.cpuMs(),
    postgresCpuMs: await postgresCpuMs(sql),
  };
}

/** Written so far. */
export async function walBytes(sql: Sql): Promise<number> {
  const [row] = await sql`select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::float8 as bytes`;
  return row?.bytes;
}

export function costsSince(before: Costs, after: Costs, applications: number): Costs {
  const each = (key: keyof Costs) => (after[key] - before[key]) / applications;
  return {
    databaseCalls: each("databaseCalls"),
    walBytes: each("walBytes"),
    cpuMs: each("cpuMs"),
    postgresCpuMs: each("postgresCpuMs"),
  };
}

/** Postgres is asked only when OCC has answered for all: what waits must not weigh on what is measured. */
export async function untilStored({ sql }: Bench, { table }: Contender, { occ }: Entry, count: number): Promise<void> {
  await until(`${count} applications are stored`, async () => {
    if (occ.stats().detail < count || occ.stats().inFlight > 0) return false;
    const [row] = await sql`select count(*)::int as stored from ${sql(table)}`;
    return row?.stored === count;
  });
}

const TIMEOUT_MS = 120_000;

export async function until(what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS;
  while (!await condition()) {
    if (performance.now() > deadline) throw new Error(`After ${TIMEOUT_MS / 1000} s it is not so that ${what}`);
    await delay(5);
  }
}
