import { assertEquals, assertRejects } from "../support/assert.ts";
import { claimFrom, createFakeRun } from "../support/fake_run.ts";
import type { SyncRun } from "../../supabase/functions/sync-applications/database/sync_run.ts";
import { claimAhead, type ClaimLimits } from "../../supabase/functions/sync-applications/sync/claim_ahead.ts";

const ids = (count: number) => Array.from({ length: count }, (_, index) => `G3-${index + 1}`);

/** Starts whatever it is given, up to `budget`. */
function start(claim: SyncRun["claim"], limits: Partial<ClaimLimits> & { most?: number } = {}) {
  const { most = 1000, ...overrides } = limits;
  const run = createFakeRun({ claim });
  const started: string[] = [];
  const claimed = claimAhead(run, {
    batchSize: 3,
    mayStart: () => true,
    budget: () => most - started.length,
    ...overrides,
  });
  /** Starts the next so many, or all there are. */
  async function pull(count = Infinity): Promise<void> {
    for (; count > 0; count--) {
      const { done, value } = await claimed.next();
      if (done) return;
      started.push(value);
    }
  }
  return { run, started, pull, claimed };
}

Deno.test("claimAhead() claims two windows, and the next two while one window is still to be started", async () => {
  const { run, started, pull } = start(claimFrom(ids(20)));
  await pull(3);
  assertEquals(run.claims, [6]);
  await pull(1);
  assertEquals(run.claims, [6, 6]);
  await pull();
  assertEquals(started, ids(20));
});

Deno.test("claimAhead() claims no more than the budget, what is claimed and not started counted in", async () => {
  const { run, started, pull } = start(claimFrom(ids(50)), { most: 10 });
  await pull();
  assertEquals([run.claims, started], [[6, 4], ids(10)]);
  const none = start(claimFrom(ids(50)), { most: 0 });
  await none.pull();
  assertEquals(none.run.claims, []);
});

Deno.test("claimAhead() claims nothing when nothing may be started", async () => {
  const { run, started, pull } = start(claimFrom(ids(5)), { mayStart: () => false });
  await pull();
  assertEquals([run.claims, started], [[], []]);
});

Deno.test("claimAhead() stops in the middle of what it claimed when nothing more may be started", async () => {
  let open = true;
  const { run, started, pull } = start(claimFrom(ids(50)), { mayStart: () => open });
  await pull(2);
  open = false;
  await pull();
  assertEquals([run.claims, started], [[6], ids(2)]);
});

Deno.test("claimAhead() ends with a claim that brings none, and claims nothing after that", async () => {
  const { run, started, pull, claimed } = start(claimFrom(ids(7)));
  await pull();
  assertEquals(started, ids(7));
  const asked = run.claims.length;
  assertEquals(await claimed.next(), { done: true, value: undefined });
  assertEquals(run.claims.length, asked);
});

Deno.test("claimAhead() goes on after a claim that brings fewer than it asked for", async () => {
  const parts = [["G3-1"], ["G3-2", "G3-3"], []];
  const { run, started, pull } = start(() => Promise.resolve(parts.shift() ?? []));
  await pull();
  assertEquals([run.claims.length, started], [3, ids(3)]);
});

Deno.test("claimAhead() ends with the error of a claim, once what was claimed before is started", async () => {
  const error = new Error("lost");
  const claim = claimFrom(ids(6));
  let calls = 0;
  const { started, pull } = start((count) => ++calls === 1 ? claim(count) : Promise.reject(error));
  assertEquals(await assertRejects(() => pull()), error);
  assertEquals(started, ids(6));
});

Deno.test("claimAhead() lets a claim fail that nobody waits for any more", async () => {
  let open = true;
  let calls = 0;
  const claim = claimFrom(ids(6));
  const { pull, started } = start((count) => ++calls === 1 ? claim(count) : Promise.reject(new Error("lost")), {
    mayStart: () => open,
  });
  await pull(4);
  open = false;
  // An unhandled rejection would end the test.
  await pull();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals([calls, started], [2, ids(4)]);
});
