import { assertEquals, assertMatch } from "../support/assert.ts";
import { letTimePass } from "../support/database.ts";
import { listOf, TOO_LARGE } from "../support/fake_applications.ts";
import { envelope, type FakeAnswer } from "../support/fake_lambda.ts";
import { type Harness, withHarness } from "../support/harness.ts";
import { daysBefore } from "../../supabase/functions/sync-applications/calendar.ts";
import { getLastSyncDate } from "../../supabase/functions/sync-applications/database/watermark.ts";
import { createTimeZone } from "../../supabase/functions/sync-applications/time_zone.ts";

const UTC = createTimeZone("UTC");
const SCHEDULE = { body: { trigger: "schedule" } };
/** The date so many days ago. */
const ago = (days: number) => daysBefore(UTC.dateAt(Date.now()), days);

/** OCC cannot list from before `fits` days ago. */
function limitLists({ faults, applications }: Harness, fits: number, instead = (_: AbortSignal): Answer => TOO_LARGE) {
  faults.set("list", (signal, since) => since < ago(fits) ? instead(signal) : listOf(applications));
}

type Answer = FakeAnswer | Promise<FakeAnswer>;

const never = (signal: AbortSignal) =>
  new Promise<FakeAnswer>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

async function startFrom({ sql }: Harness, days: number): Promise<void> {
  await sql`update public.sync_settings set start_from = ${ago(days)}`;
}

async function gapsOf({ sql }: Harness) {
  const rows = await sql`
    select from_date::text as since, to_date::text as until, closed_by from public.sync_gaps order by id`;
  return [...rows];
}

const lists = ({ calls }: Harness) => calls.filter((line) => line.startsWith("list ")).map((line) => line.slice(5));
const watermark = ({ dependencies }: Harness) => getLastSyncDate(dependencies.database, UTC);

for (
  const [what, instead, overrides] of [
    ["is too large", () => TOO_LARGE, {}],
    ["times out", never, { timeoutMs: 60 }],
  ] as const
) {
  withHarness(`a list that ${what} is cut to the longest that fits, and what it lacks is a gap`, 3, async (harness) => {
    const { call, logRow } = harness;
    await startFrom(harness, 20);
    limitLists(harness, 5, instead);
    const body = await (await call(SCHEDULE)).json();
    assertEquals([body.success, body.found, body.upserted], [true, 3, 3]);
    assertEquals(lists(harness), [20, 0, 1, 3, 7].map(ago));
    assertEquals(await gapsOf(harness), [{ since: ago(20), until: ago(3), closed_by: null }]);
    const row = await logRow();
    assertEquals([row.status, row.moves_watermark], ["completed", true]);
    assertMatch(
      JSON.stringify(row.error_details),
      new RegExp(`since ${ago(20)} cannot be had; listed since ${ago(3)}`),
    );
    assertEquals(await watermark(harness), ago(1));
  }, ({ occ }) => ({ occ: { ...occ, ...overrides } }));
}

withHarness(
  "no scheduled list begins before the end of an open gap, which grows and never shrinks",
  1,
  async (harness) => {
    await startFrom(harness, 20);
    limitLists(harness, 5);
    await harness.call(SCHEDULE);
    await letTimePass(harness.sql, "10 days");
    assertEquals(await watermark(harness), ago(3));
    harness.calls.length = 0;
    limitLists(harness, 0);
    await harness.call(SCHEDULE);
    assertEquals(lists(harness), [3, 0, 1].map(ago));
    assertEquals(await gapsOf(harness), [{ since: ago(20), until: ago(0), closed_by: null }]);
    assertEquals(await watermark(harness), ago(0));
  },
);

withHarness("a list that fits a day after it should begin is the longest there is", 1, async (harness) => {
  await startFrom(harness, 6);
  limitLists(harness, 5);
  await harness.call(SCHEDULE);
  assertEquals(lists(harness), [6, 0, 1, 3, 5].map(ago));
  assertEquals(await gapsOf(harness), [{ since: ago(6), until: ago(5), closed_by: null }]);
});

withHarness("a complete list from the beginning of a gap closes it, and no other list does", 2, async (harness) => {
  const { call } = harness;
  const reconcile = (days: number) => call({ body: { trigger: "reconciliation", since: ago(days) } });
  await startFrom(harness, 20);
  limitLists(harness, 5);
  await call(SCHEDULE);
  const open = [{ since: ago(20), until: ago(3), closed_by: null }];
  // Still too large: it lists what fits, and closes nothing.
  assertEquals((await (await reconcile(20)).json()).success, true);
  assertEquals(await gapsOf(harness), open);
  harness.faults.clear();
  await reconcile(19);
  assertEquals(await gapsOf(harness), open);
  await reconcile(20);
  assertEquals(await gapsOf(harness), [{ since: ago(20), until: ago(3), closed_by: "covered" }]);
  await letTimePass(harness.sql, "10 days");
  assertEquals(await watermark(harness), ago(11));
});

withHarness("a manual since that is too large fails, names a day that fits, and opens no gap", 2, async (harness) => {
  limitLists(harness, 5);
  const response = await harness.call({ query: `?since=${ago(20)}` });
  const { message } = await response.json();
  assertEquals([response.status, message], [
    502,
    `Sync failed: Cannot list the applications changed since ${ago(20)}: OCC's answer is too large; ` +
    `since ${ago(3)} it fits`,
  ]);
  assertEquals([await gapsOf(harness), await watermark(harness)], [[], null]);
});

withHarness("a list that OCC fails to give is not cut", 2, async (harness) => {
  limitLists(harness, 0, () => envelope("down", 503));
  await harness.call(SCHEDULE);
  assertEquals([lists(harness).length, await gapsOf(harness), (await harness.logRow()).status], [1, [], "failed"]);
});

withHarness("a list that times out, as today's does, is OCC's failure, not its length", 2, async (harness) => {
  harness.faults.set("list", never);
  await harness.call(SCHEDULE);
  assertEquals([lists(harness), await gapsOf(harness)], [[7, 0].map(ago), []]);
  assertEquals((await harness.logRow()).status, "failed");
}, ({ occ }) => ({ occ: { ...occ, timeoutMs: 60 } }));

withHarness(
  "an empty list does not move the watermark while stored applications lie in its range",
  2,
  async (harness) => {
    const { call, applications, faults, sql, logRow } = harness;
    for (const id of applications.keys()) applications.set(id, new Date().toISOString());
    await call();
    await letTimePass(sql, "5 days");
    const before = await watermark(harness);
    assertEquals(before, ago(6));
    faults.set("list", () => envelope([]));
    const body = await (await call()).json();
    assertEquals([body.success, body.found], [true, 0]);
    const row = await logRow();
    assertEquals([row.moves_watermark, await watermark(harness)], [false, before]);
    assertMatch(JSON.stringify(row.error_details), /OCC's list is empty, although applications are stored/);
    // Where none is stored, nothing changed.
    await sql`update public.tblsovereignapplications set lastsaveddatetime = null`;
    await call();
    assertEquals(await watermark(harness), ago(1));
  },
);

withHarness("a list with a row that somebody holds locked does not move the watermark", 3, async (harness) => {
  const { call, applications, sql, logRow } = harness;
  await call();
  await letTimePass(sql, "5 days");
  applications.set("G3-2", "2026-01-16T10:00:00Z").set("G3-3", "2026-01-16T10:00:00Z");
  await sql.begin(async (other) => {
    await other`select from public.sync_status where g3_application_number = 'G3-2' for update`;
    const body = await (await call()).json();
    assertEquals([body.success, body.upserted], [true, 1]);
  });
  const row = await logRow();
  assertEquals([row.listed_skipped, row.moves_watermark, await watermark(harness)], [1, false, ago(6)]);
  assertMatch(JSON.stringify(row.error_details), /1 listed applications were locked by somebody/);
  const body = await (await call()).json();
  assertEquals([body.upserted, await watermark(harness)], [1, ago(1)]);
});

withHarness("a log row from the future moves no watermark and hides none", 1, async (harness) => {
  const { call, sql } = harness;
  await sql`
    insert into public.tblsovereignapplicationssynclog
      (since_date, sync_started_at, sync_completed_at, status, listed_at, occ)
    values ('2026-01-01', now() + interval '40 days', now(), 'completed', now(), 'unwell')`;
  assertEquals(await watermark(harness), null);
  await call(SCHEDULE);
  assertEquals(harness.calls, [`list ${ago(7)}`, "G3-1"]);
  await letTimePass(sql, "3 days");
  await sql`
    update public.tblsovereignapplicationssynclog set sync_started_at = now() + interval '40 days' where occ = 'unwell'`;
  assertEquals(await watermark(harness), ago(4));
});

withHarness("start_from is where the next scheduled run lists from, once", 1, async (harness) => {
  await harness.call(SCHEDULE);
  await startFrom(harness, 30);
  harness.calls.length = 0;
  await harness.call({ query: `?since=${ago(2)}` });
  await harness.call(SCHEDULE);
  await harness.call(SCHEDULE);
  assertEquals(lists(harness), [2, 30, 1].map(ago));
});
