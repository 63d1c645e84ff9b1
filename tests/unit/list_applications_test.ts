import { assertEquals, assertRejects } from "../support/assert.ts";
import { createFakeClock } from "../support/fake_clock.ts";
import { createFakeApplications, listOf, TOO_LARGE } from "../support/fake_applications.ts";
import { envelope, type FakeAnswer } from "../support/fake_lambda.ts";
import { createFakeRun } from "../support/fake_run.ts";
import { sleep } from "../../supabase/functions/sync-applications/clock.ts";
import type { SyncRun } from "../../supabase/functions/sync-applications/database/sync_run.ts";
import { listApplications } from "../../supabase/functions/sync-applications/sync/list_applications.ts";

/** The clock's. */
const TODAY = "2026-03-02";
const MINUTE = 60_000;

type Part = Parameters<SyncRun["enqueue"]>;

/** Lists for a run since a date; OCC answers what `list` says, or its applications. */
function prepare(
  state: Partial<SyncRun>,
  list?: (signal: AbortSignal, since: string) => FakeAnswer | Promise<FakeAnswer>,
  applications = 2,
) {
  const clock = createFakeClock(Date.parse(`${TODAY}T09:00:00Z`));
  const fake = createFakeApplications(applications);
  if (list) fake.faults.set("list", list);
  const parts: { listed: string[]; options: Part[1] }[] = [];
  const run = createFakeRun({
    enqueue(listed, options) {
      parts.push({ listed: listed.map(({ id }) => id), options });
      return Promise.resolve(options.complete ? 7 : 0);
    },
  }, { listed: false, due: 3, ...state });
  const shutdown = new AbortController();
  const lines: string[] = [];
  const dependencies = {
    occ: { ...fake.occ, clock },
    clock,
    log: (line: string) => void lines.push(line),
    shutdown: shutdown.signal,
  };
  async function go(deadline = clock.now() + 50_000) {
    const listing = listApplications(dependencies, run, deadline);
    let ended = false;
    const end = () => void (ended = true);
    listing.then(end, end);
    while (!ended) await clock.advance(1000);
    return await listing;
  }
  const lists = () => fake.calls.map((line) => line.replace("list ", ""));
  return { ...fake, clock, run, parts, shutdown, lines, go, lists };
}

/** OCC cannot list from before this date. */
const fitsFrom = (date: string) => (_: AbortSignal, since: string) =>
  since < date ? TOO_LARGE : listOf([["G3-1", null]]);

Deno.test("listApplications() stores the list, and says how many applications are due", async () => {
  const { go, parts, lists, lines } = prepare({ sinceDate: "2026-02-20" });
  assertEquals(await go(), { due: 7, warnings: [] });
  assertEquals(lists(), ["2026-02-20"]);
  assertEquals(parts, [
    { listed: ["G3-1", "G3-2"], options: { part: 0, since: "2026-02-20", complete: true } },
  ]);
  assertEquals(lines, ["[syncApplicationsSince] Found 2 changed applications"]);
});

Deno.test("listApplications() stores a long list in parts of 5,000, and completes it with the last", async () => {
  const { go, parts } = prepare({}, undefined, 12_000);
  assertEquals((await go()).due, 7);
  assertEquals(parts.map(({ listed, options: { part, complete } }) => [listed.length, part, complete]), [
    [5000, 0, false],
    [5000, 1, false],
    [2000, 2, true],
  ]);
});

Deno.test("listApplications() completes no list of which a part could not be stored", async () => {
  const { go, parts, run } = prepare({}, undefined, 12_000);
  const { enqueue } = run;
  run.enqueue = (listed, options) => {
    if (options.part === 1) return Promise.reject(new Error("the database is away"));
    return enqueue(listed, options);
  };
  await assertRejects(() => go(), Error, "the database is away");
  assertEquals(parts.map(({ options: { part, complete } }) => [part, complete]), [[0, false]]);
});

Deno.test("listApplications() stores an empty list too", async () => {
  const { go, parts } = prepare({}, () => envelope([]));
  assertEquals([(await go()).due, parts.length, parts[0]?.options.complete], [7, 1, true]);
});

Deno.test("listApplications() asks nobody when an earlier pass has stored the list", async () => {
  const { go, parts, lists } = prepare({ listed: true, due: 5 });
  assertEquals([await go(), parts, lists()], [{ due: 5, warnings: [] }, [], []]);
});

Deno.test("listApplications() lets what is due be fetched when there is no list, and says why there is none", async () => {
  const { go, parts } = prepare({ sinceDate: "2026-02-20" }, () => envelope("down", 503));
  const failure = "Cannot list the applications changed since 2026-02-20: OCC answered 503";
  assertEquals([await go(), parts], [{ due: 3, warnings: [], failure }, []]);
});

Deno.test("listApplications() looks for no shorter list when OCC says it has none at all", async () => {
  const { go, lists } = prepare({ sinceDate: "2026-02-20" }, () => envelope("not found", 404));
  assertEquals([(await go()).failure?.endsWith("OCC answered 404"), lists()], [true, ["2026-02-20"]]);
});

const SHORTENED: [since: string, fits: string, lists: string[], kept: string | undefined][] = [
  ["2026-01-01", "2026-02-28", [TODAY, "2026-03-01", "2026-02-27"], "2026-03-01"],
  ["2026-01-01", "2026-02-20", [TODAY, "2026-03-01", "2026-02-27", "2026-02-23", "2026-02-15"], "2026-02-23"],
  ["2026-02-25", "2026-02-26", [TODAY, "2026-03-01", "2026-02-27", "2026-02-26"], "2026-02-26"],
  ["2026-03-01", TODAY, [TODAY], TODAY],
  ["2026-01-01", "2026-03-03", [TODAY], undefined],
  [TODAY, "2026-03-03", [], undefined],
];

for (const [since, fits, expected, kept] of SHORTENED) {
  Deno.test(`listApplications() lists since ${kept ?? "no day"} when the list since ${since} fits from ${fits}`, async () => {
    const { go, lists, parts } = prepare({ sinceDate: since }, fitsFrom(fits));
    const { failure, warnings } = await go();
    assertEquals(lists(), [since, ...expected]);
    assertEquals(parts.map(({ options }) => options.since), kept === undefined ? [] : [kept]);
    assertEquals(failure === undefined, kept !== undefined);
    const shortened = `OCC's list since ${since} cannot be had; listed since ${kept}`;
    assertEquals(warnings.includes(shortened), kept !== undefined);
  });
}

Deno.test("listApplications() never replaces a date that a person asked for, and names a day that fits", async () => {
  const { go, parts } = prepare({ sinceDate: "2026-01-01", mayShorten: false }, fitsFrom("2026-02-26"));
  assertEquals([(await go()).failure, parts], [
    "Cannot list the applications changed since 2026-01-01: OCC's answer is too large; since 2026-02-27 it fits",
    [],
  ]);
});

Deno.test("listApplications() takes a list that times out for too long, when today's does not", async () => {
  const pass = prepare({ sinceDate: "2026-02-28" }, async (_signal, since) => {
    if (since < "2026-03-01") await sleep(pass.clock, MINUTE);
    return listOf([]);
  });
  const { failure } = await pass.go();
  assertEquals([failure, pass.parts[0]?.options.since], [undefined, "2026-03-01"]);
});

Deno.test("listApplications() tries no shorter list after its deadline", async () => {
  const pass = prepare({ sinceDate: "2026-01-01" }, async () => {
    await sleep(pass.clock, MINUTE);
    return listOf([]);
  });
  const startedAt = pass.clock.now();
  const { failure } = await pass.go(startedAt + 40_000);
  assertEquals(failure, "Cannot list the applications changed since 2026-01-01: OCC did not answer in 30 s");
  // 30 s for the list, 10 s for today's.
  assertEquals([pass.lists(), pass.clock.now() - startedAt <= 42_000], [["2026-01-01", TODAY], true]);
});

Deno.test("listApplications() lists today when the long list took all of a pass's time", async () => {
  const pass = prepare({ sinceDate: "2026-01-01" }, async (_signal, since) => {
    await sleep(pass.clock, since < TODAY ? MINUTE : 8000);
    return listOf([["G3-1", null]]);
  });
  const { failure } = await pass.go(pass.clock.now() + 20_000);
  assertEquals([failure, pass.lists(), pass.parts[0]?.options.since], [undefined, ["2026-01-01", TODAY], TODAY]);
});

Deno.test("listApplications() ends with the reason of the shutdown, and of a run that is lost", async () => {
  const reason = new Error("the worker is shutting down");
  const closing = prepare({}, (signal) => {
    closing.shutdown.abort(reason);
    return Promise.reject(signal.reason);
  });
  assertEquals(await assertRejects(() => closing.go()), reason);
  const losing = prepare({}, (signal) => {
    losing.run.lose(reason);
    return Promise.reject(signal.reason);
  });
  assertEquals(await assertRejects(() => losing.go()), reason);
});
