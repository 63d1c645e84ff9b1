import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { letTimePass } from "../support/database.ts";
import { detail } from "../support/fake_applications.ts";
import { type Harness, withHarness } from "../support/harness.ts";
import { systemClock } from "../../supabase/functions/sync-applications/clock.ts";
import { DatabaseError } from "../../supabase/functions/sync-applications/database/database_error.ts";
import { settleApplications } from "../../supabase/functions/sync-applications/database/settle_applications.ts";
import { openSyncRun, SyncRunningError } from "../../supabase/functions/sync-applications/database/sync_run.ts";

const REQUEST = { sinceDate: "2026-01-01", trigger: "schedule", force: false, movesWatermark: true } as const;

/** Makes the detail of an id wait until the returned function is called. */
function hold({ faults, applications }: Harness, id: string): () => void {
  const gate = Promise.withResolvers<void>();
  faults.set(id, () => gate.promise.then(() => detail(id, applications.get(id))));
  return gate.resolve;
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

withHarness("openSyncRun() opens one run, whoever is first", 0, async ({ database }) => {
  const attempts = await Promise.allSettled(Array.from({ length: 10 }, () => openSyncRun(database, REQUEST)));
  assertEquals(attempts.filter(({ status }) => status === "fulfilled").length, 1);
  for (const attempt of attempts) {
    if (attempt.status === "rejected") assert(attempt.reason instanceof SyncRunningError, String(attempt.reason));
  }
});

withHarness(
  "a run without a heartbeat for 90 s is taken over, and its zombie's write is refused",
  2,
  async (harness) => {
    const { database, sql, call, logRow } = harness;
    const dead = await openSyncRun(database, REQUEST);
    await database.rpc("enqueue_applications", {
      lease: dead.lease,
      applications: [...harness.applications].map(([id, last_saved]) => ({ id, last_saved })),
      complete: true,
    });
    const { data: claimed } = await database.rpc("claim_applications", { lease: dead.lease, max_claims: 1 });
    const [victim] = claimed ?? [];
    await letTimePass(sql, "89 seconds");
    assertEquals((await call()).status, 409);
    await letTimePass(sql, "2 seconds");

    const body = await (await call()).json();
    assertEquals([body.syncLogId, body.found, body.fetched], [dead.sync_log_id, 2, 2]);
    assertEquals((await logRow()).passes, 2);
    assert(harness.lines.includes(`[syncApplicationsSince] Resuming sync ${dead.sync_log_id}, pass 2`));
    // Its list was stored: nothing is listed again.
    assertEquals(harness.calls.filter((line) => line.startsWith("list")), []);

    const zombie = await assertRejects(
      () =>
        settleApplications(database, systemClock, dead.lease, [
          { g3_application_number: victim ?? "", owner: "zombie" },
        ], []),
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
    const { database, sql, call, calls } = harness;
    const statusOf = async () => {
      const [row] = await sql`
      select state, attempts, lapses from public.sync_status
      where g3_application_number = 'G3-7'`;
      return row;
    };
    const die = async () => {
      // A worker that claims whatever it is given and dies.
      const run = await openSyncRun(database, REQUEST);
      if (!run.listed) {
        await database.rpc("enqueue_applications", {
          lease: run.lease,
          applications: [{ id: "G3-7", last_saved: "2026-01-15T10:00:00Z" }],
          complete: true,
        });
      }
      const { data } = await database.rpc("claim_applications", { lease: run.lease, max_claims: 30 });
      await letTimePass(sql, "2 minutes");
      return data;
    };
    assertEquals(await die(), ["G3-7"]);
    assertEquals(await die(), ["G3-7"]);
    // The third pass voids the second claim.
    const run = await openSyncRun(database, REQUEST);
    await database.rpc("enqueue_applications", {
      lease: run.lease,
      applications: [...harness.applications].map(([id, last_saved]) => ({ id, last_saved })),
      complete: true,
    });
    assertEquals(await statusOf(), { state: "failed", attempts: 2, lapses: 2 });
    const claim = async (max_claims: number) => {
      const { data } = await database.rpc("claim_applications", { lease: run.lease, max_claims });
      return data ?? [];
    };
    const others = await claim(30);
    assertEquals([others.length, others.includes("G3-7")], [29, false]);
    assertEquals(await claim(30), []);
    await settleApplications(database, systemClock, run.lease, others.map((id) => ({ g3_application_number: id })), []);
    assertEquals(await claim(30), ["G3-7"]);
    assertEquals(await claim(30), []);
    await letTimePass(sql, "2 minutes");
    for (let attempt = 4; attempt <= 8; attempt++) assertEquals(await die(), ["G3-7"]);
    calls.length = 0;
    await call();
    assertEquals(calls.includes("G3-7"), false);
    assertEquals((await statusOf())?.state, "parked");
  },
);

withHarness("a manual since takes the place of a dead run, but not of a live one", 1, async (harness) => {
  const { database, sql, call } = harness;
  const dead = await openSyncRun(database, REQUEST);
  assertEquals((await call({ query: "?since=2025-06-01" })).status, 409);
  await letTimePass(sql, "2 minutes");
  const response = await call({ query: "?since=2025-06-01" });
  assertEquals(response.status, 200);
  const [row] = await sql`
    select status, error_details from public.tblsovereignapplicationssynclog where id = ${dead.sync_log_id}`;
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
  const { database, sql } = harness;
  const applications = [{ id: "G3-1", last_saved: "2026-01-15T10:00:00Z" }];
  const claim = async (lease: string) => (await database.rpc("claim_applications", { lease, max_claims: 30 })).data;
  const vanished = await openSyncRun(database, REQUEST);
  await database.rpc("enqueue_applications", { lease: vanished.lease, applications, complete: true });
  assertEquals(await claim(vanished.lease), ["G3-1"]);
  // In flight: nobody else's, and not once more its own.
  assertEquals(await claim(vanished.lease), []);
  await sql`delete from public.tblsovereignapplicationssynclog`;

  const run = await openSyncRun(database, REQUEST);
  const { data } = await database.rpc("enqueue_applications", { lease: run.lease, applications, complete: true });
  assertEquals(data, [{ enqueued: 1, due: 1 }]);
  assertEquals(await claim(run.lease), ["G3-1"]);
  const [status] = await sql`select attempts, lapses, claimed_by from public.sync_status`;
  assertEquals(status, { attempts: 2, lapses: 0, claimed_by: run.lease });
});

withHarness(
  "open_sync_run() says how much a resumed run has to fetch, and nothing of one that has to list",
  3,
  async (harness) => {
    const { database, sql } = harness;
    const run = await openSyncRun(database, REQUEST);
    assertEquals([run.outcome, run.listed, run.due], ["opened", false, 0]);
    await letTimePass(sql, "2 minutes");
    const unlisted = await openSyncRun(database, REQUEST);
    assertEquals([unlisted.outcome, unlisted.listed, unlisted.due], ["resumed", false, 0]);
    await database.rpc("enqueue_applications", {
      lease: unlisted.lease,
      applications: [...harness.applications].map(([id, last_saved]) => ({ id, last_saved })),
      complete: true,
    });
    await database.rpc("claim_applications", { lease: unlisted.lease, max_claims: 2 });
    await letTimePass(sql, "2 minutes");
    const listed = await openSyncRun(database, REQUEST);
    assertEquals([listed.outcome, listed.listed, listed.due, listed.pass], ["resumed", true, 3, 3]);
  },
);

withHarness(
  "next_pass resumes the run that was released, and opens one by schedule when there is none",
  1,
  async (harness) => {
    const { database, sql } = harness;
    const next = () => openSyncRun(database, { ...REQUEST, trigger: "next_pass" });
    const run = await openSyncRun(database, { ...REQUEST, trigger: "manual" });
    await assertRejects(next, SyncRunningError);
    await database.rpc("finish_sync_pass", { lease: run.lease, hand_over: true });
    const resumed = await next();
    assertEquals([resumed.outcome, resumed.sync_log_id], ["resumed", run.sync_log_id]);
    await database.rpc("finish_sync_pass", { lease: resumed.lease, hand_over: false });
    const opened = await next();
    assertEquals(opened.outcome, "opened");
    const runs = await sql`select trigger from public.tblsovereignapplicationssynclog order by sync_started_at`;
    assertEquals(runs.map(({ trigger }) => trigger), ["manual", "schedule"]);
  },
);
