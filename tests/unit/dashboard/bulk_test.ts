import fc from "fast-check";
import { addUpPreviews, CHUNK, inChunks, readAllRows } from "../../../supabase/dashboard/src/bulk.ts";
import { assert, assertEquals, assertRejects } from "../../support/assert.ts";

const numbers = (count: number) => Array.from({ length: count }, (_, at) => `G3-${at}`);

Deno.test("inChunks() asks for each once, in order, at most 500 at a time", async () => {
  await fc.assert(fc.asyncProperty(fc.nat(2_300), async (count) => {
    const chunks = await inChunks(numbers(count), (chunk) => Promise.resolve(chunk));
    assertEquals(chunks.flat(), numbers(count));
    assert(chunks.every(({ length }) => length <= CHUNK));
    assertEquals(chunks.length, Math.ceil(count / CHUNK));
  }));
});

Deno.test("inChunks() says how far it came when a later call is refused, and stops there", async () => {
  let calls = 0;
  const fail = (at: number) => () => ++calls === at ? Promise.reject(new Error("no")) : Promise.resolve();
  await assertRejects(
    () => inChunks(numbers(1_600), fail(3)),
    Error,
    "Done for the first 1,000 applications, then: no",
  );
  assertEquals(calls, 3);
  calls = 0;
  await assertRejects(() => inChunks(numbers(1_600), fail(1)), Error, "no");
});

Deno.test("addUpPreviews() is the database's own of one, and the sum of more", () => {
  const one = { applications: 2, by_state: { failed: 2 }, examples: ["A", "B"], message: "2 are fetched." };
  const other = { applications: 3, by_state: { failed: 1, gone: 2 }, examples: ["C"], message: "3 are fetched." };
  assertEquals(addUpPreviews([one], String), one);
  assertEquals(addUpPreviews([one, other], (count) => `${count} in all`), {
    applications: 5,
    by_state: { failed: 3, gone: 2 },
    stored: 0,
    examples: ["A", "B", "C"],
    message: "5 in all",
  });
});

Deno.test("readAllRows() reads page after page, and one more where the last is full", async () => {
  await fc.assert(fc.asyncProperty(fc.nat(60), fc.integer({ min: 1, max: 9 }), async (count, size) => {
    const all = numbers(count).sort().map((application) => ({ application }));
    const read = (after?: string) =>
      Promise.resolve({ rows: all.filter(({ application }) => !after || application > after).slice(0, size) });
    assertEquals(await readAllRows(read, size), all);
  }));
});
