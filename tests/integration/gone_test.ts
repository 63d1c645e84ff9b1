import { assertEquals, assertMatch } from "../support/assert.ts";
import { letTimePass } from "../support/database.ts";
import { listOf, TOO_LARGE } from "../support/fake_applications.ts";
import { envelope } from "../support/fake_lambda.ts";
import { type Harness, withHarness } from "../support/harness.ts";

// What OCC has no more is found out, and nothing else is taken for it.

const SCHEDULE = { body: { trigger: "schedule" } };
const RECONCILE = { body: { trigger: "reconciliation", since: "2026-01-01" } };
const notFound = () => envelope("not found", 404);

async function statesOf({ sql }: Harness): Promise<Record<string, string>> {
  const rows = await sql`select g3_application_number as id, state from public.sync_status where state <> 'synced'`;
  return Object.fromEntries(rows.map(({ id, state }) => [id, state]));
}

/** Syncs what there is, and lets the night come. */
async function syncAll({ call, calls, sql }: Harness): Promise<void> {
  await call(SCHEDULE);
  await letTimePass(sql, "5 hours");
  calls.length = 0;
}

async function storedOf({ sql }: Harness): Promise<number> {
  const [row] = await sql`select count(*)::int as stored from public.tblsovereignapplications`;
  return row?.stored;
}

/** Two passes, as far apart as two answers have to be. */
async function askTwice({ call, sql }: Harness): Promise<void> {
  await call(RECONCILE);
  await letTimePass(sql, "10 minutes");
  await call(SCHEDULE);
}

for (const status of [404, 410]) {
  withHarness(
    `what is deleted at OCC is gone after two answers of ${status}, and its row stays`,
    6,
    async (harness) => {
      const { call, calls, applications, faults, logRow, sql } = harness;
      await syncAll(harness);
      applications.delete("G3-2");
      faults.set("G3-2", () => envelope("not found", status));
      await call(RECONCILE);
      const [list, asked, ...canaries] = calls;
      assertEquals([list, asked, canaries.length], ["list 2026-01-01", "G3-2", 3]);
      assertEquals(await statesOf(harness), { "G3-2": "pending" });
      assertEquals([(await logRow()).applications_missing, (await logRow()).applications_gone], [1, 0]);
      // Nor is it asked for before its time.
      await letTimePass(sql, "9 minutes");
      calls.length = 0;
      await call(SCHEDULE);
      assertEquals([calls.length, await statesOf(harness)], [1, { "G3-2": "pending" }]);
      await letTimePass(sql, "1 minute");
      await call(SCHEDULE);
      assertEquals(await statesOf(harness), { "G3-2": "gone" });
      const { status: end, applications_gone } = await logRow();
      assertEquals([end, applications_gone, await storedOf(harness)], ["completed", 1, 6]);
      const [gone] = await sql`select application, why, last_error from public.sync_gone`;
      assertEquals(gone, {
        application: "G3-2",
        why: "OCC's list lacks it, and OCC answers that it does not have it",
        last_error: `Cannot fetch application G3-2: OCC answered ${status}`,
      });
      const [health] = await sql`select verdict, gone from public.sync_health`;
      assertEquals(health, { verdict: "healthy", gone: "1" });
      // And that is that.
      calls.length = 0;
      await letTimePass(sql, "25 hours");
      await call(RECONCILE);
      await call(SCHEDULE);
      assertEquals(calls.filter((id) => id === "G3-2"), []);
    },
  );
}

withHarness("a list that is short asks for what it lacks, and finds it", 60, async (harness) => {
  const { call, calls, applications, faults, logRow, sql } = harness;
  await syncAll(harness);
  faults.set("list", () => listOf([...applications].slice(0, 4)));
  await call(RECONCILE);
  assertEquals([calls.length, (await logRow()).applications_missing], [1 + 50, 50]);
  assertEquals(await statesOf(harness), {});
  const [suspects] = await sql`
    select count(*)::int as count from public.sync_status where missing_since is not null`;
  assertEquals(suspects?.count, 0);
  // The night has had its fifty.
  await call(RECONCILE);
  assertEquals(calls.length, 1 + 50 + 1);
});

for (
  const [name, list] of [
    ["an empty list", () => listOf([])],
    ["a list that cannot be had", () => envelope("down", 503)],
    ["a list that had to be cut", (_: AbortSignal, since: string) => since < "2026-01-02" ? TOO_LARGE : listOf([])],
  ] as const
) {
  withHarness(`${name} suspects nothing`, 6, async (harness) => {
    const { call, calls, faults } = harness;
    await syncAll(harness);
    faults.set("list", list);
    await call(RECONCILE);
    assertEquals([calls.filter((id) => id.startsWith("G3")), await statesOf(harness)], [[], {}]);
  });
}

withHarness("a list that lags behind what was just synced suspects nothing", 6, async (harness) => {
  const { call, calls, applications, faults } = harness;
  await syncAll(harness);
  const before = new Map(applications);
  applications.set("G3-new", "2026-01-16T10:00:00Z");
  await call(SCHEDULE);
  // The list of an older replica; so would its details answer.
  faults.set("list", () => listOf(before));
  faults.set("G3-new", notFound);
  calls.length = 0;
  await askTwice(harness);
  assertEquals([calls.includes("G3-new"), await statesOf(harness)], [false, {}]);
});

withHarness("an application that is new, and that a replica does not know yet, is not gone", 6, async (harness) => {
  const { call, applications, faults, sql } = harness;
  await syncAll(harness);
  applications.set("G3-new", "2026-01-16T10:00:00Z");
  faults.set("G3-new", notFound);
  await askTwice(harness);
  await letTimePass(sql, "10 minutes");
  await call(SCHEDULE);
  assertEquals(await statesOf(harness), { "G3-new": "failed" });
});

withHarness("an OCC that has nothing at all makes nothing gone, however long", 6, async (harness) => {
  const { call, applications, faults, sql } = harness;
  await syncAll(harness);
  faults.set("list", () => listOf([...applications].slice(0, 3)));
  for (const id of applications.keys()) faults.set(id, notFound);
  await call(RECONCILE);
  for (let tick = 0; tick < 12; tick++) {
    await letTimePass(sql, "10 minutes");
    await call(SCHEDULE);
  }
  const missing = { "G3-4": "pending", "G3-5": "pending", "G3-6": "pending" };
  assertEquals(await statesOf(harness), missing);
  faults.clear();
  await letTimePass(sql, "10 minutes");
  await call(SCHEDULE);
  assertEquals(await statesOf(harness), {});
});

withHarness("where nothing else can be fetched, nobody can tell, and nothing is gone", 1, async (harness) => {
  const { applications, faults, logRow } = harness;
  await syncAll(harness);
  applications.delete("G3-1");
  applications.set("G3-new", "2026-01-16T10:00:00Z");
  faults.set("G3-new", notFound);
  await askTwice(harness);
  assertEquals([await statesOf(harness), (await logRow()).occ], [{ "G3-1": "failed", "G3-new": "failed" }, "unknown"]);
});

withHarness("one 404 and then an answer is no suspicion any more", 6, async (harness) => {
  const { call, applications, faults, sql } = harness;
  await syncAll(harness);
  faults.set("list", () => listOf([...applications].slice(1)));
  faults.set("G3-1", notFound);
  await call(RECONCILE);
  assertEquals(await statesOf(harness), { "G3-1": "pending" });
  faults.delete("G3-1");
  await letTimePass(sql, "10 minutes");
  await call(SCHEDULE);
  assertEquals(await statesOf(harness), {});
  const [status] = await sql`
    select missing_since, not_found_since from public.sync_status where g3_application_number = 'G3-1'`;
  assertEquals(status, { missing_since: null, not_found_since: null });
});

for (
  const [name, returns] of [
    ["listed again as it was", ({ call }: Harness) => call(SCHEDULE)],
    ["asked for by number", ({ call, faults, applications }: Harness) => {
      faults.set("list", () => listOf([...applications].slice(1)));
      return call({ body: { applications: ["G3-1"] } });
    }],
    ["listed to a run that is forced", ({ call }: Harness) => call({ body: { since: "2026-01-01", force: true } })],
  ] as const
) {
  withHarness(`what is gone and ${name} is synced again`, 6, async (harness) => {
    const { call, applications, sql } = harness;
    await syncAll(harness);
    const saved = applications.get("G3-1") ?? "";
    applications.delete("G3-1");
    await askTwice(harness);
    assertEquals(await statesOf(harness), { "G3-1": "gone" });
    await letTimePass(sql, "1 hour");
    await call(SCHEDULE);
    assertEquals(await statesOf(harness), { "G3-1": "gone" });
    harness.applications.clear();
    for (let n = 1; n <= 6; n++) applications.set(`G3-${n}`, saved);
    await returns(harness);
    assertEquals(await statesOf(harness), {});
  });
}

withHarness(
  "what OCC lists and does not have is gone where it would be parked, and asked for daily",
  6,
  async (harness) => {
    const { call, calls, applications, faults, logRow, sql } = harness;
    await syncAll(harness);
    applications.set("G3-1", "2026-01-16T10:00:00Z");
    faults.set("G3-1", notFound);
    for (let attempt = 0; attempt < 13; attempt++) {
      await call(SCHEDULE);
      await letTimePass(sql, "2 hours");
    }
    assertEquals(await statesOf(harness), { "G3-1": "gone" });
    const [gone] = await sql`select why, next_attempt_at > now() as daily from public.sync_gone`;
    assertEquals(gone?.daily, true);
    assertMatch(gone?.why, /^OCC lists it/);
    await letTimePass(sql, "23 hours");
    calls.length = 0;
    await call(SCHEDULE);
    assertEquals([calls.includes("G3-1"), (await logRow()).applications_gone], [true, 1]);
    assertEquals(await statesOf(harness), { "G3-1": "gone" });
    faults.clear();
    await letTimePass(sql, "24 hours");
    await call(SCHEDULE);
    assertEquals(await statesOf(harness), {});
  },
);
