import { readAllPages, readRunsChoice } from "../../../supabase/dashboard/src/runs_query.ts";
import { assertEquals, assertRejects } from "../../support/assert.ts";

const NOW = Date.parse("2026-03-02T09:00:00Z");

Deno.test("readRunsChoice() takes what can be asked for, and leaves out the rest", () => {
  assertEquals(readRunsChoice({}, NOW), {});
  assertEquals(readRunsChoice({ outcome: "failed", trigger: "manual" }, NOW), { outcome: "failed", trigger: "manual" });
  assertEquals(readRunsChoice({ outcome: "lost", trigger: "moon", from: "x", before: "y", range: "z" }, NOW), {});
  assertEquals(readRunsChoice({ range: "hour" }, NOW), { since: "2026-03-02T08:00:00.000Z" });
});

Deno.test("readRunsChoice() prefers the times of the address to its range", () => {
  const [from, to] = ["2026-03-01T00:00:00.000Z", "2026-03-01T01:00:00.000Z"];
  assertEquals(readRunsChoice({ from, to, range: "hour" }, NOW), { since: from, until: to });
});

Deno.test("readRunsChoice() keeps a page's place to the microsecond", () => {
  const before = "2026-03-02T08:25:39.619123+00:00";
  assertEquals(readRunsChoice({ before }, NOW), { before });
});

/** As the database hands them out, newest first. */
function createPages(total: number, size: number) {
  const rows = Array.from({ length: total }, (_, at) => ({ started_at: String(total - at).padStart(6, "0") }));
  const asked: (string | undefined)[] = [];
  const read = (before: string | undefined) => {
    asked.push(before);
    return Promise.resolve({
      rows: rows.filter(({ started_at }) => before === undefined || started_at < before).slice(0, size),
    });
  };
  return { rows, asked, read };
}

Deno.test("readAllPages() reads every row once, whatever the last page holds", async () => {
  for (const total of [0, 1, 9, 10, 11, 20, 25]) {
    const { rows, asked, read } = createPages(total, 10);
    assertEquals(await readAllPages(read, 10), rows, `${total} rows`);
    assertEquals(asked.length, Math.floor(total / 10) + 1);
  }
});

Deno.test("readAllPages() hands out nothing rather than half of it", async () => {
  const { read } = createPages(25, 10);
  await assertRejects(
    () => readAllPages((before) => before ? Promise.reject(new Error("away")) : read(before), 10),
    Error,
    "away",
  );
});
