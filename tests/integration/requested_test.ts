import { assertEquals, assertMatch } from "../support/assert.ts";
import { detail } from "../support/fake_applications.ts";
import { envelope } from "../support/fake_lambda.ts";
import { withHarness } from "../support/harness.ts";

withHarness("POST applications syncs exactly those, also what is known to be current", 5, async (harness) => {
  const { call, calls, sql, logRow } = harness;
  await call({ query: "?since=2026-01-01" });
  await sql`update public.sync_status set state = 'failed', next_attempt_at = now(), stale_since = now()
    where g3_application_number = 'G3-5'`;
  calls.length = 0;
  const body = await (await call({ body: { applications: ["G3-2", "G3-4", "G3-2"] } })).json();
  assertEquals([body.success, body.found, body.fetched, body.remaining], [true, 2, 2, 0]);
  assertEquals(calls.toSorted(), ["G3-2", "G3-4"]);
  const row = await logRow();
  assertEquals([row.trigger, row.moves_watermark, row.status], ["applications", false, "completed"]);
});

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
  applications.set("G3-2", "2026-01-20T10:00:00Z");
  faults.set("list", () => envelope([]));
  await call();
  await sql`update public.tblsovereignapplicationssynclog set sync_started_at = sync_started_at - interval '30 minutes'`;
  faults.clear();
  const body = await (await call({ body: { trigger: "reconciliation", since: "2026-01-01" } })).json();
  assertEquals([body.fetched, body.unchanged], [1, 2]);
  const [run] = await sql`select outcome from public.sync_runs where trigger = 'reconciliation'`;
  assertEquals(run?.outcome, "1 changes had been missed");
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
  assertMatch(details, /OCC no longer sends: .*owner.* \(in none of 25 applications\)/);
  assertMatch(details, /Status codes never seen before: NEW/);
  assertEquals(details.includes("secret"), false);
  await sql`select private.watch_sync()`;
  const alerts = await sql`select condition from public.sync_alerts where condition = 'data quality'`;
  assertEquals(alerts.length, 1);
});
