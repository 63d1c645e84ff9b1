import { assertEquals, assertRejects } from "../support/assert.ts";
import { createFakeOcc, envelope } from "../support/fake_lambda.ts";
import { fetchApplicationsSinceData } from "../../supabase/functions/sync-applications/occ/fetch_applications_since_data.ts";
import { OccError } from "../../supabase/functions/sync-applications/occ/occ_error.ts";

function entry(id: unknown, lastSavedDateTime: unknown): unknown {
  return { type: "application", id, attributes: { lastSavedDateTime }, links: { self: `/applications/${id}` } };
}

async function list(...entries: unknown[]) {
  return await fetchApplicationsSinceData(createFakeOcc(() => envelope(entries)), "2026-02-23");
}

Deno.test("fetchApplicationsSinceData() asks OCC in its wire format", async () => {
  const asked: unknown[] = [];
  const occ = createFakeOcc((payload) => {
    asked.push(payload);
    return envelope([]);
  });
  assertEquals(await fetchApplicationsSinceData(occ, "2026-02-23"), { applications: [], warnings: [] });
  assertEquals(asked, [{ functionName: "by-date", changed_date_since: "2026-02-23", client_id: "4711" }]);
});

Deno.test("fetchApplicationsSinceData() merges repeats and keeps the newest date, to the microsecond", async () => {
  const { applications, warnings } = await list(
    entry("G3-1", "2026-03-01T10:00:00.000001Z"),
    entry("G3-1", "2026-03-01T10:00:00.0000020Z"),
    entry("G3-1", "2026-03-01T09:00:00Z"),
    entry("g3-1", "2026-03-01T09:00:00Z"),
  );
  assertEquals(applications.map(({ id, attributes }) => [id, attributes.lastSavedDateTime]), [
    ["G3-1", "2026-03-01T10:00:00.000002Z"],
    ["g3-1", "2026-03-01T09:00:00Z"],
  ]);
  assertEquals(warnings, []);
});

Deno.test("fetchApplicationsSinceData() keeps an application whose date cannot be read, without a date", async () => {
  const { applications, warnings } = await list(entry("G3-1", "soon"), entry("G3-2", null), { id: "G3-3" });
  assertEquals(applications.map(({ id, attributes }) => [id, attributes.lastSavedDateTime]), [
    ["G3-1", null],
    ["G3-2", null],
    ["G3-3", null],
  ]);
  assertEquals(warnings, ["3 of 3 listed applications have no readable lastSavedDateTime"]);
});

Deno.test("fetchApplicationsSinceData() leaves out what has no usable id, with a warning", async () => {
  const date = "2026-03-01T10:00:00Z";
  const { applications, warnings } = await list(
    entry("", date),
    entry("G3\u0000", date),
    entry("x".repeat(201), date),
    entry("\ud800", date),
    null,
    "G3-1",
    entry(1042, date),
  );
  assertEquals(applications.map(({ id }) => id), ["1042"]);
  assertEquals(warnings, ["6 of 7 listed applications have no usable id and were left out"]);
});

Deno.test("fetchApplicationsSinceData() fails when the body is not a list", async () => {
  const occ = createFakeOcc(() => envelope({ applications: [] }));
  await assertRejects(() => fetchApplicationsSinceData(occ, "2026-02-23"), OccError, "OCC's body is not a list");
});
