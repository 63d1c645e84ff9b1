import fc from "fast-check";
import type { Run } from "../../../supabase/dashboard/src/api.ts";
import { addUpRun, checkSum } from "../../../supabase/dashboard/src/counts.ts";
import { assert, assertEquals, assertStringIncludes } from "../../support/assert.ts";

function createRun(changes: Partial<Run>): Run {
  return {
    id: "00000000-0000-0000-0000-000000000001",
    trigger: "schedule",
    force: false,
    since: "2026-03-01",
    listed_since: "2026-03-01",
    outcome: "completed",
    words: "",
    reason: null,
    started_at: "2026-03-02T09:00:00+00:00",
    listed_at: "2026-03-02T09:00:01+00:00",
    completed_at: "2026-03-02T09:00:09+00:00",
    heartbeat_at: null,
    seconds: 9,
    passes: 1,
    found: 0,
    unchanged: 0,
    enqueued: 0,
    fetched: 0,
    synced: 0,
    failed: 0,
    fetch_failures: 0,
    upsert_failures: 0,
    parked: 0,
    locked: 0,
    missing: 0,
    gone: 0,
    changes_missed: null,
    watermark: true,
    cancelled_at: null,
    cancelled_by: null,
    asked_by: null,
    ...changes,
  };
}

Deno.test("addUpRun() follows the applications from the list to the table", () => {
  const sums = addUpRun(
    createRun({ found: 42, unchanged: 30, enqueued: 12, fetched: 11, fetch_failures: 1, synced: 11 }),
  );
  assertEquals(sums.map(({ title }) => title), [
    "42 applications listed by OCC, changed since 2026-03-01",
    "12 applications asked for, one by one",
    "11 answers to store",
  ]);
  assertEquals(sums.map(({ parts }) => parts.map(({ count }) => count)), [[30, 12], [11, 1], [11, 0]]);
  assertEquals(sums.map(({ note }) => note), [undefined, undefined, undefined]);
});

Deno.test("addUpRun() leaves out what did not happen", () => {
  assertEquals(addUpRun(createRun({ listed_at: null })), []);
  assertEquals(addUpRun(createRun({ found: 30, unchanged: 30 })).length, 1, "all were current");
  assertEquals(
    addUpRun(createRun({ found: 1, enqueued: 1, fetch_failures: 1 })).length,
    2,
    "there was nothing to store",
  );
});

Deno.test("addUpRun() says why more or fewer were asked for than were listed", () => {
  const note = (changes: Partial<Run>) => addUpRun(createRun(changes))[1]?.note ?? "";
  assertStringIncludes(note({ found: 2, enqueued: 2, fetched: 5, synced: 5 }), "3 more than it listed");
  assertStringIncludes(note({ found: 9, enqueued: 9, fetched: 5, synced: 5 }), "4 fewer");
  assertEquals(
    note({ found: 9, enqueued: 9, fetched: 5, synced: 5, outcome: "running" }),
    "",
    "it has not come to them yet",
  );
});

Deno.test("addUpRun() says that the list was shorter than asked for", () => {
  const [listed] = addUpRun(createRun({ since: "2026-01-01", listed_since: "2026-03-01" }));
  assertStringIncludes(listed!.title, "since 2026-03-01");
  assertStringIncludes(listed!.note!, "since 2026-01-01");
});

Deno.test("addUpRun() adds up for every run whose counts do", () => {
  const count = fc.nat(100_000);
  fc.assert(
    fc.property(count, count, count, count, count, (unchanged, enqueued, synced, upsert_failures, fetch_failures) => {
      const counts = { unchanged, enqueued, synced, upsert_failures, fetch_failures };
      const run = createRun({ ...counts, found: unchanged + enqueued, fetched: synced + upsert_failures });
      assert(addUpRun(run).every((sum) => checkSum(sum) === undefined));
    }),
  );
});

Deno.test("checkSum() says what does not add up", () => {
  const [listed] = addUpRun(createRun({ found: 5, unchanged: 1, enqueued: 2 }));
  assertEquals(checkSum(listed!), "1 + 2 is 3, not 5");
});
