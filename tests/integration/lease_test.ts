import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { createRow, toAnswers } from "../support/application_rows.ts";
import { letTimePass } from "../support/database.ts";
import { detail } from "../support/fake_applications.ts";
import { envelope } from "../support/fake_lambda.ts";
import { createFakeClock } from "../support/fake_clock.ts";
import { type Harness, withHarness } from "../support/harness.ts";
import { waitUntil } from "../support/wait_until.ts";
import { DatabaseError } from "../../supabase/functions/sync-applications/database/database_error.ts";
import type { SyncDatabase } from "../../supabase/functions/sync-applications/database/sync_database.ts";
import type { ApplicationDateSince } from "../../supabase/functions/sync-applications/occ/fetch_applications_since_data.ts";
import {
  openSyncRun,
  RunEndedError,
  type RunRequest,
  type SyncRun,
  SyncRunningError,
  type Trigger,
} from "../../supabase/functions/sync-applications/database/sync_run.ts";

const REQUEST = { sinceDate: "2026-01-01", force: false, movesWatermark: true } as const;

/** A run whose worker shows no sign of life by itself: its clock stands still. */
function openRun(
  database: SyncDatabase,
  trigger: Trigger = "schedule",
  rest: Partial<RunRequest> = {},
): Promise<SyncRun> {
  return openSyncRun(database, createFakeClock(), { ...REQUEST, trigger, ...rest });
}

/** Stores OCC's list as one part; returns how many applications are due. */
function enqueueAll(run: SyncRun, list: readonly ApplicationDateSince[]): Promise<number> {
  return run.enqueue(list, { part: 0, since: run.sinceDate, complete: true });
}

const END = { warnings: [], anomalies: [] };

/** Makes the detail of an id wait until the returned function is called. */
function hold({ faults, applications }: Harness, id: string): () => void {
  const gate = Promise.withResolvers<void>();
  faults.set(id, () => gate.promise.then(() => detail(id, applications.get(id))));
  return gate.resolve;
}

/** OCC's list, as it is enqueued. */
function listed({ applications }: Harness) {
  return [...applications].map(([id, lastSavedDateTime]) => ({ id, attributes: { lastSavedDateTime } }));
}

withHarness("a second invocation answers 409 with the running sync's id", 1, async (harness) => {
  const release = hold(harness, "G3-1");
  const started = await harness.call({ headers: { prefer: "respond-async" } });
  const { syncLogId } = await started.json();
  assertEquals(started.status, 202);
  await waitUntil("the first fetch", 30_000, () => Promise.resolve(harness.calls.includes("G3-1")));

  const second = await harness.call();
  assertEquals(second.status, 409);
  const body = await second.json();
  assertEquals([body.success, body.syncLogId], [false, syncLogId]);
  assert(body.message.includes(syncLogId), body.message);
  assertEquals(harness.lines.at(-1), `[Manual] Skipped: sync ${syncLogId} is running`);
  assertEquals((await harness.call({ body: { trigger: "schedule" } })).status, 409);
  assertEquals(harness.lines.at(-1), `[Cron] Skipped: sync ${syncLogId} is running`);

  release();
  await harness.background();
  assertEquals((await harness.logRow()).status, "completed");
});

withHarness("openSyncRun() opens one run, whoever is first", 0, async ({ dependencies: { database } }) => {
  const attempts = await Promise.allSettled(Array.from({ length: 10 }, () => openRun(database)));
  assertEquals(attempts.filter(({ status }) => status === "fulfilled").length, 1);
  for (const attempt of attempts) {
    if (attempt.status === "rejected") assert(attempt.reason instanceof SyncRunningError, String(attempt.reason));
  }
});

withHarness(
  "a run without a heartbeat for 90 s is closed by whoever comes next, and its zombie's write is refused",
  2,
  async (harness) => {
    const { dependencies: { database }, sql, call } = harness;
    const dead = await openRun(database);
    await enqueueAll(dead, listed(harness));
    const [victim = ""] = await dead.claim(1);
    await letTimePass(sql, "89 seconds");
    assertEquals((await call()).status, 409);
    await letTimePass(sql, "2 seconds");

    const body = await (await call()).json();
    assertEquals([body.syncLogId === dead.id, body.found, body.fetched, body.upserted], [false, 2, 2, 2]);
    const [closed] = await sql`
      select status, lease, error_details from public.tblsovereignapplicationssynclog where id = ${dead.id}`;
    assertEquals(closed, {
      status: "failed",
      lease: null,
      error_details: { reason: "Its worker died; what it left goes on in the next run" },
    });

    const zombie = await assertRejects(
      () => dead.settle(toAnswers([createRow(victim, { owner: "zombie" })]), []),
      DatabaseError,
      "another pass holds the run",
    );
    assertEquals(zombie.leaseLost, true);
    const [owners] = await sql`select count(owner)::int as zombies from public.tblsovereignapplications`;
    assertEquals(owners, { zombies: 0 });
  },
);

withHarness("a released run whose next pass never comes is closed with that reason", 2, async (harness) => {
  const { dependencies: { database }, sql, call } = harness;
  const released = await openRun(database);
  await enqueueAll(released, listed(harness));
  await released.finish({ ...END, handOver: true });
  // Its next pass is on the way: nobody takes its place.
  const busy = await call();
  assertEquals([busy.status, (await busy.json()).syncLogId], [409, released.id]);
  await letTimePass(sql, "2 minutes");
  const body = await (await call()).json();
  assertEquals([body.success, body.syncLogId === released.id, body.fetched], [true, false, 2]);
  const [closed] = await sql`
    select status, error_details ->> 'reason' as reason from public.tblsovereignapplicationssynclog
    where id = ${released.id}`;
  assertEquals(closed, {
    status: "failed",
    reason: "Its next pass never came; what it left goes on in the next run",
  });
});

withHarness("a dead run's force stays on its entries", 3, async (harness) => {
  const { dependencies: { database }, sql, call, calls } = harness;
  await call();
  const dead = await openRun(database, "manual", { force: true, movesWatermark: false });
  assertEquals(await enqueueAll(dead, listed(harness)), 3);
  await letTimePass(sql, "2 minutes");
  // OCC went back to what it was before: only force stores that.
  await sql`update public.sync_status set listed_last_saved = null`;
  for (const id of harness.applications.keys()) {
    harness.faults.set(id, () => detail(id, "2026-01-10T10:00:00Z", { applicationName: "older" }));
  }
  harness.faults.set("list", () => envelope([]));
  calls.length = 0;
  const body = await (await call()).json();
  assertEquals([body.fetched, body.upserted], [3, 3]);
  const rows = await sql`
    select applicationname as name, s.force, s.state from public.tblsovereignapplications
    join public.sync_status as s using (g3_application_number)`;
  assertEquals([...rows], Array(3).fill({ name: "older", force: false, state: "synced" }));
});

withHarness("a pass that loses its lease stops and answers 409", 40, async (harness) => {
  const { call, sql, faults, applications } = harness;
  for (const id of ["G3-1", "G3-40"]) {
    faults.set(id, async () => {
      await sql`update public.tblsovereignapplicationssynclog set lease = gen_random_uuid() where status = 'running'`;
      return detail(id, applications.get(id));
    });
  }
  const response = await call();
  assertEquals(response.status, 409);
  assert((await response.json()).message.includes("another pass holds the run"));
});

withHarness(
  "an application that kills its worker is fetched alone the third time, and parked after 8 deaths and a day",
  30,
  async (harness) => {
    const { dependencies: { database }, sql, call, calls } = harness;
    const statusOf = async (id: string) => {
      const [row] = await sql`
        select state, attempts, lapses, next_attempt_at <= now() as due from public.sync_status
        where g3_application_number = ${id}`;
      return row;
    };
    /** A worker that claims whatever it is given and dies. */
    const die = async (killer: boolean) => {
      const run = await openRun(database);
      if (killer) await enqueueAll(run, [{ id: "G3-7", attributes: { lastSavedDateTime: "2026-01-15T10:00:00Z" } }]);
      const claimed = await run.claim(30);
      await letTimePass(sql, "2 hours");
      return claimed;
    };
    assertEquals(await die(true), ["G3-7"]);
    assertEquals(await die(true), ["G3-7"]);
    // The third run voids the second claim: two lapses, and no attempt.
    const run = await openRun(database);
    await enqueueAll(run, listed(harness));
    assertEquals(await statusOf("G3-7"), { state: "pending", attempts: 0, lapses: 2, due: true });
    const others = await run.claim(30);
    assertEquals([others.length, others.includes("G3-7")], [29, false]);
    assertEquals(await run.claim(30), []);
    const rows = others.map((id) => createRow(id, { lastSavedDateTime: "2026-01-15T10:00:00Z" }));
    await run.settle(toAnswers(rows), []);
    assertEquals(await run.claim(30), ["G3-7"]);
    assertEquals(await run.claim(30), []);
    // From now on each death counts: it was in flight alone.
    for (let death = 1; death <= 8; death++) {
      await letTimePass(sql, "4 hours");
      const next = await openRun(database);
      const status = await statusOf("G3-7");
      assertEquals([status?.state, status?.attempts, status?.due], [death < 8 ? "failed" : "parked", death, false]);
      await letTimePass(sql, "1 hour");
      if (death < 8) assertEquals(await next.claim(30), ["G3-7"]);
    }
    calls.length = 0;
    await letTimePass(sql, "2 minutes");
    await call();
    assertEquals(calls.includes("G3-7"), false);
    assertEquals((await statusOf("G3-7"))?.state, "parked");
  },
);

withHarness("a worker's death counts for nothing that was in flight with others", 10, async (harness) => {
  const { dependencies: { database }, sql } = harness;
  await enqueueAll(await openRun(database), listed(harness));
  for (let death = 1; death <= 2; death++) {
    const [{ lease } = { lease: null }] = await sql`
      select lease from public.tblsovereignapplicationssynclog where status = 'running'`;
    await sql`select public.claim_applications(${lease}, 30, 0)`;
    await letTimePass(sql, "2 minutes");
    await openRun(database);
    const [claims] = await sql`
      select max(attempts) as attempts, max(lapses) as lapses, bool_and(next_attempt_at <= now()) as due,
        count(claimed_by)::int as claimed
      from public.sync_status`;
    assertEquals(claims, { attempts: 0, lapses: death, due: true, claimed: 0 });
  }
});

withHarness("a manual since takes the place of a dead run, but not of a live one", 1, async (harness) => {
  const { dependencies: { database }, sql, call } = harness;
  await openRun(database);
  assertEquals((await call({ query: "?since=2025-06-01" })).status, 409);
  await letTimePass(sql, "2 minutes");
  const response = await call({ query: "?since=2025-06-01" });
  assertEquals(response.status, 200);
  const rows = await sql`
    select trigger, status, since_date::text as since from public.tblsovereignapplicationssynclog
    order by sync_started_at`;
  assertEquals([...rows], [
    { trigger: "schedule", status: "failed", since: "2026-01-01" },
    { trigger: "manual", status: "completed", since: "2025-06-01" },
  ]);
});

withHarness(
  "an operator who empties the log under a running sync stops it, and nothing is lost",
  40,
  async (harness) => {
    const { call, sql, faults, applications } = harness;
    faults.set("G3-1", async () => {
      await sql`DELETE FROM tblSovereignApplicationsSyncLog`;
      return detail("G3-1", applications.get("G3-1"));
    });
    assertEquals((await call()).status, 409);
    faults.clear();
    await letTimePass(sql, "10 minutes");
    const body = await (await call()).json();
    assertEquals([body.success, body.unchanged + body.fetched], [true, 40]);
    const [stored] = await sql`select count(*)::int as count from public.tblsovereignapplications`;
    assertEquals(stored, { count: 40 });
  },
);

withHarness("a claim whose lease has vanished is made again at once, and is no lapse", 1, async (harness) => {
  const { dependencies: { database }, sql } = harness;
  const vanished = await openRun(database);
  await enqueueAll(vanished, listed(harness));
  assertEquals(await vanished.claim(30), ["G3-1"]);
  // In flight: nobody else's, and not once more its own.
  assertEquals(await vanished.claim(30), []);
  await sql`delete from public.tblsovereignapplicationssynclog`;

  const run = await openRun(database);
  assertEquals(await enqueueAll(run, listed(harness)), 1);
  assertEquals(await run.claim(30), ["G3-1"]);
  const [open] = await sql`select lease from public.tblsovereignapplicationssynclog where id = ${run.id}`;
  const [status] = await sql`select attempts, lapses, claimed_by from public.sync_status`;
  assertEquals(status, { attempts: 0, lapses: 0, claimed_by: open?.lease });
});

withHarness("open_sync_run() says how much is due, and whether the list is stored already", 3, async (harness) => {
  const { dependencies: { database } } = harness;
  const run = await openRun(database);
  assertEquals([run.listed, run.due, run.pass, run.mayShorten], [false, 0, 1, true]);
  await run.finish({ ...END, handOver: true });
  const next = () => openRun(database, "next_pass", { syncLogId: run.id });
  const unlisted = await next();
  assertEquals([unlisted.id, unlisted.listed, unlisted.due, unlisted.pass], [run.id, false, 0, 2]);
  await enqueueAll(unlisted, listed(harness));
  await unlisted.claim(2);
  await unlisted.finish({ ...END, handOver: true });
  const listedRun = await next();
  assertEquals([listedRun.id, listedRun.listed, listedRun.due, listedRun.pass], [run.id, true, 3, 3]);
});

withHarness("next_pass goes on with the run it names, twice only once, and with no other", 1, async (harness) => {
  const { dependencies: { database }, sql, call } = harness;
  const nextOf = (syncLogId: string) => openRun(database, "next_pass", { syncLogId });
  const nobody = crypto.randomUUID();
  const run = await openRun(database, "manual");
  await assertRejects(() => nextOf(run.id), SyncRunningError);
  assertEquals((await assertRejects(() => nextOf(nobody), RunEndedError)).syncLogId, nobody);
  await enqueueAll(run, listed(harness));
  await run.finish({ ...END, handOver: true });
  await assertRejects(() => nextOf(nobody), RunEndedError);
  // Dispatched twice, they arrive together.
  const resumed = await Promise.allSettled([nextOf(run.id), nextOf(run.id)]);
  assertEquals(resumed.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  for (const attempt of resumed) {
    if (attempt.status === "fulfilled") assertEquals([attempt.value.id, attempt.value.pass], [run.id, 2]);
    else assert(attempt.reason instanceof SyncRunningError, String(attempt.reason));
  }
  await letTimePass(sql, "2 minutes");
  await call();
  const response = await call({ body: { trigger: "next_pass", syncLogId: run.id } });
  const body = await response.json();
  assertEquals([response.status, body.syncLogId], [409, run.id]);
  assertEquals(body.message, `Cannot go on with sync ${run.id}: it has ended`);
  const runs = await sql`select trigger, status from public.tblsovereignapplicationssynclog order by sync_started_at`;
  assertEquals([...runs], [{ trigger: "manual", status: "failed" }, { trigger: "manual", status: "completed" }]);
});

withHarness("a pass that died after it went on is gone on with by the dispatch that names it", 2, async (harness) => {
  const { dependencies: { database }, sql } = harness;
  const run = await openRun(database);
  await enqueueAll(run, listed(harness));
  await run.claim(2);
  await letTimePass(sql, "2 minutes");
  const next = await openRun(database, "next_pass", { syncLogId: run.id });
  assertEquals([next.id, next.pass, next.due], [run.id, 2, 2]);
  const [status] = await sql`select max(lapses) as lapses, max(attempts) as attempts from public.sync_status`;
  assertEquals(status, { lapses: 1, attempts: 0 });
});
