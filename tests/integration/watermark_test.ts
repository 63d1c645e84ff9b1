import { assertEquals } from "../support/assert.ts";
import { withHarness } from "../support/harness.ts";
import { daysBefore } from "../../supabase/functions/sync-applications/calendar.ts";
import { getLastSyncDate } from "../../supabase/functions/sync-applications/database/watermark.ts";
import { createTimeZone } from "../../supabase/functions/sync-applications/time_zone.ts";
import { letTimePass } from "../support/database.ts";

const UTC = createTimeZone("UTC");
const today = () => UTC.dateAt(Date.now());

withHarness("getLastSyncDate() is null for an empty log, and the first run lists 7 days back", 1, async (harness) => {
  assertEquals(await getLastSyncDate(harness.dependencies.database, UTC), null);
  await harness.call();
  assertEquals(harness.calls[0], `list ${daysBefore(today(), 7)}`);
  assertEquals(harness.lines[1], `[Manual] No last sync, using default date: ${daysBefore(today(), 7)}`);
});

withHarness("a finished run moves the watermark to a day before its start", 1, async (harness) => {
  await harness.call();
  await letTimePass(harness.sql, "30 hours");
  const started = UTC.dateAt(Date.now() - 30 * 3_600_000);
  assertEquals(await getLastSyncDate(harness.dependencies.database, UTC), daysBefore(started, 1));
  harness.lines.length = 0;
  await harness.call();
  assertEquals(harness.lines[1], `[Manual] Using last sync date: ${daysBefore(started, 1)}`);
});

withHarness("getLastSyncDate() gives the date in OCC's time zone", 1, async (harness) => {
  await harness.sql`
    insert into public.tblsovereignapplicationssynclog (since_date, sync_started_at, sync_completed_at, status)
    values ('2026-01-01', '2026-01-10T13:00:00Z', '2026-01-10T13:01:00Z', 'completed')`;
  assertEquals(await getLastSyncDate(harness.dependencies.database, UTC), "2026-01-09");
  assertEquals(await getLastSyncDate(harness.dependencies.database, createTimeZone("Pacific/Auckland")), "2026-01-10");
});

withHarness("a manual since does not move the watermark", 1, async (harness) => {
  await harness.call({ query: "?since=2025-06-01" });
  assertEquals(harness.calls[0], "list 2025-06-01");
  assertEquals(await getLastSyncDate(harness.dependencies.database, UTC), null);
});

withHarness(
  "a run whose list failed does not move the watermark, one whose fetches failed does",
  1,
  async (harness) => {
    harness.faults.set("list", () => ({}));
    await harness.call();
    assertEquals(await getLastSyncDate(harness.dependencies.database, UTC), null);
    harness.faults.clear();
    harness.faults.set("G3-1", () => ({}));
    await harness.call();
    assertEquals((await harness.logRow()).status, "failed");
    assertEquals(await getLastSyncDate(harness.dependencies.database, UTC), daysBefore(today(), 1));
  },
);

withHarness("clearing the log starts 7 days ago again", 1, async (harness) => {
  await harness.call();
  await harness.sql`DELETE FROM tblSovereignApplicationsSyncLog`;
  harness.calls.length = 0;
  const body = await (await harness.call()).json();
  assertEquals(harness.calls, [`list ${daysBefore(today(), 7)}`]);
  assertEquals([body.found, body.unchanged], [1, 1]);
});
