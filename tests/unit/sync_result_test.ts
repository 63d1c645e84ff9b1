import { assertEquals } from "../support/assert.ts";
import type { FinishedPass } from "../../supabase/functions/sync-applications/database/sync_run.ts";
import { resultResponse } from "../../supabase/functions/sync-applications/http/responses.ts";
import { toSyncResult } from "../../supabase/functions/sync-applications/sync/sync_result.ts";

const NOTHING: FinishedPass = {
  status: "completed",
  applications_found: 0,
  unchanged: 0,
  fetched: 0,
  upserted: 0,
  fetch_failed: 0,
  upsert_failed: 0,
  remaining: 0,
  errors: [],
};

const CASES: [message: string, pass: Partial<FinishedPass>, reason?: string][] = [
  ["Sync completed: all 3 listed applications were current", { applications_found: 3, unchanged: 3 }],
  [
    "Sync completed: 1 of 3 listed applications were current, 2 wait to be tried again",
    { applications_found: 3, unchanged: 1 },
  ],
  ["Sync completed: synced 2 of 3 applications", { fetched: 2, upserted: 2, fetch_failed: 1, applications_found: 3 }],
  [
    "Sync completed: synced 2 of 9 applications. OCC is failing",
    { fetched: 2, upserted: 2, fetch_failed: 7, applications_found: 9 },
    "OCC is failing",
  ],
  ["Sync failed: Cannot list", { status: "failed" }, "Cannot list"],
  ["Sync failed: synced 0 of 6 applications", { status: "failed", fetch_failed: 6 }],
  [
    "Sync goes on in the next pass: synced 30 of 30 applications, 12 remaining",
    { status: "running", fetched: 30, upserted: 30, remaining: 12 },
  ],
];

for (const [message, pass, reason] of CASES) {
  Deno.test(`toSyncResult() says "${message}"`, () => {
    assertEquals(toSyncResult("id", { ...NOTHING, ...pass }, reason).message, message);
  });
}

const STATUS: [status: number, what: string, pass: Partial<FinishedPass>][] = [
  [200, "a run that completed", { upserted: 1, fetched: 1 }],
  [502, "a run that OCC gave nothing", { status: "failed", fetch_failed: 3 }],
  [502, "a run without a list that stored what was due", { status: "failed", fetched: 2, upserted: 2 }],
  [500, "a run of which Postgres stored nothing", { status: "failed", fetched: 5, upsert_failed: 5 }],
];

for (const [status, what, pass] of STATUS) {
  Deno.test(`resultResponse() answers ${status} for ${what}`, async () => {
    const response = resultResponse(toSyncResult("id", { ...NOTHING, ...pass }), 0, "0.10");
    assertEquals([response.status, (await response.json()).syncLogId], [status, "id"]);
  });
}
