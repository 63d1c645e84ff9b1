import { assert, assertEquals, assertRejects, assertThrows } from "../support/assert.ts";
import { createFakeClock } from "../support/fake_clock.ts";
import { chunkArray, processBatch } from "../../supabase/functions/sync-applications/sync/batch_processor.ts";
import { sleep } from "../../supabase/functions/sync-applications/clock.ts";

Deno.test("processBatch() separates what succeeded from what failed", async () => {
  const error = new Error("odd");
  const result = await processBatch(
    [1, 2, 3, 4],
    15,
    (item) => item % 2 ? Promise.reject(error) : Promise.resolve(item),
  );
  assertEquals(result, { successful: [2, 4], failed: [{ item: 1, error }, { item: 3, error }] });
});

Deno.test("processBatch() runs batchSize at a time and starts the next as soon as one ends", async () => {
  const clock = createFakeClock();
  const durations = [1000, 100, 100, 100, 100];
  let running = 0;
  let most = 0;
  const work = processBatch(durations, 2, async (ms) => {
    most = Math.max(most, ++running);
    await sleep(clock, ms);
    running--;
    return clock.now();
  }, { clock, intervalMs: 0 });
  const start = clock.now();
  await clock.advance(1000);
  const { successful } = await work;
  assertEquals(most, 2);
  // The slow one holds up none of the others.
  assertEquals(successful.map((time) => time - start), [100, 200, 300, 400, 1000]);
});

Deno.test("processBatch() starts at most batchSize in any 100 ms", async () => {
  const clock = createFakeClock();
  const starts: number[] = [];
  const work = processBatch(Array.from({ length: 35 }, (_, index) => index), 15, () => {
    starts.push(clock.now());
    return Promise.resolve();
  }, { clock });
  await clock.advance(1000);
  await work;
  const perWindow = starts.map((start) => starts.filter((other) => other >= start && other < start + 100).length);
  assertEquals(Math.max(...perWindow), 15);
  assertEquals((starts.at(-1) ?? 0) - (starts[0] ?? 0), 200);
});

Deno.test("processBatch() takes an item of an async iterable only when there is room", async () => {
  let taken = 0;
  async function* items() {
    for (let index = 0; index < 10; index++) {
      taken++;
      yield index;
    }
  }
  const release: (() => void)[] = [];
  const work = processBatch(items(), 3, () => new Promise<void>((resolve) => release.push(resolve)), { intervalMs: 0 });
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert(taken <= 4, `${taken} taken with 3 in flight`);
  while (release.length > 0) {
    release.shift()?.();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assertEquals((await work).successful.length, 10);
});

Deno.test("processBatch() follows a limit that changes while it runs", async () => {
  const clock = createFakeClock();
  let limit = 1;
  let running = 0;
  let most = 0;
  const work = processBatch(Array(6).fill(100), 5, async (ms: number) => {
    most = Math.max(most, ++running);
    await sleep(clock, ms);
    running--;
  }, { clock, intervalMs: 0, limit: () => limit });
  await clock.advance(250);
  assertEquals(most, 1);
  limit = 99;
  await clock.advance(1000);
  await work;
  assert(most > 1 && most <= 5, `${most} at once`);
});

Deno.test("processBatch() refuses a batch size below 1", async () => {
  await assertRejects(() => processBatch([1], 0, () => Promise.resolve()), RangeError, "batchSize");
});

Deno.test("processBatch() processes nothing when there is nothing", async () => {
  assertEquals(await processBatch([], 15, () => Promise.reject(new Error("called"))), { successful: [], failed: [] });
});

Deno.test("chunkArray() splits into chunks of the size, the last one shorter", () => {
  const records = Array.from({ length: 250 }, (_, index) => index);
  const chunks = chunkArray(records, 100);
  assertEquals(chunks.map((chunk) => chunk.length), [100, 100, 50]);
  assertEquals(chunks.flat(), records);
  assertEquals(chunkArray([], 100), []);
  assertThrows(() => chunkArray([1], 0), RangeError, "size");
});
