import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { createFakeApplications, detail } from "../support/fake_applications.ts";
import { createFakeClock, type FakeClock } from "../support/fake_clock.ts";
import { envelope } from "../support/fake_lambda.ts";
import { claimFrom, createFakeRun, settleAll } from "../support/fake_run.ts";
import { sleep } from "../../supabase/functions/sync-applications/clock.ts";
import { DatabaseError } from "../../supabase/functions/sync-applications/database/database_error.ts";
import type { SyncRun } from "../../supabase/functions/sync-applications/database/sync_run.ts";
import { createConcurrency } from "../../supabase/functions/sync-applications/sync/concurrency.ts";
import {
  type FetchDependencies,
  fetchDueApplications,
  type FetchLimits,
} from "../../supabase/functions/sync-applications/sync/fetch_due_applications.ts";

const LOST = new DatabaseError("Cannot claim applications: another pass holds the run now", "PT409", false);

interface Scene {
  batchSize?: number;
  chunkSize?: number;
  claim?: SyncRun["claim"];
  settle?: SyncRun["settle"];
}

/** A pass on a run with so many applications due, and all that it needs. */
function prepare(count: number, { batchSize = 3, chunkSize = 100, claim, settle = settleAll }: Scene = {}) {
  const clock = createFakeClock();
  const fake = createFakeApplications(count);
  const run = createFakeRun({ claim: claim ?? claimFrom(fake.applications.keys()), settle });
  const shutdown = new AbortController();
  const lines: string[] = [];
  const dependencies: FetchDependencies = {
    occ: { ...fake.occ, clock },
    clock,
    concurrency: createConcurrency(batchSize),
    log: (line) => void lines.push(line),
    batchSize,
    chunkSize,
    shutdown: shutdown.signal,
  };
  async function fetch(limits: Partial<FetchLimits> = {}) {
    const defaults = { deadline: clock.now() + 3_600_000, applications: 1000 };
    return await play(clock, fetchDueApplications(dependencies, run, { ...defaults, ...limits }));
  }
  return { ...fake, clock, run, shutdown, lines, fetch };
}

/** Moves time on until the work has ended. */
async function play<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  let ended = false;
  const end = () => void (ended = true);
  work.then(end, end);
  for (let step = 0; !ended && step < 100_000; step++) await clock.advance(100);
  return await work;
}

/** Every detail takes so long. */
function delay({ faults, applications, clock }: ReturnType<typeof prepare>, ms: number): void {
  for (const id of applications.keys()) {
    faults.set(id, async () => {
      await sleep(clock, ms);
      return detail(id, applications.get(id));
    });
  }
}

const rowsOf = ({ settled }: { settled: { rows: string[] }[] }) => settled.flatMap(({ rows }) => rows);
const failuresOf = (run: ReturnType<typeof prepare>["run"]) => run.settled.flatMap(({ failures }) => failures);
const down = () => envelope("down", 503);

Deno.test("fetchDueApplications() settles all that is due, in chunks, and says nothing stopped it", async () => {
  const pass = prepare(25, { chunkSize: 10 });
  assertEquals(await pass.fetch(), {
    stopped: undefined,
    fetched: 25,
    failures: [],
    warnings: [],
    anomalies: [],
  });
  assertEquals(rowsOf(pass.run).sort(), [...pass.applications.keys()].sort());
  assertEquals(pass.lines, [
    "[syncApplicationsSince] Fetched 25 applications, 0 failed",
    "[syncApplicationsSince] Upserting chunk 1/3 (10 records)",
    "[syncApplicationsSince] Upserting chunk 2/3 (10 records)",
    "[syncApplicationsSince] Upserting chunk 3/3 (5 records)",
  ]);
});

for (const batchSize of [1, 4, 15]) {
  Deno.test(`fetchDueApplications() has ${batchSize} in flight with a batch size of ${batchSize}`, async () => {
    const pass = prepare(60, { batchSize });
    let running = 0;
    let most = 0;
    for (const id of pass.applications.keys()) {
      pass.faults.set(id, async () => {
        most = Math.max(most, ++running);
        await sleep(pass.clock, 500);
        running--;
        return detail(id, pass.applications.get(id));
      });
    }
    await pass.fetch();
    assertEquals([most, rowsOf(pass.run).length], [batchSize, 60]);
    assertEquals(Math.max(...pass.run.claims), 2 * batchSize);
  });
}

Deno.test("fetchDueApplications() starts nothing after its deadline, and lets what is in flight finish", async () => {
  const pass = prepare(60);
  delay(pass, 1000);
  const end = await pass.fetch({ deadline: pass.clock.now() + 2500 });
  assertEquals(end.stopped, "time");
  // At 0, 1 and 2 seconds.
  assertEquals([pass.calls.length, rowsOf(pass.run).length, end.failures], [9, 9, []]);
});

Deno.test("fetchDueApplications() does not start what waited for room until after the deadline", async () => {
  const pass = prepare(60);
  // The fourth is claimed and waits when the time is up, long before there is room for it.
  delay(pass, 29_000);
  const end = await pass.fetch({ deadline: pass.clock.now() + 1000 });
  assertEquals([end.stopped, pass.calls, rowsOf(pass.run).length], ["time", ["G3-1", "G3-2", "G3-3"], 3]);
});

Deno.test("fetchDueApplications() starts nothing more once the worker's CPU is spent, and gives up nothing", async () => {
  const pass = prepare(20);
  delay(pass, 1000);
  const end = await pass.fetch({ isSpent: () => pass.calls.length >= 7 });
  assertEquals([end.stopped, end.fetched, end.failures], ["applications", pass.calls.length, []]);
  assert(pass.calls.length < 10, `${pass.calls.length} started`);
  assertEquals(rowsOf(pass.run).length, end.fetched);
});

Deno.test("fetchDueApplications() starts as many applications as it may, not one more", async () => {
  const pass = prepare(30);
  assertEquals((await pass.fetch({ applications: 10 })).stopped, "applications");
  assertEquals([pass.calls.length, rowsOf(pass.run).length], [10, 10]);
  assertEquals(pass.run.claims.reduce((sum, count) => sum + count), 10);
  assertEquals(pass.lines.slice(1), ["[syncApplicationsSince] Upserting chunk 1/1 (10 records)"]);
});

Deno.test("fetchDueApplications() stops when OCC fails three batches in a row, and settles none of the failures", async () => {
  const pass = prepare(60);
  for (const id of pass.applications.keys()) pass.faults.set(id, down);
  const { stopped, fetched, failures } = await pass.fetch();
  assertEquals([stopped, fetched, failuresOf(pass.run)], ["occ", 0, []]);
  assert(failures.length >= 9 && failures.length < 12, `${failures.length} failures`);
  assertEquals(failures[0], {
    id: "G3-1",
    step: "fetch",
    error: "Cannot fetch application G3-1: OCC answered 503",
    cause: "OCC answered 503",
  });
});

Deno.test("fetchDueApplications() goes on when one success stands between the failures", async () => {
  const pass = prepare(60);
  let index = 0;
  // 8 failures, a success, 8 failures, …
  for (const id of pass.applications.keys()) if (++index % 9 !== 0) pass.faults.set(id, down);
  const { stopped, fetched, failures } = await pass.fetch();
  assertEquals([stopped, fetched, rowsOf(pass.run).length, failures.length], [undefined, 6, 6, 54]);
});

Deno.test("fetchDueApplications() takes a 404 as any other failure: replicas lag", async () => {
  const pass = prepare(60);
  for (const id of pass.applications.keys()) pass.faults.set(id, () => envelope("gone", 404));
  const { stopped, failures } = await pass.fetch();
  assertEquals([stopped, new Set(failures.map(({ cause }) => cause))], ["occ", new Set(["OCC answered 404"])]);
});

Deno.test("fetchDueApplications() says of a 404 and a 410, and of no other failure, that OCC has no such application", async () => {
  const pass = prepare(4);
  for (const [index, status] of [404, 410, 500].entries()) {
    pass.faults.set(`G3-${index + 1}`, () => envelope("no", status));
  }
  const { failures } = await pass.fetch();
  assertEquals(
    failures.map(({ id, notFound = false }) => [id, notFound]).toSorted(),
    [["G3-1", true], ["G3-2", true], ["G3-3", false]],
  );
});

Deno.test("fetchDueApplications() says of each answer when its fetch began", async () => {
  const began: number[] = [];
  const pass = prepare(3, {
    settle(answers) {
      began.push(...answers.map(({ beganAt }) => beganAt));
      return Promise.resolve(answers.length);
    },
  });
  delay(pass, 2000);
  const before = pass.clock.now();
  await pass.fetch();
  assertEquals(began.map((at) => at - before), [0, 0, 0]);
});

Deno.test("fetchDueApplications() gives back what is in flight when the worker is shut down, and stores the rest", async () => {
  const pass = prepare(30);
  pass.faults.set("G3-5", async () => {
    pass.shutdown.abort(new Error("the worker is shutting down"));
    await sleep(pass.clock, 60_000);
    return down();
  });
  const before = pass.clock.now();
  const { stopped, failures } = await pass.fetch();
  assertEquals([stopped, failures], ["shutdown", []]);
  assert(pass.clock.now() - before < 5000, "it waited for what was in flight");
  const stored = rowsOf(pass.run);
  assertEquals([stored.includes("G3-4"), stored.includes("G3-5")], [true, false]);
  assert(pass.calls.length < 30, `${pass.calls.length} calls`);
});

Deno.test("fetchDueApplications() starts nothing when the worker is shutting down already", async () => {
  const pass = prepare(5);
  pass.shutdown.abort(new Error("the worker is shutting down"));
  assertEquals([(await pass.fetch()).stopped, pass.calls, pass.run.claims], ["shutdown", [], []]);
});

Deno.test("fetchDueApplications() ends with the error of a run that is lost, whatever is in flight", async () => {
  const pass = prepare(30);
  pass.faults.set("G3-5", async () => {
    pass.run.lose(LOST);
    await sleep(pass.clock, 60_000);
    return down();
  });
  const before = pass.clock.now();
  assertEquals(await assertRejects(() => pass.fetch()), LOST);
  assert(pass.clock.now() - before < 5000, "it waited for what was in flight");
  assertEquals(failuresOf(pass.run), []);
});

Deno.test("fetchDueApplications() ends with the error of a claim or of a settlement", async () => {
  const claim = prepare(5, { claim: () => Promise.reject(LOST) });
  assertEquals(await assertRejects(() => claim.fetch()), LOST);
  const settle = prepare(5, { settle: () => Promise.reject(LOST) });
  assertEquals(await assertRejects(() => settle.fetch()), LOST);
  assertEquals(settle.run.settled.length, 1);
});

Deno.test("fetchDueApplications() claims again, with all settled, when a claim was empty beside work in flight", async () => {
  const due = ["G3-1", "G3-2", "G3-3"];
  let alone = ["G3-4"];
  const unsettled = new Set<string>();
  const pass = prepare(4, {
    claim(maxClaims) {
      const claimed = due.splice(0, maxClaims);
      for (const id of claimed) unsettled.add(id);
      if (claimed.length > 0 || unsettled.size > 0) return Promise.resolve(claimed);
      // As the database does: what has killed its worker is handed out when nothing else is in flight.
      const last = alone;
      alone = [];
      return Promise.resolve(last);
    },
    settle(applications) {
      for (const { row } of applications) unsettled.delete(row.g3_application_number);
      return Promise.resolve(applications.length);
    },
  });
  delay(pass, 1000);
  assertEquals((await pass.fetch()).stopped, undefined);
  assertEquals(pass.run.settled.map(({ rows }) => rows.toSorted()), [["G3-1", "G3-2", "G3-3"], ["G3-4"]]);
});

Deno.test("fetchDueApplications() asks the database twice and OCC never when nothing is due", async () => {
  const pass = prepare(0);
  const nothing = { stopped: undefined, fetched: 0, failures: [], warnings: [], anomalies: [] };
  assertEquals(await pass.fetch(), nothing);
  assertEquals([pass.calls, pass.run.settled, pass.run.claims.length <= 2], [[], [], true]);
});

Deno.test("fetchDueApplications() takes an unexpected error as a failure, and quotes nothing of it", async () => {
  const pass = prepare(1);
  pass.faults.set("G3-1", () => {
    throw new RangeError("Canary");
  });
  const { failures: [failure] } = await pass.fetch();
  assertEquals([failure?.id, failure?.step, JSON.stringify(failure).includes("Canary")], ["G3-1", "fetch", false]);
});
