import { assertEquals, assertRejects } from "../support/assert.ts";
import { createFakeClock } from "../support/fake_clock.ts";
import { readSyncRequest, RequestError } from "../../supabase/functions/sync-applications/http/read_request.ts";
import { createTimeZone } from "../../supabase/functions/sync-applications/time_zone.ts";

const URL = "http://localhost/functions/v1/sync-applications";
const JSON_TYPE = { "content-type": "application/json" };

function read(request: Request, timeZone = "UTC") {
  return readSyncRequest(request, createFakeClock(Date.parse("2026-03-02T13:00:00Z")), createTimeZone(timeZone));
}

function post(body: BodyInit, headers: Record<string, string> = JSON_TYPE): Request {
  return new Request(URL, { method: "POST", headers, body });
}

Deno.test("readSyncRequest() reads GET and POST alike", async () => {
  assertEquals(await read(new Request(URL)), { force: false, trigger: "manual" });
  assertEquals(await read(new Request(`${URL}?since=2025-06-01`)), {
    since: "2025-06-01",
    force: false,
    trigger: "manual",
  });
  assertEquals(await read(new Request(URL, { method: "POST" })), { force: false, trigger: "manual" });
  assertEquals(await read(post('{"since":"2025-06-01","force":true}')), {
    since: "2025-06-01",
    force: true,
    trigger: "manual",
  });
  assertEquals(await read(post('{"trigger":"schedule"}')), { force: false, trigger: "schedule" });
});

Deno.test("readSyncRequest() takes today's date of OCC's time zone, but no later one", async () => {
  const tomorrow = () => post('{"since":"2026-03-03"}');
  await assertRejects(() => read(tomorrow()), RequestError, "since must not be in the future: today is 2026-03-02");
  assertEquals((await read(tomorrow(), "Pacific/Auckland")).since, "2026-03-03");
});

const REFUSED: [name: string, request: () => Request, status: number, message: string][] = [
  [
    "a day that does not exist",
    () => new Request(`${URL}?since=2025-02-30`),
    400,
    "since must be a day of the calendar",
  ],
  ["an empty since", () => new Request(`${URL}?since=`), 400, "since must be a day of the calendar"],
  ["since twice", () => new Request(`${URL}?since=2025-06-01&since=2025-06-02`), 400, "since must be given once"],
  ["an unknown parameter", () => new Request(`${URL}?sicne=2025-06-01`), 400, 'Unknown query parameter "sicne"'],
  ["a POST with a query", () => new Request(`${URL}?since=2025-06-01`, { method: "POST" }), 400, "JSON body"],
  ["an unknown field", () => post('{"sicne":"2025-06-01"}'), 400, 'Unknown field "sicne"'],
  ["__proto__", () => post('{"__proto__":{"force":true}}'), 400, "Unknown field"],
  ["since as a number", () => post('{"since":20250601}'), 400, "since must be a text"],
  ["since as null", () => post('{"since":null}'), 400, "since must be a text"],
  ["force as a text", () => post('{"force":"yes"}'), 400, "force must be true or false"],
  ["an unknown trigger", () => post('{"trigger":"moon"}'), 400, "trigger must be"],
  ["a list", () => post("[]"), 400, "must be a JSON object"],
  ["broken JSON", () => post("{"), 400, "must be JSON"],
  ["broken UTF-8", () => post(new Uint8Array([0x22, 0xff, 0x22])), 400, "must be JSON in UTF-8"],
  ["another content type", () => post("{}", { "content-type": "text/plain" }), 415, "Content-Type must be"],
  ["a look-alike content type", () => post("{}", { "content-type": "application/json5" }), 415, "Content-Type must be"],
  ["a body above 64 KB", () => post(JSON.stringify({ since: "x".repeat(65_536) })), 413, "64 KB"],
];

for (const [name, request, status, message] of REFUSED) {
  Deno.test(`readSyncRequest() refuses ${name}`, async () => {
    assertEquals((await assertRejects(() => read(request()), RequestError, message)).status, status);
  });
}

Deno.test("readSyncRequest() counts the bytes that come, whatever Content-Length says", async () => {
  const lie = post(JSON.stringify({ since: "x".repeat(65_536) }), { ...JSON_TYPE, "content-length": "2" });
  assertEquals((await assertRejects(() => read(lie), RequestError)).status, 413);
});

Deno.test("readSyncRequest() does not wait for ever for a body", async () => {
  const clock = createFakeClock();
  const waiting = Promise.withResolvers<void>();
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
    // The first chunk has been read.
    pull: () => waiting.resolve(),
  });
  const request = post(body);
  const call = assertRejects(
    () => readSyncRequest(request, clock, createTimeZone("UTC")),
    RequestError,
    "within 10 seconds",
  );
  await waiting.promise;
  await clock.advance(10_000);
  assertEquals((await call).status, 408);
});
