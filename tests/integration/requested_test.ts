import { assertEquals, assertMatch } from "../support/assert.ts";
import { createRow, toAnswers } from "../support/application_rows.ts";
import { detail } from "../support/fake_applications.ts";
import { createFakeClock } from "../support/fake_clock.ts";
import { envelope } from "../support/fake_lambda.ts";
import { withHarness } from "../support/harness.ts";
import { waitUntil } from "../support/wait_until.ts";
import { type Failure, openSyncRun } from "../../supabase/functions/sync-applications/database/sync_run.ts";

const RUN = { sinceDate: "2026-01-01", trigger: "manual", force: false, movesWatermark: true } as const;

withHarness(
  "POST applications fetches those first, also what is known to be current, and then the rest",
  5,
  async (harness) => {
    const { call, calls, sql, logRow } = harness;
    await call({ query: "?since=2026-01-01" });
    await sql`update public.sync_status set state = 'failed', next_attempt_at = now(), stale_since = now()
    where g3_application_number = 'G3-5'`;
    calls.length = 0;
    const body = await (await call({ body: { applications: ["G3-2", "G3-4", "G3-2"] } })).json();
    assertEquals([body.success, body.found, body.unchanged, body.fetched, body.remaining], [true, 5, 2, 3, 0]);
    assertMatch(calls[0] ?? "", /^list /);
    assertEquals([calls.slice(1, 3).toSorted(), calls.slice(3)], [["G3-2", "G3-4"], ["G3-5"]]);
    const row = await logRow();
    assertEquals([row.trigger, row.moves_watermark, row.status], ["manual", true, "completed"]);
    const [left] = await sql`select count(*)::int as count from public.sync_status where requested_at is not null`;
    assertEquals(left, { count: 0 });
  },
);

withHarness("POST applications while a sync runs gets 202, and that sync fetches them", 20, async (harness) => {
  const { call, faults, applications, background, sql } = harness;
  const gate = Promise.withResolvers<void>();
  faults.set("G3-1", () => gate.promise.then(() => detail("G3-1", applications.get("G3-1"))));
  await call({ headers: { prefer: "respond-async" } });
  applications.set("G3-later", "2026-01-15T10:00:00Z");
  const response = await call({ body: { applications: ["G3-later"] } });
  assertEquals([response.status, (await response.json()).message], [
    202,
    "A sync is running; it, or the next one, fetches these applications",
  ]);
  gate.resolve();
  await background();
  await call();
  const [stored] =
    await sql`select count(*)::int as count from public.tblsovereignapplications where g3_application_number = 'G3-later'`;
  assertEquals(stored, { count: 1 });
});

withHarness("an application that is asked for while it is in flight is fetched again", 2, async (harness) => {
  const { call, calls, faults, applications, background, sql } = harness;
  const gate = Promise.withResolvers<void>();
  const old = detail("G3-1", applications.get("G3-1"));
  faults.set("G3-1", () => gate.promise.then(() => old));
  await call({ headers: { prefer: "respond-async" } });
  await waitUntil("the first fetch", 30_000, () => Promise.resolve(calls.includes("G3-1")));

  applications.set("G3-1", "2026-01-16T10:00:00Z");
  assertEquals((await call({ body: { applications: ["G3-1"] } })).status, 202);
  faults.clear();
  gate.resolve();
  await background();
  assertEquals(calls.filter((line) => line === "G3-1").length, 2);
  const [row] = await sql`
    select s.state, s.requested_at, s.claimed_by, s.attempts, m.lastsaveddatetime as saved
    from public.sync_status as s join public.tblsovereignapplications as m using (g3_application_number)
    where s.g3_application_number = 'G3-1'`;
  // OCC's list named the older date: it is settled when a list agrees.
  assertEquals(row, {
    state: "pending",
    requested_at: null,
    claimed_by: null,
    attempts: 0,
    saved: new Date("2026-01-16T10:00:00Z"),
  });
  await call();
  const [settled] = await sql`select state from public.sync_status where g3_application_number = 'G3-1'`;
  assertEquals([settled?.state, calls.filter((line) => line === "G3-1").length], ["synced", 3]);
});

for (const outcome of ["stored", "failed"] as const) {
  withHarness(
    `settle_applications() leaves what was asked for in flight pending when it is ${outcome}`,
    3,
    async (harness) => {
      const { database, dependencies, sql } = harness;
      const statusOf = async (id: string) => {
        const [row] = await sql`
        select state, attempts, next_attempt_at <= now() as due, requested_at is not null as requested, claimed_by,
          attempted_by_run, synced_at is not null as settled
        from public.sync_status where g3_application_number = ${id}`;
        return row;
      };
      const run = await openSyncRun(dependencies.database, createFakeClock(), RUN);
      await database.rpc("request_applications", { ids: ["G3-1", "G3-2"] });
      assertEquals((await run.claim(30)).toSorted(), ["G3-1", "G3-2"]);
      await database.rpc("request_applications", { ids: ["G3-2"] });
      // In flight: not handed out a second time.
      assertEquals(await run.claim(30), []);
      const ids = ["G3-1", "G3-2"];
      const failures = ids.map((id): Failure => ({ id, error: "Cannot fetch", cause: "down", step: "fetch" }));
      const settled = outcome === "stored"
        ? await run.settle(toAnswers(ids.map((id) => createRow(id))), [])
        : await run.settle([], failures);
      assertEquals(settled, outcome === "stored" ? 2 : 0);
      const stored = outcome === "stored";
      assertEquals(await statusOf("G3-1"), {
        state: stored ? "synced" : "failed",
        attempts: stored ? 0 : 1,
        due: stored ? null : false,
        requested: false,
        claimed_by: null,
        attempted_by_run: run.id,
        settled: stored,
      });
      assertEquals(await statusOf("G3-2"), {
        state: "pending",
        attempts: 0,
        due: true,
        requested: true,
        claimed_by: null,
        attempted_by_run: null,
        settled: false,
      });
      assertEquals(await run.claim(30), ["G3-2"]);
    },
  );
}

withHarness("a pass that ends with requests due asks for the next one, also while paused", 2, async (harness) => {
  const { dependencies, database, sql } = harness;
  await sql`select public.pause_sync()`;
  const run = await openSyncRun(dependencies.database, createFakeClock(), { ...RUN, trigger: "schedule" });
  assertEquals(await run.enqueue([], { part: 0, since: "2026-01-01", complete: true }), 0);
  assertEquals(await run.claim(30), []);
  await database.rpc("request_applications", { ids: ["G3-1"] });
  const end = { handOver: false, warnings: [], anomalies: [] };
  assertEquals((await run.finish(end)).status, "running");
  assertEquals([...await sql`select trigger, outcome from sovereign_sync.dispatches`], [
    { trigger: "next_pass", outcome: null },
  ]);
  const next = await openSyncRun(dependencies.database, createFakeClock(), {
    ...RUN,
    trigger: "next_pass",
    syncLogId: run.id,
  });
  assertEquals([next.id, next.pass, await next.claim(30)], [run.id, 2, ["G3-1"]]);
  await next.settle(toAnswers([createRow("G3-1")]), []);
  assertEquals((await next.finish(end)).status, "completed");
});

withHarness("a run that got no list fetches what is due all the same, and ends failed", 3, async (harness) => {
  const { call, faults, logRow, applications } = harness;
  await call();
  faults.set("list", () => envelope("down", 503));
  const response = await call({ body: { applications: ["G3-2"] } });
  const body = await response.json();
  assertEquals([response.status, body.success, body.fetched, body.upserted], [502, false, 1, 1]);
  assertMatch(body.message, /^Sync failed: Cannot list the applications changed since \S+: OCC answered 503$/);
  assertEquals([(await logRow()).status, (await logRow()).listed_at], ["failed", null]);
  assertEquals(applications.size, 3);
});

withHarness(
  "a run that got no list hands over what its budget leaves, and lists in the next pass",
  50,
  async (harness) => {
    const { call, faults, logRow, database, applications } = harness;
    await database.rpc("request_applications", { ids: [...applications.keys()] });
    faults.set("list", () => envelope("down", 503));
    const first = await (await call()).json();
    assertEquals([first.fetched, (await logRow()).status], [20, "running"]);
    faults.clear();
    const next = { body: { trigger: "next_pass", syncLogId: first.syncLogId } };
    await call(next);
    const last = await (await call(next)).json();
    assertEquals([last.success, last.found, last.fetched, last.remaining], [true, 50, 50, 0]);
  },
  () => ({ budget: { timeMs: 100_000, applications: 20 } }),
);

const listClock = createFakeClock(Date.now());
withHarness("a run without a list and without time ends, rather than to ask for the same again", 3, async (harness) => {
  const { call, faults, logRow, database, sql } = harness;
  await database.rpc("request_applications", { ids: ["G3-1"] });
  faults.set("list", async () => {
    await listClock.advance(120);
    return envelope("down", 503);
  });
  await call({ body: { trigger: "schedule" } });
  const { status, error_details } = await logRow();
  assertEquals(status, "failed");
  assertMatch(JSON.stringify(error_details), /Cannot list the applications/);
  assertEquals([...await sql`select id from public.sync_dispatches`], []);
}, () => ({ clock: listClock, budget: { timeMs: 100, applications: 20 } }));

withHarness(
  "claim_applications() takes what is asked for first, then the least tried, the newest first",
  0,
  async (harness) => {
    const { database, dependencies, sql } = harness;
    const run = await openSyncRun(dependencies.database, createFakeClock(), RUN);
    await sql`
    insert into public.sync_status (g3_application_number, state, attempts, next_attempt_at) values
      ('tried', 'failed', 3, now() - interval '1 day'), ('new', 'pending', 0, now() - interval '1 minute'),
      ('newer', 'pending', 0, now() - interval '1 second'), ('later', 'pending', 0, now() + interval '1 minute')`;
    await database.rpc("request_applications", { ids: ["asked"] });
    const claimed: string[] = [];
    for (let turn = 0; turn < 5; turn++) {
      claimed.push(...await run.claim(1));
    }
    assertEquals(claimed, ["asked", "newer", "new", "tried"]);
  },
);

for (
  const [body, message] of [
    [{ applications: [] }, /applications must be a list of 1 to 500/],
    [{ applications: "G3-1" }, /applications must be a list of 1 to 500/],
    [{ applications: ["G3-1", ""] }, /applications must be a list of 1 to 500/],
    [{ applications: ["G3-1"], since: "2026-01-01" }, /applications stands alone/],
  ] as const
) {
  withHarness(`POST ${JSON.stringify(body)} gets 400`, 1, async ({ call, calls }) => {
    const response = await call({ body });
    assertEquals(response.status, 400);
    assertMatch((await response.json()).message, message);
    assertEquals(calls, []);
  });
}

withHarness("reconciliation finds a change the runs by schedule could not see, and counts it", 3, async (harness) => {
  const { call, applications, faults, sql } = harness;
  await call();
  await sql`update public.tblsovereignapplicationssynclog set sync_started_at = now() - interval '30 minutes'`;
  const missed = new Date(Date.now() - 2 * 86_400_000).toISOString();
  applications.set("G3-2", missed);
  faults.set("list", () => envelope([{ id: "G3-1", attributes: { lastSavedDateTime: applications.get("G3-1") } }]));
  await call();
  await sql`update public.tblsovereignapplicationssynclog set sync_started_at = sync_started_at - interval '30 minutes'`;
  faults.clear();
  const body = await (await call({ body: { trigger: "reconciliation", since: "2026-01-01" } })).json();
  assertEquals([body.fetched, body.unchanged], [1, 2]);
  const [run] = await sql`
    select changes_missed from public.tblsovereignapplicationssynclog where trigger = 'reconciliation'`;
  assertEquals(run, { changes_missed: 1 });
});

withHarness("a run notices attributes, codes and dates that are new, gone or wrong", 25, async (harness) => {
  const { call, faults, applications, sql, logRow } = harness;
  await call();
  for (const id of applications.keys()) {
    applications.set(id, "2026-01-16T10:00:00Z");
    faults.set(id, () =>
      envelope({
        type: "application",
        id,
        attributes: { lastSavedDateTime: "2026-01-16T10:00:00Z", riskGrade: "secret", appStatusCode: "NEW" },
      }));
  }
  await call();
  const details = JSON.stringify((await logRow()).error_details);
  assertMatch(details, /OCC sends attributes that are not stored: riskGrade/);
  assertMatch(details, /Status codes never seen before: NEW/);
  assertEquals(details.includes("secret"), false);
  await sql`select sovereign_sync.watch_sync()`;
  const alerts = await sql`select message from public.sync_alerts where condition = 'data quality'`;
  assertEquals(
    alerts[0]?.message,
    "OCC no longer sends: applicationName (in none of the last 25 applications). If it stays so, ask OCC what has changed.",
  );
});
