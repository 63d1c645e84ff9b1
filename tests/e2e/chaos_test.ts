import { setTimeout as delay } from "node:timers/promises";
import postgres from "postgres";
import { assert, assertEquals } from "../support/assert.ts";
import { waitUntil } from "../support/wait_until.ts";
import { freePort } from "../stack/ports.ts";
import { type Stack, startStack } from "../stack/stack.ts";

const APPLICATIONS = 2000;
const FUNCTION_KILLS = 20;
/** A kill loses what is in flight and what was fetched and not stored yet: a window and a chunk. */
const EXTRA_FETCHES_PER_KILL = 15 + 100;
/** An application is parked after so many claims; what only had bad luck must stay well below. */
const MOST_FETCHES_OF_ONE = 7;

type Sql = postgres.Sql;

// The local Data API prints every error of the database, and there will be some.
console.error = () => {};

async function countStored(sql: Sql): Promise<number> {
  const [row] = await sql`select count(*)::int as count from public.tblsovereignapplications`;
  return row?.count;
}

/** The 90 seconds after which a silent run is taken for dead, and the time until a retry, pass at once. */
async function letTimePass(sql: Sql): Promise<void> {
  await sql`update public.tblsovereignapplicationssynclog set heartbeat_at = heartbeat_at - interval '2 minutes'`;
  await sql`
    update public.sync_status set next_attempt_at = now()
    where state <> 'synced' and next_attempt_at > now()`;
}

/** What the schedule does, without waiting for the minute. */
async function tick(sql: Sql): Promise<void> {
  await sql`select sovereign_sync.invoke_sync_applications()`;
}

/** Longer than the function waits for one answer of the Data API. */
const HANG_MS = 22_000;

/** The Data API accepts every call of the function, and answers none until the table is free. */
async function hangDataApi(sql: Sql): Promise<void> {
  await waitUntil("the first applications", 30_000, async () => await countStored(sql) > 0);
  await sql.begin(async (other) => {
    await other`lock table sovereign_sync.status in access exclusive mode`;
    await delay(HANG_MS);
  });
}

/** Somebody in Studio, who holds some rows locked for a while, and then others. */
async function holdLocks(databaseUrl: string, ended: AbortSignal): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, connect_timeout: 2, onnotice: () => {} });
  while (!ended.aborted) {
    // PostgreSQL is killed now and then.
    await sql.begin(async (other) => {
      await other`
        select from public.tblsovereignapplications tablesample bernoulli (2) for update skip locked`;
      await other`select from public.sync_status tablesample bernoulli (2) for update skip locked`;
      await delay(700);
    }).catch(() => delay(500));
  }
  await sql.end({ timeout: 1 });
}

/** Twenty kills of the function while there is work, two of PostgreSQL, and an outage of OCC in between. */
async function wreak(stack: Stack, sql: Sql): Promise<number> {
  let kills = 0;
  for (; kills < FUNCTION_KILLS; kills++) {
    await delay(150 + 37 * kills);
    stack.killFunction();
    if (kills === 6 || kills === 13) await stack.killPostgres();
    if (kills === 9) stack.occ?.configure({ faults: "list:unavailable,unavailable" });
    if (kills === 11) stack.occ?.configure({ faults: "" });
    await waitUntil("PostgreSQL", 30_000, () => letTimePass(sql).then(() => true, () => false));
    // Two cron jobs at once.
    await Promise.all([tick(sql), tick(sql)]);
    const before = await countStored(sql);
    if (kills >= 9 && kills <= 11) continue;
    for (let looks = 1;; looks++) {
      const stored = await countStored(sql);
      if (stored > before || stored === APPLICATIONS) break;
      if (looks > 300) throw new Error("No progress in 30 s after a kill");
      // What the dead function had sent may have shown a sign of life after it.
      if (looks % 20 === 0) await letTimePass(sql).then(() => tick(sql));
      await delay(100);
    }
  }
  return kills;
}

Deno.test("the function killed 20 times, PostgreSQL twice, rows locked, a Data API that hangs: all of a backlog arrives", async () => {
  const lines: string[] = [];
  const stack = await startStack({
    port: freePort(),
    applications: APPLICATIONS,
    latency: "50-250",
    faults: "",
    seed: 7,
    cron: false,
    functionLog: (line) => void lines.push(line),
    report: () => {},
  });
  const sql = postgres(stack.env.DB_URL, { max: 2, connect_timeout: 2, onnotice: () => {} });
  const calm = new AbortController();
  let locks = Promise.resolve();
  try {
    await tick(sql);
    await hangDataApi(sql);
    locks = holdLocks(stack.env.DB_URL, calm.signal);
    await wreak(stack, sql);
    calm.abort();
    await locks;
    await waitUntil("every application", 300_000, async () => {
      await letTimePass(sql);
      await tick(sql);
      await delay(1000);
      const [row] = await sql`
        select count(*)::int as count from public.sync_status where state <> 'synced'`;
      return row?.count === 0 && await countStored(sql) === APPLICATIONS;
    });
    const rows =
      await sql`select g3_application_number as id, lastsaveddatetime as saved from public.tblsovereignapplications`;
    const stored = new Map(rows.map(({ id, saved }) => [id, saved.toISOString()]));
    for (const { id, lastSavedDateTime } of stack.occ?.world.applications.values() ?? []) {
      assertEquals(stored.get(id), lastSavedDateTime, id);
    }
    const fetches = stack.occ?.fetchCounts() ?? new Map();
    const extra = [...fetches.values()].reduce((sum, count) => sum + count, 0) - APPLICATIONS;
    const most = Math.max(...fetches.values());
    console.log(`    ${extra} extra fetches for ${APPLICATIONS} applications, at most ${most} of one`);
    assert(extra <= FUNCTION_KILLS * EXTRA_FETCHES_PER_KILL, `${extra} extra fetches`);
    assert(most <= MOST_FETCHES_OF_ONE, `${most} fetches of one application`);
    const [log] = await sql`
      select count(*) filter (where applications_found <> applications_unchanged + applications_enqueued
        or applications_fetched <> applications_upserted + upsert_failures)::int as wrong
      from public.tblsovereignapplicationssynclog`;
    assertEquals(log, { wrong: 0 });
  } catch (error) {
    console.log(lines.slice(-40).join("\n"));
    throw error;
  } finally {
    calm.abort();
    await locks;
    await sql.end({ timeout: 1 });
    await stack.stop();
  }
});
