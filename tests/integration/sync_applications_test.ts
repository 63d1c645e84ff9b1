import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { detail } from "../support/fake_applications.ts";
import { envelope } from "../support/fake_lambda.ts";
import { withHarness } from "../support/harness.ts";

withHarness(
  "sync stores every listed application and completes the log row",
  250,
  async ({ call, sql, logRow, lines }) => {
    const response = await call({ query: "?since=2026-01-01" });
    const body = await response.json();
    assertEquals(response.status, 200);
    const { duration, timestamp, syncLogId, ...counts } = body;
    assertEquals(counts, {
      success: true,
      message: "Sync completed: synced 250 of 250 applications",
      fetched: 250,
      fetchFailed: 0,
      upserted: 250,
      upsertFailed: 0,
      found: 250,
      unchanged: 0,
      remaining: 0,
    });
    assertMatch(duration, /^\d+\.\d\ds$/);
    assert(!Number.isNaN(Date.parse(timestamp)));

    const row = await logRow();
    assertEquals(row.id, syncLogId);
    assertEquals([row.status, row.trigger, row.passes, row.lease], ["completed", "manual", 1, null]);
    assertEquals([row.applications_found, row.applications_fetched, row.applications_upserted], [250, 250, 250]);
    const [stored] = await sql`
    select count(*)::int as count, min(applicationname) as first from public.tblsovereignapplications`;
    assertEquals(stored, { count: 250, first: "Application G3-1" });

    assertEquals(lines.slice(0, -1), [
      "[Manual] Starting sync job...",
      "[Manual] Using since date: 2026-01-01",
      "[syncApplicationsSince] Found 250 changed applications",
      "[syncApplicationsSince] Fetched 250 applications, 0 failed",
      "[syncApplicationsSince] Upserting chunk 1/3 (100 records)",
      "[syncApplicationsSince] Upserting chunk 2/3 (100 records)",
      "[syncApplicationsSince] Upserting chunk 3/3 (50 records)",
      "[syncApplicationsSince] Sync completed successfully",
    ]);
    assertMatch(lines.at(-1) ?? "", /^\[Manual\] Sync completed in \d+\.\d\ds$/);
  },
);

withHarness("sync keeps the good applications when one fails", 3, async ({ call, faults, sql }) => {
  faults.set("G3-2", () => envelope("down", 503));
  const body = await (await call({ query: "?since=2026-01-01" })).json();
  assertEquals([body.success, body.fetched, body.fetchFailed], [true, 2, 1]);
  assertEquals(body.errors, [{ id: "G3-2", error: "Cannot fetch application G3-2: OCC answered 503" }]);
  const rows = await sql`
    select g3_application_number as id, state, attempts, next_attempt_at > now() as later
    from public.sync_status order by 1`;
  assertEquals([...rows], [
    { id: "G3-1", state: "synced", attempts: 0, later: null },
    { id: "G3-2", state: "failed", attempts: 1, later: true },
    { id: "G3-3", state: "synced", attempts: 0, later: null },
  ]);
});

withHarness("sync completes when nothing changed", 0, async ({ call, logRow }) => {
  const body = await (await call()).json();
  assertEquals([body.success, body.found, body.fetched], [true, 0, 0]);
  assertEquals((await logRow()).status, "completed");
});

withHarness("sync fetches only what is stale, and with force everything listed", 4, async (harness) => {
  const { call, calls, applications } = harness;
  await call({ query: "?since=2026-01-01" });
  calls.length = 0;
  applications.set("G3-3", "2026-01-16T10:00:00Z");
  const second = await (await call({ query: "?since=2026-01-01" })).json();
  assertEquals([second.found, second.unchanged, second.fetched], [4, 3, 1]);
  assertEquals(calls, ["list 2026-01-01", "G3-3"]);

  calls.length = 0;
  const forced = await (await call({ body: { since: "2026-01-01", force: true } })).json();
  assertEquals([forced.found, forced.unchanged, forced.fetched], [4, 0, 4]);
});

withHarness(
  "sync fails when no application can be fetched, and nobody can tell whose fault it is",
  6,
  async (harness) => {
    const { call, faults, logRow, sql } = harness;
    for (const id of harness.applications.keys()) faults.set(id, () => envelope("down", 503));
    const response = await call();
    const body = await response.json();
    assertEquals([response.status, body.success, body.fetched, body.fetchFailed], [502, false, 0, 6]);
    const row = await logRow();
    assertEquals([row.status, row.occ], ["failed", "unknown"]);
    // There is nothing OCC ever served: they count, so that none is fetched on every tick for ever; one stands in for canaries.
    const [status] = await sql`
    select max(attempts) as attempts, min(attempts) as least, count(*) filter (where next_attempt_at <= now())::int as due
    from public.sync_status`;
    assertEquals(status, { attempts: 1, least: 1, due: 1 });
  },
);

withHarness("sync fails when OCC cannot be listed, and the watermark stays", 3, async (harness) => {
  const { call, faults, logRow, calls } = harness;
  faults.set("list", () => {
    throw new TypeError("connection refused");
  });
  const response = await call();
  const body = await response.json();
  assertEquals(response.status, 502);
  assertMatch(body.message, /^Sync failed: Cannot list the applications changed since \S+: OCC cannot be reached$/);
  const row = await logRow();
  assertEquals([row.status, row.listed_at, row.error_details], ["failed", null, { reason: body.message.slice(13) }]);

  faults.clear();
  await call();
  assertEquals(calls.at(0), calls.find((line, index) => index > 0 && line.startsWith("list")));
});

withHarness("sync stops when OCC fails again and again, and leaves the rest for later", 300, async (harness) => {
  const { call, faults, calls, logRow, sql } = harness;
  for (const id of harness.applications.keys()) faults.set(id, () => envelope("down", 503));
  await call();
  assert(calls.length < 80, `${calls.length} calls to an OCC that is down`);
  const row = await logRow();
  assertEquals(row.status, "failed");
  const [claims] = await sql`
    select count(*)::int as claimed from public.sync_status where claimed_by is not null`;
  assertEquals(claims, { claimed: 0 });
  faults.clear();
  // The first that can be fetched tell that it was OCC, and make all others due: the same run goes on with them.
  const first = await (await call()).json();
  const next = await (await call({ body: { trigger: "next_pass", syncLogId: first.syncLogId } })).json();
  assertEquals([first.fetched > 200, next.fetched], [true, 300]);
  assertEquals((await logRow()).status, "completed");
});

withHarness("sync isolates a row Postgres refuses and stores the others", 100, async (harness) => {
  const { call, sql } = harness;
  await sql`
    alter table public.tblsovereignapplications
      add constraint no_poison check (1 / (appstatuscode is distinct from 'POISON')::int = 1)`;
  try {
    harness.faults.set("G3-42", () => detail("G3-42", "2026-01-15T10:00:00Z", { appStatusCode: "POISON" }));
    const response = await call();
    const body = await response.json();
    assertEquals([response.status, body.fetched, body.upserted, body.upsertFailed], [200, 100, 99, 1]);
    assertEquals(body.errors, [{
      id: "G3-42",
      error: "Cannot upsert application G3-42: Postgres rejected it (22012)",
    }]);
    const [stored] = await sql`select count(*)::int as count from public.tblsovereignapplications`;
    assertEquals(stored, { count: 99 });
  } finally {
    await sql`alter table public.tblsovereignapplications drop constraint no_poison`;
  }
});

withHarness("sync stores text that Postgres refuses cleaned", 1, async ({ call, faults, sql }) => {
  faults.set(
    "G3-1",
    () => detail("G3-1", "2026-01-15T10:00:00Z", { owner: "a\u0000b\ud800", tradingBranch: "Nord 🏦" }),
  );
  await call();
  const [row] = await sql`select owner, tradingbranch from public.tblsovereignapplications`;
  assertEquals(row, { owner: "ab\ufffd", tradingbranch: "Nord 🏦" });
});

withHarness("sync tells ids apart that differ in case only", 0, async ({ call, applications, sql }) => {
  applications.set("G3-a", "2026-01-15T10:00:00Z").set("G3-A", "2026-01-15T10:00:00Z");
  await call();
  const rows = await sql`
    select g3_application_number as id from public.tblsovereignapplications order by g3_application_number collate "C"`;
  assertEquals(rows.map(({ id }) => id), ["G3-A", "G3-a"]);
});
