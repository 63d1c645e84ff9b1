import { assertEquals } from "../support/assert.ts";
import { withHarness } from "../support/harness.ts";
import type { Sql } from "../support/database.ts";
import { STORED_ATTRIBUTES } from "../../supabase/functions/sync-applications/occ/application_medium.ts";
import { openSyncRun } from "../../supabase/functions/sync-applications/database/sync_run.ts";

const KEY = "G3_application_number";
const OURS = ["created_at", "updated_at"];

async function columnsOf(sql: Sql, table: string): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select column_name as name from information_schema.columns
    where table_schema = 'public' and table_name = ${table} order by ordinal_position`;
  return rows.map(({ name }) => name);
}

withHarness("table, view, upsert and STORED_ATTRIBUTES have the same columns", 0, async ({ database, sql }) => {
  const printed = await columnsOf(sql, "tblSovereignApplications");
  assertEquals(printed, [KEY, ...STORED_ATTRIBUTES, ...OURS]);
  const columns = await columnsOf(sql, "tblsovereignapplications");
  assertEquals(columns, printed.map((name) => name.toLowerCase()));
  const log = await columnsOf(sql, "tblSovereignApplicationsSyncLog");
  assertEquals(log.toSorted(), (await columnsOf(sql, "tblsovereignapplicationssynclog")).toSorted());

  // Stored twice, so that the update is looked at too: each column with a value no other one has.
  const { lease } = await openSyncRun(database, {
    sinceDate: "2026-01-01",
    trigger: "manual",
    force: false,
    movesWatermark: true,
  });
  for (const version of [1, 2]) {
    const values: Record<string, string> = Object.fromEntries(
      STORED_ATTRIBUTES.map((name) => [name, `${name} ${version}`]),
    );
    const row: Record<string, string> = {
      ...values,
      [KEY]: "G3-1",
      lastSavedDateTime: `2026-01-0${version}T00:00:00+00:00`,
    };
    await database.rpc("request_applications", { ids: ["G3-1"] });
    await database.rpc("claim_applications", { lease, max_claims: 1 });
    const { data: settled, error } = await database.rpc("settle_applications", {
      lease,
      applications: [Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]))],
    });
    assertEquals([settled, error], [1, null]);
    const { data: read } = await database.from("tblSovereignApplications").select([KEY, ...STORED_ATTRIBUTES].join())
      .single<Record<string, string>>();
    const { lastSavedDateTime: saved, ...rest } = read ?? {};
    const { lastSavedDateTime: expected, ...others } = row;
    assertEquals(rest, others);
    assertEquals(Date.parse(saved ?? ""), Date.parse(expected ?? ""));
  }
});
