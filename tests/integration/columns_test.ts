import { assertEquals } from "../support/assert.ts";
import { createRow, toAnswers } from "../support/application_rows.ts";
import { createFakeClock } from "../support/fake_clock.ts";
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

withHarness(
  "table, view, upsert and STORED_ATTRIBUTES have the same columns",
  0,
  async ({ database, dependencies, sql }) => {
    const printed = await columnsOf(sql, "tblSovereignApplications");
    assertEquals(printed, [KEY, ...STORED_ATTRIBUTES, ...OURS]);
    const columns = await columnsOf(sql, "tblsovereignapplications");
    assertEquals(columns, printed.map((name) => name.toLowerCase()));
    const log = await columnsOf(sql, "tblSovereignApplicationsSyncLog");
    assertEquals(log.toSorted(), (await columnsOf(sql, "tblsovereignapplicationssynclog")).toSorted());

    // Stored twice, so that the update is looked at too: each column with a value no other one has.
    const run = await openSyncRun(dependencies.database, createFakeClock(), {
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
      await run.claim(1);
      assertEquals(await run.settle(toAnswers([createRow("G3-1", row)]), []), 1);
      const { data: read } = await database.from("tblSovereignApplications").select([KEY, ...STORED_ATTRIBUTES].join())
        .single<Record<string, string>>();
      const { lastSavedDateTime: saved, ...rest } = read ?? {};
      const { lastSavedDateTime: expected, ...others } = row;
      assertEquals(rest, others);
      assertEquals(Date.parse(saved ?? ""), Date.parse(expected ?? ""));
    }
  },
);
