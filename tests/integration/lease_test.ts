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
  type Trigger,
} from "../../supabase/functions/sync-applications/database/sync_run.ts";

const REQUEST = { sinceDate: "2026-01-01", force: false, movesWatermark: true } as const;

/** A run whose worker shows no sign of life by itself: its clock stands still. */
function openRun(database: SyncDatabase, trigger: Trigger = "schedule"): Promise<SyncRun> {
  return openSyncRun(database, createFakeClock(), { ...REQUEST, trigger });
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

withHarness("a claim whose lease has vanished is made again at once, and is no lapse", 1, async (harness) => {
  const { dependencies: { database }, sql } = harness;
  const vanished = await openRun(database);
  await vanished.enqueue(listed(harness), true);
  assertEquals(await vanished.claim(30), ["G3-1"]);
  // In flight: nobody else's, and not once more its own.
  assertEquals(await vanished.claim(30), []);
  await sql`delete from public.tblsovereignapplicationssynclog`;

  const run = await openRun(database);
  assertEquals(await run.enqueue(listed(harness), true), { enqueued: 1, due: 1 });
  assertEquals(await run.claim(30), ["G3-1"]);
  const [open] = await sql`select lease from public.tblsovereignapplicationssynclog where id = ${run.id}`;
  const [status] = await sql`select attempts, lapses, claimed_by from public.sync_status`;
  assertEquals(status, { attempts: 2, lapses: 0, claimed_by: open?.lease });
});

withHarness(
  "open_sync_run() says how much a resumed run has to fetch, and nothing of one that has to list",
  3,
  async (harness) => {
    const { dependencies: { database }, sql } = harness;
    const run = await openRun(database);
    assertEquals([run.listed, run.due, run.pass], [false, 0, 1]);
    await letTimePass(sql, "2 minutes");
    const unlisted = await openRun(database);
    assertEquals([unlisted.id, unlisted.listed, unlisted.due, unlisted.pass], [run.id, false, 0, 2]);
    await unlisted.enqueue(listed(harness), true);
    await unlisted.claim(2);
    await letTimePass(sql, "2 minutes");
    const resumed = await openRun(database);
    assertEquals([resumed.id, resumed.listed, resumed.due, resumed.pass], [run.id, true, 3, 3]);
  },
);

withHarness(
  "next_pass resumes the run that was released, and opens one by schedule when there is none",
  1,
  async (harness) => {
    const { dependencies: { database }, sql } = harness;
    const next = () => openRun(database, "next_pass");
    const end = { warnings: [], anomalies: [] };
    const run = await openRun(database, "manual");
    await assertRejects(next, SyncRunningError);
    await run.finish({ ...end, handOver: true });
    const resumed = await next();
    assertEquals([resumed.id, resumed.pass], [run.id, 2]);
    await resumed.finish({ ...end, handOver: false });
    const opened = await next();
    assertEquals([opened.id === run.id, opened.pass], [false, 1]);
    const runs = await sql`select trigger from public.tblsovereignapplicationssynclog order by sync_started_at`;
    assertEquals(runs.map(({ trigger }) => trigger), ["manual", "schedule"]);
  },
);
