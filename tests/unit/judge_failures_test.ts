import { assertEquals, assertRejects } from "../support/assert.ts";
import { createFakeApplications } from "../support/fake_applications.ts";
import { envelope } from "../support/fake_lambda.ts";
import { createFakeRun, settleAll } from "../support/fake_run.ts";
import type { Failure } from "../../supabase/functions/sync-applications/database/sync_run.ts";
import { judgeFailures } from "../../supabase/functions/sync-applications/sync/judge_failures.ts";

const down = () => envelope("down", 503);

function failuresOf(...causes: string[]): Failure[] {
  return causes.map((cause, index) => ({
    id: `G3-bad-${index}`,
    error: `Cannot fetch: ${cause}`,
    cause,
    step: "fetch",
  }));
}

/** Judges failures beside so many successes, with these canaries; those in `broken` fail. */
function judge(failures: Failure[], fetched: number, canaries: string[], broken: string[] = []) {
  const { occ, applications, faults, calls } = createFakeApplications(0);
  for (const id of canaries) applications.set(id, "2026-01-15T10:00:00Z");
  for (const id of broken) faults.set(id, down);
  const run = createFakeRun({ settle: settleAll, chooseCanaries: () => Promise.resolve(canaries) });
  const pass = new AbortController();
  return { run, calls, faults, pass, verdict: () => judgeFailures(occ, run, { failures, fetched }, pass.signal) };
}

const settled = ({ run }: ReturnType<typeof judge>) => run.settled.flatMap(({ failures }) => failures);

Deno.test("judgeFailures() asks no canary while a quarter failed, and settles the failures", async () => {
  const failures = failuresOf("a", "b");
  const pass = judge(failures, 6, ["G3-1"]);
  assertEquals([await pass.verdict(), pass.calls, settled(pass)], [{ givenBack: [] }, [], failures]);
});

Deno.test("judgeFailures() asks the canaries when more failed, and settles the failures when they are well", async () => {
  const failures = failuresOf("a", "b");
  const pass = judge(failures, 5, ["G3-1", "G3-2", "G3-3"]);
  assertEquals(await pass.verdict(), { occ: "well", failedCanaries: [], givenBack: [] });
  assertEquals([pass.calls.toSorted(), settled(pass)], [["G3-1", "G3-2", "G3-3"], failures]);
});

Deno.test("judgeFailures() gives all failures back when one canary fails, and names the commonest cause", async () => {
  const failures = failuresOf("OCC answered 500", "OCC answered 503", "OCC answered 503");
  const pass = judge(failures, 0, ["G3-1", "G3-2", "G3-3"], ["G3-2"]);
  assertEquals(await pass.verdict(), {
    occ: "unwell",
    failedCanaries: ["G3-2"],
    cause: "OCC answered 503",
    givenBack: failures,
    reason:
      "OCC is failing: 3 of 3 applications could not be fetched, and neither could applications it served before " +
      "(OCC answered 503); all are tried again",
  });
  assertEquals(settled(pass), []);
});

Deno.test("judgeFailures() lets failures count when there is no canary", async () => {
  const failures = failuresOf("a");
  const pass = judge(failures, 0, []);
  assertEquals(await pass.verdict(), { occ: "unknown", failedCanaries: [], givenBack: [] });
  assertEquals(settled(pass), failures);
});

const notFound: Failure = { ...failuresOf("OCC answered 404")[0]!, notFound: true };

for (
  const { others, fetched, canaries, counts } of [
    { others: "others were fetched", fetched: 9, canaries: [], counts: true },
    { others: "a canary answers", fetched: 0, canaries: ["G3-1"], counts: true },
    { others: "there is nothing else that answers", fetched: 0, canaries: [], counts: false },
  ]
) {
  Deno.test(`judgeFailures() ${counts ? "says" : "does not say"} that OCC has no such application when ${others}`, async () => {
    const pass = judge([notFound], fetched, canaries);
    await pass.verdict();
    const [failure] = settled(pass);
    assertEquals([failure?.id, failure?.notFound ?? false], [notFound.id, counts]);
  });
}

Deno.test("judgeFailures() has nothing to ask and to settle without failures", async () => {
  const pass = judge([], 0, []);
  assertEquals([await pass.verdict(), pass.run.settled], [{ givenBack: [] }, []]);
});

Deno.test("judgeFailures() settles a hundred failures a call", async () => {
  const pass = judge(failuresOf(...Array<string>(250).fill("a")), 10_000, []);
  await pass.verdict();
  assertEquals(pass.run.settled.map(({ failures }) => failures.length), [100, 100, 50]);
});

Deno.test("judgeFailures() judges nothing when the pass is cut off meanwhile", async () => {
  const pass = judge(failuresOf("a"), 0, ["G3-1"]);
  const reason = new Error("the worker is shutting down");
  pass.faults.set("G3-1", (signal) => {
    pass.pass.abort(reason);
    return Promise.reject(signal.reason);
  });
  assertEquals([await assertRejects(pass.verdict), pass.run.settled], [reason, []]);
});
