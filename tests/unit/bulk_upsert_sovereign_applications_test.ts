import { assertEquals, assertRejects } from "../support/assert.ts";
import { createAnswers, createRow, toAnswers } from "../support/application_rows.ts";
import { createFakeRun } from "../support/fake_run.ts";
import { bulkUpsertSovereignApplications } from "../../supabase/functions/sync-applications/database/bulk_upsert_sovereign_applications.ts";
import { DatabaseError } from "../../supabase/functions/sync-applications/database/database_error.ts";
import type { Failure, SyncRun } from "../../supabase/functions/sync-applications/database/sync_run.ts";

const poisoned = (id: string): Failure => ({
  id,
  error: `Cannot upsert application ${id}: Postgres rejected it (22P02)`,
  cause: "Postgres rejected it (22P02)",
  step: "upsert",
});

/** Postgres, which rejects a call with one of these in it, and stores the rows of any other. */
function createPostgres(...poison: string[]) {
  const stored: string[] = [];
  const failures: Failure[] = [];
  const settle: SyncRun["settle"] = (applications, failed) => {
    const ids = applications.map(({ row }) => row.g3_application_number);
    if (ids.some((id) => poison.includes(id))) return Promise.reject(new DatabaseError("rejected", "22P02", false));
    stored.push(...ids);
    failures.push(...failed);
    return Promise.resolve(ids.length);
  };
  return { stored, failures, run: createFakeRun({ settle }) };
}

Deno.test("bulkUpsertSovereignApplications() stores a good chunk in one call", async () => {
  const { run, stored } = createPostgres();
  const upsert = await bulkUpsertSovereignApplications(run, createAnswers(100));
  assertEquals(upsert, { success: true, count: 100 });
  assertEquals([stored.length, run.settled.length, run.settled[0]?.failures], [100, 1, []]);
});

for (const [place, id] of [["first", "G3-1"], ["in the middle", "G3-42"], ["last", "G3-100"]] as const) {
  Deno.test(`bulkUpsertSovereignApplications() settles a poison row as an upsert failure, stores the others, ${place}`, async () => {
    const { run, stored, failures } = createPostgres(id);
    const upsert = await bulkUpsertSovereignApplications(run, createAnswers(100));
    assertEquals(upsert, { success: false, count: 99 });
    assertEquals([stored.length, stored.includes(id)], [99, false]);
    assertEquals(failures, [poisoned(id)]);
    // Halving, not one by one.
    assertEquals(run.settled.length <= 2 * Math.ceil(Math.log2(100)) + 2, true);
  });
}

Deno.test("bulkUpsertSovereignApplications() counts right when every row is poison", async () => {
  const ids = createAnswers(5).map(({ row }) => row.g3_application_number);
  const { run, stored, failures } = createPostgres(...ids);
  assertEquals(await bulkUpsertSovereignApplications(run, createAnswers(5)), {
    success: false,
    count: 0,
  });
  assertEquals([stored, failures], [[], ids.map(poisoned)]);
});

Deno.test("bulkUpsertSovereignApplications() counts what was stored, not what was sent", async () => {
  const run = createFakeRun({ settle: (applications) => Promise.resolve(applications.length - 1) });
  assertEquals(await bulkUpsertSovereignApplications(run, createAnswers(10)), { success: false, count: 9 });
});

Deno.test("bulkUpsertSovereignApplications() halves what is too large for the Data API, and stores all of it", async () => {
  const settle: SyncRun["settle"] = (applications) =>
    applications.length > 30
      ? Promise.reject(new DatabaseError("Cannot store: it is too large for the Data API", "413", false))
      : Promise.resolve(applications.length);
  const run = createFakeRun({ settle });
  assertEquals(await bulkUpsertSovereignApplications(run, createAnswers(100)), { success: true, count: 100 });
  assertEquals(run.settled.map(({ rows }) => rows.length), [100, 50, 25, 25, 50, 25, 25]);
});

const NOT_HALVED: [name: string, error: Error][] = [
  ["a retriable error", new DatabaseError("Cannot store: the database rejected it (40P01)", "40P01", true)],
  ["a lost lease", new DatabaseError("Cannot store: another pass holds the run now", "PT409", false)],
  ["an error that no row caused", new DatabaseError("Cannot store: the database rejected it (42501)", "42501", false)],
  ["an unknown error", new TypeError("of ours")],
];

for (const [name, error] of NOT_HALVED) {
  Deno.test(`bulkUpsertSovereignApplications() does not halve on ${name}`, async () => {
    const run = createFakeRun({ settle: () => Promise.reject(error) });
    const call = () => bulkUpsertSovereignApplications(run, createAnswers(4));
    assertEquals(await assertRejects(call), error);
    assertEquals(run.settled.length, 1);
  });
}

Deno.test("bulkUpsertSovereignApplications() ends in the middle of the halving when the run is lost", async () => {
  const lost = new DatabaseError("Cannot store: another pass holds the run now", "PT409", false);
  const run = createFakeRun({
    settle: (applications) => Promise.reject(applications.length > 2 ? new DatabaseError("", "23514", false) : lost),
  });
  assertEquals(await assertRejects(() => bulkUpsertSovereignApplications(run, createAnswers(4))), lost);
  assertEquals(run.settled.map(({ rows }) => rows.length), [4, 2]);
});

Deno.test("bulkUpsertSovereignApplications() names Postgres' code and nothing of the row", async () => {
  const { run, failures } = createPostgres("G3-1");
  await bulkUpsertSovereignApplications(run, toAnswers([createRow("G3-1", { owner: "Canary" })]));
  assertEquals(JSON.stringify(failures).includes("Canary"), false);
});
