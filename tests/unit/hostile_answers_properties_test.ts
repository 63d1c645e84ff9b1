import fc from "fast-check";
import { assert, assertEquals } from "../support/assert.ts";
import { anyJson, anyText, CASES, nearlyDateTime } from "../support/arbitraries.ts";
import { createFakeOcc, envelope, type FakeAnswer } from "../support/fake_lambda.ts";
import { toApplicationRow } from "../../supabase/functions/sync-applications/sync/to_application_row.ts";
import { fetchApplicationsSinceData } from "../../supabase/functions/sync-applications/occ/fetch_applications_since_data.ts";
import { fetchMediumApplicationData } from "../../supabase/functions/sync-applications/occ/fetch_medium_application_data.ts";
import { parseLastSaved } from "../../supabase/functions/sync-applications/occ/last_saved.ts";
import { OccError } from "../../supabase/functions/sync-applications/occ/occ_error.ts";
import { createTimeZone } from "../../supabase/functions/sync-applications/time_zone.ts";
import { isUsableId } from "../../supabase/functions/sync-applications/application_id.ts";

const ID = "G3-1042";
const UTC = createTimeZone("UTC");
const AUCKLAND = createTimeZone("Pacific/Auckland");
const ST_JOHNS = createTimeZone("America/St_Johns");
const CANONICAL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{0,5}[1-9])?Z$/;
/** All an OccError may say beside the action: nothing that OCC sent. */
const REASON =
  /^(OCC's (payload is not JSON|payload has no statusCode|body is not JSON|body is not a list|answer is too large|function failed|body has the wrong type)|Empty response from Lambda function|OCC answered (-?[\d.]+(e[+-]\d+)?|with another application)|(id|attributes(\.\w+)?) (has the wrong type|is too long)|attributes\.lastSavedDateTime is not an ISO 8601 date and time)$/;

/** OCC may answer anything: envelopes of all kinds, JSON of all kinds, text, nothing, a crash. */
const anyAnswer: fc.Arbitrary<FakeAnswer> = fc.oneof(
  anyJson.map((body) => envelope(body)),
  anyJson.map((body) => ({ payload: JSON.stringify({ statusCode: 200, body }) })),
  fc.tuple(fc.oneof(fc.integer(), fc.double({ noNaN: true })), anyText).map(([status, text]) => envelope(text, status)),
  anyJson.map((payload) => ({ payload: JSON.stringify(payload) })),
  anyText.map((payload) => ({ payload })),
  anyJson.map((error) => ({ payload: JSON.stringify(error), functionError: "Unhandled" })),
);

function isStorable(text: string | null): boolean {
  return text === null || (text !== "" && text.length <= 10_000 && !text.includes("\u0000") && text.isWellFormed());
}

/** The result, or undefined for a refusal in words of our own. */
async function settle<T>(action: string, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    assert(error instanceof OccError, `${error}`);
    const start = `Cannot ${action}: `;
    assert(error.message.startsWith(start) && REASON.test(error.message.slice(start.length)), error.message);
    return undefined;
  }
}

Deno.test("parseLastSaved() answers null or a UTC time that it reads back as itself, for any text", () => {
  const zones = fc.constantFrom(UTC, AUCKLAND, ST_JOHNS, createTimeZone("Pacific/Kiritimati"));
  fc.assert(
    fc.property(fc.oneof(anyText, nearlyDateTime, nearlyDateTime), zones, (text, zone) => {
      const read = parseLastSaved(text, zone);
      if (read === null) return;
      assert(CANONICAL.test(read) && !Number.isNaN(Date.parse(read)), read);
      assertEquals(parseLastSaved(read, zone), read);
    }),
    CASES,
  );
});

Deno.test("parseLastSaved() finds the instant, whatever the offset it is written with", () => {
  const minutes = fc.integer({ min: -15 * 60, max: 15 * 60 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Date.UTC(2100, 0) }), minutes, (instant, offset) => {
      const local = new Date(instant + offset * 60_000).toISOString().slice(0, -1);
      const pad = (value: number) => String(value).padStart(2, "0");
      const size = Math.abs(offset);
      const text = `${local}${offset < 0 ? "-" : "+"}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
      assertEquals(Date.parse(parseLastSaved(text, AUCKLAND) ?? ""), instant, text);
    }),
    CASES,
  );
});

Deno.test("parseLastSaved() refuses years that Postgres cannot read, and offsets that do not exist", () => {
  assertEquals(parseLastSaved("9999-12-31T23:59:59.999999Z", UTC), "9999-12-31T23:59:59.999999Z");
  assertEquals(parseLastSaved("9999-12-31T23:59:59-01:00", UTC), null);
  assertEquals(parseLastSaved("9999-12-31T23:59:59", ST_JOHNS), null);
  assertEquals(parseLastSaved("0100-01-01T00:00:00+01:00", UTC), null);
  assertEquals(parseLastSaved("2025-06-01T10:00:00+99:99", UTC), null);
});

Deno.test("isUsableId() takes exactly the texts an index of Postgres holds unchanged", () => {
  const long = fc.string({ unit: "binary", minLength: 150, maxLength: 300 });
  fc.assert(
    fc.property(fc.oneof(anyText, long), (id) => {
      const cleaned = new TextDecoder().decode(new TextEncoder().encode(id)).replaceAll("\u0000", "");
      assertEquals(isUsableId(id), id.length > 0 && id.length <= 200 && cleaned === id.replace(/^\ufeff/, ""));
    }),
    CASES,
  );
});

Deno.test("fetchApplicationsSinceData() answers usable ids once each or refuses, for any answer", async () => {
  await fc.assert(
    fc.asyncProperty(anyAnswer, async (answer) => {
      const call = fetchApplicationsSinceData(createFakeOcc(() => answer), "2026-03-01");
      const list = await settle("list the applications changed since 2026-03-01", call);
      if (!list) return;
      const ids = list.applications.map(({ id }) => id);
      assert(ids.every(isUsableId) && new Set(ids).size === ids.length);
      for (const { attributes } of list.applications) {
        assert(attributes.lastSavedDateTime === null || CANONICAL.test(attributes.lastSavedDateTime));
      }
    }),
    CASES,
  );
});

Deno.test("fetchApplicationsSinceData() keeps the newest date of each id, whatever stands beside it", async () => {
  const entry = fc.record({ id: fc.constantFrom("a", "b", "__proto__"), ms: fc.integer({ min: 0, max: 4_000_000 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(entry, anyJson), { maxLength: 12 }), async (entries) => {
      const newest = new Map<string, number>();
      const body = entries.map((listed) => {
        if (!isEntry(listed)) return { junk: listed };
        newest.set(listed.id, Math.max(listed.ms, newest.get(listed.id) ?? 0));
        return { id: listed.id, attributes: { lastSavedDateTime: new Date(listed.ms).toISOString() } };
      });
      const { applications } = await fetchApplicationsSinceData(createFakeOcc(() => envelope(body)), "2026-03-01");
      const listed = applications.map(({ id, attributes }) => [id, Date.parse(attributes.lastSavedDateTime ?? "")]);
      assertEquals(listed, [...newest]);
    }),
    CASES,
  );
});

function isEntry(value: unknown): value is { id: string; ms: number } {
  return typeof value === "object" && value !== null && "ms" in value && Object.keys(value).length === 2 &&
    "id" in value && typeof value.ms === "number" && typeof value.id === "string";
}

Deno.test("fetchMediumApplicationData() answers a row Postgres can store or refuses, for any answer", async () => {
  const value = fc.oneof(anyText, anyJson, nearlyDateTime, fc.constant("x".repeat(10_001)));
  const record = fc.record({
    id: fc.oneof({ weight: 9, arbitrary: fc.constant<unknown>(ID) }, { weight: 1, arbitrary: anyJson }),
    type: value,
    attributes: fc.dictionary(
      fc.constantFrom("owner", "applicationName", "appStatusCode", "lastSavedDateTime", "__proto__", "constructor"),
      value,
      { maxKeys: 3 },
    ),
    relationships: anyJson,
  });
  let stored = 0;
  await fc.assert(
    fc.asyncProperty(fc.oneof(anyAnswer, record.map((body) => envelope(body))), async (answer) => {
      const call = fetchMediumApplicationData(createFakeOcc(() => answer), ID);
      const application = await settle(`fetch application ${ID}`, call);
      if (!application) return;
      stored++;
      const { lastsaveddatetime, ...row } = toApplicationRow(application);
      assertEquals(row.g3_application_number, ID);
      for (const [column, text] of Object.entries(row)) assert(isStorable(text), column);
      assert(lastsaveddatetime === null || CANONICAL.test(lastsaveddatetime ?? ""));
    }),
    CASES,
  );
  assert(stored > CASES.numRuns / 50, `Only ${stored} answers were usable`);
});

Deno.test("fetchMediumApplicationData() takes a text of nothing but NUL as empty", async () => {
  const occ = createFakeOcc(() => envelope({ id: ID, attributes: { owner: "\u0000", lastSavedDateTime: "\u0000" } }));
  const { attributes } = await fetchMediumApplicationData(occ, ID);
  assertEquals([attributes.owner, attributes.lastSavedDateTime], [null, null]);
});
