import { assertEquals } from "../support/assert.ts";
import { createConcurrency } from "../../supabase/functions/sync-applications/sync/concurrency.ts";

type Concurrency = ReturnType<typeof createConcurrency>;

/** Attempts that last until they are told to end, or are throttled. */
function startAttempts(concurrency: Concurrency, count: number) {
  const fates: ((throttled: boolean) => void)[] = [];
  const attempts = Array.from({ length: count }, () =>
    concurrency.attempt(async () => {
      if (await new Promise<boolean>((decide) => fates.push(decide))) concurrency.throttled();
    }));
  return {
    async throttle(index: number) {
      await turns();
      fates[index]?.(true);
      await attempts[index];
    },
    end: () => fates.forEach((decide) => decide(false)),
  };
}

async function succeed(concurrency: Concurrency, times: number): Promise<void> {
  for (let call = 0; call < times; call++) {
    await concurrency.attempt(() => Promise.resolve());
    concurrency.succeeded();
  }
}

const turns = () => new Promise((resolve) => setTimeout(resolve, 0));

/** 15 calls at once at an OCC that takes 5. */
async function throttleAtFive(concurrency: Concurrency) {
  const attempts = startAttempts(concurrency, 15);
  for (let refused = 5; refused < 15; refused++) await attempts.throttle(refused);
  return attempts;
}

Deno.test("createConcurrency() falls to what OCC holds, and keeps one more ready", async () => {
  const concurrency = createConcurrency(15);
  assertEquals(concurrency.limit(), 15);
  await throttleAtFive(concurrency);
  assertEquals(concurrency.limit(), 6);
});

Deno.test("createConcurrency() sends no more at once than OCC takes, in the order they came", async () => {
  const concurrency = createConcurrency(15);
  const { end } = await throttleAtFive(concurrency);
  const order: number[] = [];
  const again = [0, 1, 2].map((call) => concurrency.attempt(() => Promise.resolve(order.push(call))));
  await turns();
  assertEquals(order, []);
  end();
  await Promise.all(again);
  assertEquals(order, [0, 1, 2]);
});

Deno.test("createConcurrency() lets the next one pass when an attempt fails", async () => {
  const concurrency = createConcurrency(1);
  const failed = concurrency.attempt(() => Promise.reject(new Error("refused")));
  const next = concurrency.attempt(() => Promise.resolve("sent"));
  assertEquals((await Promise.allSettled([failed, next])).map(({ status }) => status), ["rejected", "fulfilled"]);
});

Deno.test("createConcurrency() never falls below 1", async () => {
  const concurrency = createConcurrency(15);
  for (let call = 0; call < 1000; call++) concurrency.throttled();
  assertEquals(await concurrency.attempt(() => Promise.resolve("sent")), "sent");
  assertEquals(concurrency.limit(), 2);
});

Deno.test("createConcurrency() asks for one more after a while, and goes back by one when that is throttled", async () => {
  const concurrency = createConcurrency(15);
  const { end } = await throttleAtFive(concurrency);
  end();
  await turns();
  await succeed(concurrency, 199);
  assertEquals(concurrency.limit(), 6);
  await succeed(concurrency, 1);
  assertEquals(concurrency.limit(), 7);
  const attempts = startAttempts(concurrency, 6);
  await attempts.throttle(5);
  assertEquals(concurrency.limit(), 6);
  attempts.end();
});

Deno.test("createConcurrency() creeps back to the maximum, faster the longer nothing is throttled", async () => {
  const concurrency = createConcurrency(15);
  (await throttleAtFive(concurrency)).end();
  await turns();
  const limits: number[] = [];
  for (const successes of [40 * 5, 40 * 6, 40 * 8, 40 * 12]) {
    await succeed(concurrency, successes - 1);
    limits.push(concurrency.limit());
    await succeed(concurrency, 1);
    limits.push(concurrency.limit());
  }
  assertEquals(limits, [6, 7, 7, 9, 9, 13, 13, 15]);
});

Deno.test("createConcurrency() is soon back at what OCC took before it took nothing at all", async () => {
  const concurrency = createConcurrency(15);
  const attempts = startAttempts(concurrency, 15);
  for (let refused = 0; refused < 15; refused++) await attempts.throttle(refused);
  assertEquals(concurrency.limit(), 2);
  await succeed(concurrency, 2 * 14);
  assertEquals(concurrency.limit(), 15);
});

Deno.test("createConcurrency() takes a call that has left OCC for none that it holds", async () => {
  const concurrency = createConcurrency(15);
  const attempts = startAttempts(concurrency, 5);
  await turns();
  concurrency.throttled({ hasLeft: true });
  assertEquals(concurrency.limit(), 6);
  attempts.end();
});

Deno.test("createConcurrency() is soon back just below where it was throttled when OCC held less than it allows", async () => {
  const concurrency = createConcurrency(15);
  concurrency.throttled();
  assertEquals(concurrency.limit(), 2);
  await succeed(concurrency, 2 * 13);
  assertEquals(concurrency.limit(), 15);
});
