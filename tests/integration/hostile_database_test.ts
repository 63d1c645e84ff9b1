import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { createDatabase, letTimePass } from "../support/database.ts";
import { createFakeClock, type FakeClock } from "../support/fake_clock.ts";
import { answers, createFlakyFetch, type Fate, hangs, losesAnswer, underWay } from "../support/flaky_fetch.ts";
import { type Harness, withHarness } from "../support/harness.ts";
import { hastyClock } from "../support/hasty_clock.ts";
import type { Clock } from "../../supabase/functions/sync-applications/clock.ts";
import { createSyncDatabase } from "../../supabase/functions/sync-applications/database/sync_database.ts";
import type { SyncDependencies } from "../../supabase/functions/sync-applications/sync/sync_applications.ts";

const SCHEDULE = { body: { trigger: "schedule" } };

function connectThrough(fetch: typeof globalThis.fetch, clock?: Clock): Partial<SyncDependencies> {
  const database = createSyncDatabase(createDatabase(undefined, fetch), clock ?? hastyClock);
  return clock ? { database, clock } : { database };
}

/** Moves time on until the work has ended, and stops it while the real database is asked; seconds of it in all. */
async function play<T>(clock: FakeClock, work: Promise<T>): Promise<{ result: T; seconds: number }> {
  const startedAt = clock.now();
  let ended = false;
  const end = () => void (ended = true);
  work.then(end, end);
  while (!ended) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (underWay > 0) continue;
    if (clock.now() - startedAt > 400_000) throw new Error("It goes on for ever");
    await clock.advance(500);
  }
  return { result: await work, seconds: (clock.now() - startedAt) / 1000 };
}

const FUNCTIONS = ["open_sync_run", "enqueue_applications", "claim_applications"];
const AFTERWARDS = ["settle_applications", "finish_sync_pass"];

for (const name of [...FUNCTIONS, ...AFTERWARDS]) {
  const clock = createFakeClock(Date.now());
  let hanging = true;
  withHarness(
    `a Data API that never answers ${name} ends the pass, and the next run completes the work`,
    30,
    async (h) => {
      const { result: response } = await play(clock, h.call(SCHEDULE));
      assertEquals(response.status, 503);
      assertMatch((await response.json()).message, /: the database did not answer in 10 s$/);
      hanging = false;
      await letTimePass(h.sql, "5 minutes");
      const { result } = await play(clock, h.call(SCHEDULE));
      assertEquals((await result.json()).success, true);
      const [stored] = await h.sql`select count(*)::int as count from public.tblsovereignapplications`;
      assertEquals(stored, { count: 30 });
    },
    () => connectThrough(createFlakyFetch((called) => hanging && called === name ? hangs : undefined), clock),
  );
}

const deaf = createFakeClock(Date.now());
withHarness("an async caller gets its answer although the Data API never does", 3, async (harness) => {
  const { result, seconds } = await play(deaf, harness.call({ ...SCHEDULE, headers: { prefer: "respond-async" } }));
  assertEquals([result.status, seconds < 35], [503, true]);
  await play(deaf, harness.background());
}, () => connectThrough(createFlakyFetch(() => hangs), deaf));

/** Each happens once to each function. */
const ONCE: [what: string, fate: Fate][] = [
  ["loses the answer", losesAnswer],
  ["answers with an empty 200", answers(200)],
  ["answers 429", answers(429, { message: "slow down" })],
  ["does not know the function yet", answers(404, { code: "PGRST202", message: "not in the schema cache" })],
  ["runs into a lock", answers(500, { code: "55P03", message: "canceling statement due to lock timeout" })],
  ["is throttled by a proxy", answers(503)],
];

for (const [what, fate] of ONCE) {
  withHarness(`a Data API that ${what}, once for each call, changes nothing of the outcome`, 150, async (harness) => {
    const { call, sql, logRow } = harness;
    const body = await (await call(SCHEDULE)).json();
    assertEquals([body.success, body.found, body.fetched, body.upserted], [true, 150, 150, 150], body.message);
    const row = await logRow();
    assertEquals([row.status, row.applications_enqueued, row.applications_unchanged], ["completed", 150, 0]);
    assertEquals([row.passes, row.listed_parts, JSON.stringify(row.error_details).includes("errors")], [1, 1, false]);
    const [runs] = await sql`select count(*)::int as count from public.tblsovereignapplicationssynclog`;
    assertEquals(runs, { count: 1 });
    const [status] = await sql`select count(*)::int as count from public.sync_status where state = 'synced'`;
    assertEquals(status, { count: 150 });
  }, () => connectThrough(createFlakyFetch((_, nth) => nth === 1 ? fate : undefined)));
}

withHarness("failures whose settling is repeated count once, and so does a request", 6, async (harness) => {
  const { call, faults, applications, sql, logRow } = harness;
  await call(SCHEDULE);
  applications.set("G3-1", "2026-01-16T10:00:00Z");
  faults.set("G3-1", () => ({}));
  const body = await (await call({ body: { applications: ["G3-1"] } })).json();
  assertEquals([body.fetchFailed, body.errors?.length], [1, 1]);
  const row = await logRow();
  assertEquals([row.fetch_failures, row.status], [1, "completed"]);
  const [status] = await sql`select attempts from public.sync_status where g3_application_number = 'G3-1'`;
  assertEquals(status, { attempts: 1 });
}, () => connectThrough(createFlakyFetch((_, nth) => nth % 2 === 1 ? losesAnswer : undefined)));

withHarness("a hand-over whose answer is lost is one, and its run goes on", 40, async (harness) => {
  const { call, sql, logRow } = harness;
  const body = await (await call(SCHEDULE)).json();
  assertEquals([body.success, body.fetched, body.remaining], [true, 30, 10]);
  assertEquals([(await logRow()).status, (await logRow()).lease], ["running", null]);
  assertEquals([...await sql`select trigger from public.sync_dispatches`], [{ trigger: "next_pass" }]);
}, () => ({
  ...connectThrough(
    createFlakyFetch((_, nth) => nth === 1 ? losesAnswer : undefined),
  ),
  budget: { timeMs: 100_000, applications: 30 },
}));

/** A Data API that refuses bodies above so many bytes. */
const limited = (bytes: number) =>
  createFlakyFetch(() => (send, body) =>
    body.length > bytes ? Promise.resolve(new Response("", { status: 413 })) : send()
  );

withHarness("a chunk that is too large for the Data API is halved until it fits", 100, async (harness: Harness) => {
  const body = await (await harness.call(SCHEDULE)).json();
  assertEquals([body.success, body.fetched, body.upserted], [true, 100, 100]);
  assert(harness.lines.includes("[syncApplicationsSince] Upserting chunk 1/1 (100 records)"));
}, () => connectThrough(limited(20_000)));
