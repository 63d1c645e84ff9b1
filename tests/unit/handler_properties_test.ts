import { createClient } from "@supabase/supabase-js";
import fc from "fast-check";
import { assert, assertEquals } from "../support/assert.ts";
import { anyJson, anyText, CASES } from "../support/arbitraries.ts";
import { createFakeClock } from "../support/fake_clock.ts";
import { createFakeOcc } from "../support/fake_lambda.ts";
import { isCalendarDate } from "../../supabase/functions/sync-applications/calendar.ts";
import { createConcurrency } from "../../supabase/functions/sync-applications/sync/concurrency.ts";
import type { Database } from "../../supabase/functions/sync-applications/database/database.types.ts";
import { createSyncDatabase } from "../../supabase/functions/sync-applications/database/sync_database.ts";
import { createHandler } from "../../supabase/functions/sync-applications/http/handler.ts";
import { readSyncRequest, RequestError } from "../../supabase/functions/sync-applications/http/read_request.ts";
import { createTimeZone } from "../../supabase/functions/sync-applications/time_zone.ts";

const SECRET = "a-cron-secret-of-the-tests";
const TODAY = "2026-03-02";
const UTC = createTimeZone("UTC");

interface Parts {
  method: string;
  query: string;
  headers: [string, string][];
  body: BodyInit | undefined;
}

const since = fc.oneof(
  fc.constantFrom("2025-06-01", TODAY, "2026-03-03", "2025-02-30", "0000-01-01", "9999-12-31", ""),
  anyText,
);
const query = fc.oneof(
  { weight: 3, arbitrary: fc.constant("") },
  { weight: 3, arbitrary: since.map((text) => `?since=${encodeURIComponent(text.toWellFormed())}`) },
  { weight: 1, arbitrary: anyText.map((text) => `?${text.toWellFormed()}`) },
  { weight: 1, arbitrary: fc.constantFrom("?since=2025-06-01&since=2025-06-01", "?%ff%zz=%00", "?", "?&&&", "?since") },
);
const bytes = (text: string) => new TextEncoder().encode(text);
const input = fc.record({
  since: fc.oneof(since, anyJson),
  force: fc.oneof(fc.boolean(), anyJson),
  trigger: fc.oneof(fc.constantFrom<unknown>("schedule", "manual", "moon"), anyJson),
  applications: fc.oneof(fc.array(anyText), anyJson),
}, { requiredKeys: [] });
const body: fc.Arbitrary<BodyInit | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.uint8Array().map((array) => new Uint8Array(array)),
  anyJson.map((value) => bytes(JSON.stringify(value) ?? "")),
  input.map((value) => bytes(JSON.stringify(value))),
  fc.constantFrom('{"since":"2025-06-01"}', "{}", "[".repeat(60_000), `"${"x".repeat(70_000)}"`, "\ufeff{}").map(bytes),
);
const header = fc.oneof(
  fc.tuple(
    fc.constantFrom("content-type", "content-length", "prefer", "authorization", "apikey", "x-forwarded-for"),
    fc.oneof(
      fc.constantFrom("application/json", "text/plain", "respond-async", "0", "65537", "-1", "1e9", "Bearer wrong"),
      fc.string(),
    ),
  ),
  fc.tuple(fc.string({ minLength: 1 }), fc.string({ unit: "binary" })),
);
const request: fc.Arbitrary<Parts> = fc.record({
  method: fc.oneof(fc.constantFrom("GET", "POST"), fc.constantFrom("HEAD", "PUT", "OPTIONS", "patch", "BREW", "Get")),
  query,
  headers: fc.array(header, { maxLength: 4 }),
  body,
});

/** As much of it as HTTP can carry. */
function toRequest({ method, query, headers, body }: Parts, more: Record<string, string>): Request {
  const carried = new Headers();
  for (const [name, value] of headers) {
    try {
      carried.append(name, value);
    } catch {
      // No such header can arrive.
    }
  }
  for (const [name, value] of Object.entries(more)) carried.set(name, value);
  const bodiless = /^(get|head)$/i.test(method);
  return new Request(`http://localhost/functions/v1/sync-applications${query}`, {
    method,
    headers: carried,
    ...(body && !bodiless ? { body } : {}),
  });
}

/** The handler on a database that says "a sync is running" to whoever may ask; counts who asks. */
function createCountingHandler() {
  const clock = createFakeClock(Date.parse(`${TODAY}T09:00:00Z`));
  const touched = { dependencies: 0, database: 0, recorded: 0 };
  const lines: string[] = [];
  const client = createClient<Database>("http://database.test", "key", {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    global: {
      fetch: (url) => {
        touched.database++;
        const running = { outcome: "running", sync_log_id: "11111111-1111-4111-8111-111111111111" };
        return Promise.resolve(Response.json(String(url).includes("/rpc/open_sync_run") ? running : []));
      },
    },
  });
  const occ = createFakeOcc(() => {
    throw new Error("OCC must not be asked");
  });
  const handler = createHandler({
    secrets: () => ["", SECRET, "sb_secret_1"],
    sync() {
      touched.dependencies++;
      return {
        occ: { ...occ, clock },
        database: createSyncDatabase(client, clock),
        clock,
        concurrency: createConcurrency(15),
        log: () => {},
        budget: { timeMs: 1000, applications: 10 },
        batchSize: 15,
        chunkSize: 100,
        shutdown: new AbortController().signal,
      };
    },
    recordRefused() {
      touched.recorded++;
      return Promise.resolve();
    },
    waitUntil: (work) => void work,
    clock,
    log: (line) => void lines.push(line),
  });
  return { handler, touched, lines, clock };
}

Deno.test("createHandler() answers 401 and touches nothing, for any request without the secret", async () => {
  const { handler, touched, lines } = createCountingHandler();
  const expected = await seen(await handler(new Request("http://localhost/")));
  await fc.assert(
    fc.asyncProperty(request, async (parts) => {
      assertEquals(await seen(await handler(toRequest(parts, {}))), expected);
    }),
    CASES,
  );
  assertEquals([expected.status, expected.body], [401, '{"success":false,"message":"Unauthorized"}']);
  assertEquals(touched, { dependencies: 0, database: 0, recorded: 0 });
  assertEquals(lines, ["[Cron] Refused requests without a valid secret: 1"]);
});

async function seen(response: Response) {
  return { status: response.status, headers: [...response.headers], body: await response.text() };
}

Deno.test("createHandler() answers no 5xx and writes nothing when it refuses, for any authorised request", async () => {
  const { handler, touched } = createCountingHandler();
  const credentials = fc.constantFrom<Record<string, string>>({ authorization: `Bearer ${SECRET}` }, {
    apikey: "sb_secret_1",
  });
  const statuses = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(request, credentials, async (parts, secret) => {
      const before = touched.database;
      const response = await handler(toRequest(parts, secret));
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      const { success, message } = await response.json();
      assert([400, 405, 409, 413, 415].includes(response.status), `${response.status}: ${message}`);
      assertEquals([success, typeof message, response.headers.get("cache-control")], [false, "string", "no-store"]);
      assert(message.length < 200, message);
      // 409: it was good enough to ask the database for a run.
      assertEquals(touched.database > before, response.status === 409);
    }),
    CASES,
  );
  // Every way through was taken.
  assertEquals([...statuses.keys()].toSorted(), [400, 405, 409, 413, 415]);
});

Deno.test("createHandler() answers 400 to a Host header that no URL can hold", async () => {
  const { handler, touched } = createCountingHandler();
  const { headers } = new Request("http://localhost/", { headers: { authorization: `Bearer ${SECRET}` } });
  const request = new Request("http://localhost/", { headers });
  Object.defineProperty(request, "url", { value: "http://[::/functions/v1/sync-applications" });
  assertEquals([(await handler(request)).status, touched.database], [400, 0]);
});

Deno.test("readSyncRequest() answers a usable request or a RequestError, for any request", async () => {
  const clock = createFakeClock(Date.parse(`${TODAY}T09:00:00Z`));
  let read = 0;
  await fc.assert(
    fc.asyncProperty(request, async (parts) => {
      try {
        const { since, force } = await readSyncRequest(toRequest(parts, {}), clock, UTC);
        assert(since === undefined || (isCalendarDate(since) && since <= TODAY), since);
        assertEquals(typeof force, "boolean");
        read++;
      } catch (error) {
        assert(error instanceof RequestError && [400, 413, 415].includes(error.status), `${error}`);
      }
    }),
    CASES,
  );
  assert(read > CASES.numRuns / 20, `Only ${read} requests were usable`);
});

Deno.test("readSyncRequest() reads any day of the calendar up to today as it was given", async () => {
  const clock = createFakeClock(Date.parse(`${TODAY}T09:00:00Z`));
  const day = fc.integer({ min: Date.parse("0001-01-01T00:00Z"), max: Date.parse("9999-12-31T00:00Z") });
  await fc.assert(
    fc.asyncProperty(day, fc.boolean(), async (instant, post) => {
      const since = new Date(instant).toISOString().slice(0, 10);
      const request = post
        ? new Request("http://localhost/", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ since }),
        })
        : new Request(`http://localhost/?since=${since}`);
      const read = await readSyncRequest(request, clock, UTC).catch((error) => error);
      if (since > TODAY) assert(read instanceof RequestError && read.message.includes("future"), since);
      else assertEquals(read.since, since);
    }),
    CASES,
  );
});
