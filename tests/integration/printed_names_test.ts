import { assertEquals } from "../support/assert.ts";
import { withHarness } from "../support/harness.ts";
import { createRow } from "../support/application_rows.ts";
import { createDatabase } from "../support/database.ts";
import { stackEnv } from "../support/stack_env.ts";
import { upsertSovereignApplication } from "../../supabase/functions/sync-applications/database/upsert_sovereign_application.ts";

withHarness("supabase-js selects, filters and upserts by the printed names", 3, async ({ call, database, sql }) => {
  await call();
  const selected = await database
    .from("tblSovereignApplications")
    .select("G3_application_number, appStatusCode")
    .eq("appStatusCode", "APP")
    .order("G3_application_number");
  assertEquals(selected.data, [
    { G3_application_number: "G3-1", appStatusCode: "APP" },
    { G3_application_number: "G3-2", appStatusCode: "APP" },
    { G3_application_number: "G3-3", appStatusCode: "APP" },
  ]);
  const upserted = await database
    .from("tblSovereignApplications")
    .upsert([
      { G3_application_number: "G3-1", appStatusCode: "SET", lastSavedDateTime: "2026-02-01T00:00:00Z" },
      { G3_application_number: "G3-9", appStatusCode: "NEW", lastSavedDateTime: "2026-02-01T00:00:00Z" },
    ], { onConflict: "G3_application_number" });
  assertEquals(upserted.error, null);
  const rows = await sql`
    select g3_application_number as id, appstatuscode as code from public.tblsovereignapplications order by 1`;
  assertEquals(rows.map(({ id, code }) => `${id} ${code}`), ["G3-1 SET", "G3-2 APP", "G3-3 APP", "G3-9 NEW"]);
  const log = await database.from("tblSovereignApplicationsSyncLog").select("status, applications_upserted");
  assertEquals(log.data, [{ status: "completed", applications_upserted: 3 }]);
});

withHarness(
  "upsertSovereignApplication() returns the stored record, and keeps a newer one",
  0,
  async ({ dependencies: { database } }) => {
    const row = createRow("G3-1", { owner: "first", lastSavedDateTime: "2026-02-01T00:00:00Z" });
    const stored = await upsertSovereignApplication(database, row);
    assertEquals([stored.g3_application_number, stored.owner], ["G3-1", "first"]);
    const older = await upsertSovereignApplication(database, {
      ...row,
      owner: "older",
      lastsaveddatetime: "2026-01-31T00:00:00Z",
    });
    assertEquals([older.owner, older.updated_at], ["first", stored.updated_at]);
    const same = await upsertSovereignApplication(database, row);
    assertEquals(same.updated_at, stored.updated_at);
  },
);

withHarness("the publishable key reads and writes nothing", 1, async ({ call, sql }) => {
  await call();
  const anon = createDatabase(stackEnv("PUBLISHABLE_KEY"));
  for (
    const table of [
      "tblSovereignApplications",
      "tblSovereignApplicationsSyncLog",
      "tblsovereignapplications",
      "tblsovereignapplicationssynclog",
      "sync_status",
      "sync_gaps",
    ] as const
  ) {
    const response = await fetch(`${stackEnv("API_URL")}/rest/v1/${table}`, {
      headers: { apikey: stackEnv("PUBLISHABLE_KEY") },
    });
    assertEquals([response.status, (await response.json()).code], [401, "42501"], table);
  }
  const run = await anon.rpc("open_sync_run", { lease: crypto.randomUUID(), since: "2026-01-01", trigger: "manual" });
  assertEquals(run.error?.code, "42501");
  const [log] = await sql`select count(*)::int as count from public.tblsovereignapplicationssynclog`;
  assertEquals(log, { count: 1 });
});
