import { assert, assertEquals } from "../support/assert.ts";
import { createFakeClock, type FakeClock } from "../support/fake_clock.ts";
import { sleep } from "../../supabase/functions/sync-applications/clock.ts";
import { processBatch } from "../../supabase/functions/sync-applications/sync/batch_processor.ts";
import { createConcurrency } from "../../supabase/functions/sync-applications/sync/concurrency.ts";

const AT_ONCE = 15;
const REFUSAL_MS = 20;
const MINUTE = 60_000;

class Refused extends Error {}

interface World {
  /** Calls that OCC takes at once, `at` milliseconds after the start. */
  allows: (at: number) => number;
  latencyMs: number;
  atOnce?: number;
}

/** A pass of calls that the SDK tries three times each, before an OCC that refuses what is more than it takes. */
function startPass({ allows, latencyMs, atOnce = AT_ONCE }: World, count: number) {
  const clock = createFakeClock();
  const start = clock.now();
  const concurrency = createConcurrency(atOnce);
  const seen = { attempts: 0, refused: 0, mostAtOcc: 0, limits: new Set<number>(), starts: [] as number[] };
  let held = 0;
  let atOcc = 0;

  async function send(): Promise<void> {
    seen.attempts++;
    seen.mostAtOcc = Math.max(seen.mostAtOcc, ++atOcc);
    try {
      if (held >= allows(clock.now() - start)) {
        await sleep(clock, REFUSAL_MS);
        seen.refused++;
        concurrency.throttled();
        throw new Refused();
      }
      held++;
      // Not all the same, and the same in each run.
      await sleep(clock, latencyMs * (0.75 + (seen.attempts % 7) / 12));
      held--;
    } finally {
      atOcc--;
    }
  }
  async function call(): Promise<void> {
    seen.starts.push(clock.now());
    for (let attempt = 1;; attempt++) {
      try {
        await concurrency.attempt(send);
        concurrency.succeeded();
        return;
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        if (attempt === 3) throw error;
        await sleep(clock, 250 * attempt);
      } finally {
        seen.limits.add(concurrency.limit());
      }
    }
  }
  const pass = processBatch(Array.from({ length: count }), atOnce, call, { limit: concurrency.limit, clock });
  return { clock, start, seen, finished: finish(pass, clock, start) };
}

async function finish<T>(pass: Promise<T>, clock: FakeClock, start: number): Promise<T & { ms: number }> {
  let ms = 0;
  const result = pass.then((value) => {
    ms = clock.now() - start;
    return value;
  });
  // A pass that nothing moves any more never ends.
  for (let minute = 0; minute < 60 && ms === 0; minute++) await clock.advance(MINUTE);
  assert(ms > 0, "the pass stands still");
  return { ...await result, ms };
}

function assertBounds({ seen }: ReturnType<typeof startPass>, atOnce = AT_ONCE): void {
  assert(seen.mostAtOcc <= atOnce, `${seen.mostAtOcc} calls at once`);
  for (const limit of seen.limits) assert(limit >= 1 && limit <= atOnce, `a limit of ${limit}`);
  const { starts } = seen;
  const crowded = starts.filter((start, index) => (starts[index + atOnce] ?? Infinity) - start < 100);
  assertEquals(crowded, [], "more starts in 100 ms than at once");
}

for (const latencyMs of [20, 150, 1500]) {
  for (const allowed of [1, 5, 14, 50]) {
    Deno.test(`a pass uses what OCC takes when that are ${allowed} calls of ${latencyMs} ms at once`, async () => {
      const pass = startPass({ allows: () => allowed, latencyMs }, 600);
      const { successful, failed, ms } = await pass.finished;
      assertBounds(pass);
      assertEquals(successful.length + failed.length, 600);
      assert(failed.length <= 15, `${failed.length} failed`);
      if (allowed >= AT_ONCE) return assertEquals(pass.seen.refused, 0);
      assert(pass.seen.refused <= 45, `${pass.seen.refused} refused`);
      // At 20 ms it is the 15 starts in 100 ms that take the time.
      const limit = Math.max(600 * latencyMs / allowed, 600 / AT_ONCE * 100);
      assert(ms <= limit * 1.25 + 2000, `${ms} ms of ${limit}`);
    });
  }
}

Deno.test("a pass that OCC refuses altogether for ten minutes goes on, and is soon at 15 again", async () => {
  const pass = startPass({ allows: (at) => at < 10 * MINUTE ? 0 : AT_ONCE, latencyMs: 1500 }, 5000);
  const { successful, failed, ms } = await pass.finished;
  assertBounds(pass);
  assertEquals(successful.length + failed.length, 5000);
  const limit = 10 * MINUTE + successful.length * 1500 / AT_ONCE;
  assert(ms <= limit + 0.5 * MINUTE, `${ms} ms, ${successful.length} fetched`);
});

Deno.test("a pass is back at 15 within minutes after OCC refused what was new for a second", async () => {
  const allows = (at: number) => at > 10_000 && at < 11_000 ? 0 : AT_ONCE;
  const pass = startPass({ allows, latencyMs: 1500 }, 2000);
  const { failed, ms } = await pass.finished;
  assertBounds(pass);
  assert(failed.length <= 1 && pass.seen.refused > 0, `${failed.length} failed`);
  assert(ms <= 2000 * 1500 / AT_ONCE + 1.5 * MINUTE, `${ms} ms`);
});

Deno.test("a pass grows back to 15 within some minutes when OCC takes 1 at first, and then all", async () => {
  const pass = startPass({ allows: (at) => at < MINUTE ? 1 : AT_ONCE, latencyMs: 1500 }, 5000);
  const { successful, failed, ms } = await pass.finished;
  assertBounds(pass);
  assertEquals(successful.length + failed.length, 5000);
  assert(pass.seen.limits.has(AT_ONCE), "never 15 again");
  assert(ms <= 5000 * 1500 / AT_ONCE + 4 * MINUTE, `${ms} ms`);
});

Deno.test("a pass has as many calls at once as it is set to", async () => {
  for (const atOnce of [1, 2, 50]) {
    const pass = startPass({ allows: () => Infinity, latencyMs: 1500, atOnce }, 200);
    assertEquals((await pass.finished).failed, []);
    assertBounds(pass, atOnce);
    assertEquals(pass.seen.mostAtOcc, atOnce);
  }
});
