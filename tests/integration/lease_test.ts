import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { createRow } from "../support/application_rows.ts";
import { letTimePass } from "../support/database.ts";
import { detail } from "../support/fake_applications.ts";
import { createFakeClock } from "../support/fake_clock.ts";
import { type Harness, withHarness } from "../support/harness.ts";
import { DatabaseError } from "../../supabase/functions/sync-applications/database/database_error.ts";
import type { SyncDatabase } from "../../supabase/functions/sync-applications/database/sync_database.ts";
import {
  openSyncRun,
  type SyncRun,
  SyncRunningError,
} from "../../supabase/functions/sync-applications/database/sync_run.ts";

const REQUEST = { sinceDate: "2026-01-01", trigger: "schedule", force: false, movesWatermark: true } as const;

/** A run whose worker shows no sign of life by itself: its clock stands still. */
function openRun(database: SyncDatabase): Promise<SyncRun> {
  return openSyncRun(database, createFakeClock(), REQUEST);
}

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

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 5) {
    if (waited > 5000) throw new Error("Waited 5 s in vain");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

withHarness("a second invocation answers 409 with the running sync's id", 1, async (harness) => {
  const release = hold(harness, "G3-1");
  const started = await harness.call({ headers: { prefer: "respond-async" } });
  const { syncLogId } = await started.json();
  assertEquals(started.status, 202);
  await until(() => harness.calls.includes("G3-1"));

  const second = await harness.call();
  assertEquals(second.status, 409);
  const body = await second.json();
  assertEquals([body.success, body.syncLogId], [false, syncLogId]);
  assert(body.message.includes(syncLogId), body.message);

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
  "a run without a heartbeat for 90 s is taken over, and its zombie's write is refused",
  2,
  async (harness) => {
    const { dependencies: { database }, sql, call, logRow } = harness;
    const dead = await openRun(database);
    await dead.enqueue(listed(harness), true);
    const [victim] = await dead.claim(1);
    await letTimePass(sql, "89 seconds");
    assertEquals((await call()).status, 409);
    await letTimePass(sql, "2 seconds");

    const body = await (await call()).json();
    assertEquals([body.syncLogId, body.found, body.fetched], [dead.id, 2, 2]);
    assertEquals((await logRow()).passes, 2);
    assert(harness.lines.includes(`[syncApplicationsSince] Resuming sync ${dead.id}, pass 2`));
    // Its list was stored: nothing is listed again.
    assertEquals(harness.calls.filter((line) => line.startsWith("list")), []);

    const zombie = await assertRejects(
      () => dead.settle([createRow(victim ?? "", { owner: "zombie" })], []),
      DatabaseError,
      "another pass holds the run",
    );
    assertEquals(zombie.leaseLost, true);
    const [owners] = await sql`select count(owner)::int as zombies from public.tblsovereignapplications`;
    assertEquals(owners, { zombies: 0 });
  },
);

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
  "an application that kills its worker is fetched alone the third time, and parked after 8",
  30,
  async (harness) => {
    const { dependencies: { database }, sql, call, calls } = harness;
    const statusOf = async () => {
      const [row] = await sql`
      select state, attempts, lapses from public.sync_status
      where g3_application_number = 'G3-7'`;
      return row;
    };
    const die = async () => {
      // A worker that claims whatever it is given and dies.
      const run = await openRun(database);
      if (!run.listed) {
        await run.enqueue([{ id: "G3-7", attributes: { lastSavedDateTime: "2026-01-15T10:00:00Z" } }], true);
      }
      const claimed = await run.claim(30);
      await letTimePass(sql, "2 minutes");
      return claimed;
    };
    assertEquals(await die(), ["G3-7"]);
    assertEquals(await die(), ["G3-7"]);
    // The third pass voids the second claim.
    const run = await openRun(database);
    await run.enqueue(listed(harness), true);
    assertEquals(await statusOf(), { state: "failed", attempts: 2, lapses: 2 });
    const others = await run.claim(30);
    assertEquals([others.length, others.includes("G3-7")], [29, false]);
    assertEquals(await run.claim(30), []);
    await run.settle(others.map((id) => createRow(id)), []);
    assertEquals(await run.claim(30), ["G3-7"]);
    assertEquals(await run.claim(30), []);
    await letTimePass(sql, "2 minutes");
    for (let attempt = 4; attempt <= 8; attempt++) assertEquals(await die(), ["G3-7"]);
    calls.length = 0;
    await call();
    assertEquals(calls.includes("G3-7"), false);
    assertEquals((await statusOf())?.state, "parked");
  },
);

withHarness("a manual since takes the place of a dead run, but not of a live one", 1, async (harness) => {
  const { dependencies: { database }, sql, call } = harness;
  const dead = await openRun(database);
  assertEquals((await call({ query: "?since=2025-06-01" })).status, 409);
  await letTimePass(sql, "2 minutes");
  const response = await call({ query: "?since=2025-06-01" });
  assertEquals(response.status, 200);
  const [row] = await sql`
    select status, error_details from public.tblsovereignapplicationssynclog where id = ${dead.id}`;
  assertEquals(row, { status: "failed", error_details: { reason: "Its worker died; a manual run took its place" } });
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
