import { createClient, type PostgrestSingleResponse } from "@supabase/supabase-js";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { createFakeClock } from "../support/fake_clock.ts";
import type { Database } from "../../supabase/functions/sync-applications/database/database.types.ts";
import { DatabaseError } from "../../supabase/functions/sync-applications/database/database_error.ts";
import { createSyncDatabase } from "../../supabase/functions/sync-applications/database/sync_database.ts";
import { PostgrestError } from "@supabase/supabase-js";

type Answer = PostgrestSingleResponse<string>;

function createCaller() {
  const clock = createFakeClock();
  const startedAt = clock.now();
  const client = createClient<Database>("http://database.test", "key", {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    global: {
      fetch: () => {
        throw new Error("the network must not be used");
      },
    },
  });
  const database = createSyncDatabase(client, clock);
  /** Seconds after the start at which each try was made. */
  const tries: number[] = [];
  const signals: AbortSignal[] = [];
  /** Calls with these answers, one a try; the last one stays. */
  function call(repeat: boolean | undefined, ...answers: (() => PromiseLike<Answer>)[]): Promise<string> {
    const request = (given: unknown, signal: AbortSignal) => {
      assertEquals(given, client);
      tries.push((clock.now() - startedAt) / 1000);
      signals.push(signal);
      return (answers[tries.length - 1] ?? answers.at(-1) ?? never)();
    };
    return database.call("open the box", request, ...(repeat === undefined ? [] : [{ repeat }]));
  }
  return { clock, call, tries, signals };
}

const ok = (data: string) => (): Promise<Answer> =>
  Promise.resolve({ success: true, data, error: null, count: null, status: 200, statusText: "OK" });

const failed = (status: number, code: string) => (): Promise<Answer> =>
  Promise.resolve({
    success: false,
    data: null,
    error: new PostgrestError({ message: "Canary", details: "Canary", hint: "", code }),
    count: null,
    status,
    statusText: "",
  });

const never = () => new Promise<Answer>(() => {});

Deno.test("SyncDatabase.call() answers with the data", async () => {
  const { call, tries } = createCaller();
  assertEquals([await call(undefined, ok("data")), tries], ["data", [0]]);
});

Deno.test("SyncDatabase.call() ends after 10 seconds without an answer, and tells the request", async () => {
  const { clock, call, tries, signals } = createCaller();
  const message = "Cannot open the box: the database did not answer in 10 s";
  const unanswered = assertRejects(() => call(undefined, never), DatabaseError, message);
  await clock.advance(9_999);
  assertEquals(signals.map(({ aborted }) => aborted), [false]);
  await clock.advance(1);
  const error = await unanswered;
  assertEquals([error.message, error.code, error.retriable, error.leaseLost], [message, "", true, false]);
  assertEquals([signals.map(({ aborted }) => aborted), tries], [[true], [0]]);
});

Deno.test("SyncDatabase.call() says that the time was up, also when the request listens and answers with an error", async () => {
  const { clock, call, signals } = createCaller();
  const listening = () =>
    new Promise<Answer>((resolve) => {
      signals.at(-1)?.addEventListener("abort", () => resolve(failed(0, "")()));
    });
  const late = assertRejects(() => call(undefined, listening), DatabaseError, "the database did not answer in 10 s");
  await clock.advance(10_000);
  await late;
});

Deno.test("SyncDatabase.call() repeats what may go away by itself, after 0.5 and 2 seconds", async () => {
  const { clock, call, tries } = createCaller();
  const answer = call(true, failed(500, "57014"), failed(0, ""), ok("third"));
  await clock.advance(10_000);
  assertEquals([await answer, tries], ["third", [0, 0.5, 2.5]]);
});

Deno.test("SyncDatabase.call() gives up after three tries, with the last error", async () => {
  const { clock, call, tries } = createCaller();
  const rejected = assertRejects(
    () => call(true, failed(500, "57014"), failed(0, ""), failed(500, "40P01")),
    DatabaseError,
    "Cannot open the box: the database rejected it (40P01)",
  );
  await clock.advance(60_000);
  assertEquals([(await rejected).code, tries], ["40P01", [0, 0.5, 2.5]]);
});

Deno.test("SyncDatabase.call() repeats a call that was not answered, and ends after 32.5 seconds", async () => {
  const { clock, call, tries } = createCaller();
  const rejected = assertRejects(() => call(true, never), DatabaseError, "did not answer in 10 s");
  await clock.advance(32_500);
  await rejected;
  assertEquals(tries, [0, 10.5, 22.5]);
});

Deno.test("SyncDatabase.call() does not repeat what is not retriable, nor anything without repeat", async () => {
  const { call, tries } = createCaller();
  await assertRejects(() => call(true, failed(409, "PT409")), DatabaseError);
  await assertRejects(() => call(true, failed(400, "22P02")), DatabaseError);
  await assertRejects(() => call(false, failed(500, "57014")), DatabaseError);
  await assertRejects(() => call(undefined, failed(0, "")), DatabaseError);
  assertEquals(tries, [0, 0, 0, 0]);
});

const ERRORS: [status: number, code: string, message: string, retriable: boolean][] = [
  [409, "PT409", "another pass holds the run now", false],
  [0, "", "the database cannot be reached", true],
  [503, "", "the database answered 503", true],
  [404, "", "the database answered 404", false],
  [400, "23514", "the database rejected it (23514)", false],
  [403, "42501", "the database rejected it (42501)", false],
  [500, "40001", "the database rejected it (40001)", true],
  [500, "53300", "the database rejected it (53300)", true],
  [503, "PGRST000", "the database rejected it (PGRST000)", true],
  [502, "XX000", "the database rejected it (XX000)", true],
  [429, "", "the database answered 429", true],
  [404, "PGRST202", "the database rejected it (PGRST202)", true],
  [404, "PGRST205", "the database rejected it (PGRST205)", true],
  [429, "PGRST999", "the database rejected it (PGRST999)", true],
  [500, "55P03", "the database rejected it (55P03)", true],
];

for (const [status, code, message, retriable] of ERRORS) {
  Deno.test(`SyncDatabase.call() says "${message}" to ${status} ${code}, ${retriable ? "" : "not "}retriable`, async () => {
    const { call } = createCaller();
    const error = await assertRejects(() => call(undefined, failed(status, code)), DatabaseError);
    assertEquals([error.message, error.code], [`Cannot open the box: ${message}`, code]);
    assertEquals([error.retriable, error.leaseLost], [retriable, code === "PT409"]);
  });
}

for (const [code, body] of [["", "a proxy's page"], ["PGRST000", "a code of PostgREST"]] as const) {
  Deno.test(`SyncDatabase.call() takes 413 with ${body} for a call too large: half of it may pass`, async () => {
    const { call, tries } = createCaller();
    const error = await assertRejects(() => call(true, failed(413, code)), DatabaseError, "too large for the Data API");
    assertEquals([error.rowRejected, error.retriable, tries], [true, false, [0]]);
  });
}

Deno.test("SyncDatabase.call() takes 200 without anything for no answer, and 204 for one", async () => {
  const { clock, call, tries } = createCaller();
  const nothing = (status: number) => (): Promise<Answer> =>
    Promise.resolve({
      success: true,
      data: null as unknown as string,
      error: null,
      count: null,
      status,
      statusText: "",
    });
  const answer = call(true, nothing(200), nothing(200), ok("third"));
  await clock.advance(10_000);
  assertEquals([await answer, tries], ["third", [0, 0.5, 2.5]]);
  const lost = createCaller();
  const message = "Cannot open the box: the database answered with nothing";
  assertEquals((await assertRejects(() => lost.call(false, nothing(200)), DatabaseError)).message, message);
  assertEquals(await createCaller().call(false, nothing(204)), null as unknown as string);
});

Deno.test("SyncDatabase.call() does not take a mistake of ours for the database's", async () => {
  const { call } = createCaller();
  await assertRejects(() => call(true, () => Promise.reject(new RangeError("ours"))), RangeError, "ours");
});
