import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { detail } from "../support/fake_applications.ts";
import { envelope, type FakeAnswer } from "../support/fake_lambda.ts";
import { type Harness, withHarness } from "../support/harness.ts";

const SAVED = "2026-01-15T10:00:00Z";
const MB = 1024 * 1024;
const DEEP = 500_000;

/** The answer of OCC's main function with a body that is written by hand. */
const rawBody = (body: string): FakeAnswer => ({ payload: JSON.stringify({ statusCode: 200, body }) });
const attributes = (json: string) => rawBody(`{"id":"G3-2","attributes":${json}}`);
const nested = "[".repeat(DEEP) + "]".repeat(DEEP);

/** A detail nobody expects: it is stored, or refused with this reason, and the others are stored. */
const DETAILS: [name: string, answer: () => FakeAnswer, refused?: RegExp][] = [
  ["6 MB of an attribute that is not stored", () => detail("G3-2", SAVED, { junk: "x".repeat(6 * MB - 1000) })],
  ["more than 6 MB", () => detail("G3-2", SAVED, { junk: "x".repeat(6 * MB) }), /OCC's answer is too large$/],
  ["6 MB of one attribute", () => detail("G3-2", SAVED, { owner: "x".repeat(5 * MB) }), /owner is too long$/],
  ["6 MB of list entries", () => rawBody(`[${"0,".repeat(2_900_000)}0]`), /OCC's body has the wrong type$/],
  ["300,000 attributes", () => attributes(`{${Array.from({ length: 300_000 }, (_, i) => `"a${i}":1`).join()}}`)],
  ["a deeply nested body", () => rawBody(nested), /OCC's body has the wrong type$/],
  ["a deeply nested envelope", () => ({ payload: nested }), /OCC's payload has no statusCode$/],
  ["a deeply nested attribute", () => attributes(`{"owner":${nested}}`), /attributes\.owner has the wrong type$/],
  ["a deeply nested relationship", () => rawBody(`{"id":"G3-2","attributes":{},"relationships":${nested}}`)],
  ["__proto__ as attributes", () => attributes('{"__proto__":{"owner":"Mallory"},"constructor":{"prototype":1}}')],
  ["__proto__ as the body", () => rawBody('{"__proto__":{"id":"G3-2","attributes":{}}}'), /id has the wrong type$/],
  ["names of Object's own", () => attributes('{"toString":1,"valueOf":"x","hasOwnProperty":[],"then":{}}')],
  ["10,000 characters", () => detail("G3-2", SAVED, { owner: "é".repeat(10_000) })],
  [
    "10,000 characters where an index has no room for them",
    () => detail("G3-2", SAVED, { tradingBranch: noise() }),
    /tradingBranch is too long$/,
  ],
  ["a date beyond every calendar", () => detail("G3-2", "9999-12-31T23:59:59-23:00"), /not an ISO 8601 date and time$/],
  ["SQL", () => detail("G3-2", SAVED, { owner: `'); drop table tblsovereignapplications; --` })],
  ["a statusCode without end", () => ({ payload: '{"statusCode":1e999,"body":"{}"}' }), /has no statusCode$/],
];

/** What does not compress: an index entry of Postgres holds 2,704 bytes. */
function noise(): string {
  let state = 1;
  return Array.from({ length: 10_000 }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCharCode(0x4e00 + state % 20_000);
  }).join("");
}

for (const [name, answer, refused] of DETAILS) {
  withHarness(
    `a detail with ${name} is ${refused ? "refused" : "stored"}, and the run completes`,
    4,
    async (harness) => {
      harness.faults.set("G3-2", answer);
      const response = await harness.call();
      const body = await response.json();
      assertEquals([response.status, body.success, body.found, body.upserted], [200, true, 4, refused ? 3 : 4]);
      const [status] = await harness.sql`
      select state, last_error from public.sync_status where g3_application_number = 'G3-2'`;
      if (refused) {
        assertMatch(status?.last_error, refused);
        assert(status?.last_error.length < 120 && status?.last_error.startsWith("Cannot "), status?.last_error);
      } else {
        // One without a date disagrees with OCC's list: it is stored, and asked for again.
        const [row] = await harness.sql`
          select lastsaveddatetime is not null as dated from public.tblsovereignapplications
          where g3_application_number = 'G3-2'`;
        assertEquals(status?.state, row?.dated ? "synced" : "pending");
      }
      const [stored] = await harness.sql`
      select count(*)::int as count, count(*) filter (where owner = 'Mallory')::int as fooled
      from public.tblsovereignapplications`;
      assertEquals(stored, { count: refused ? 3 : 4, fooled: 0 });
    },
  );
}

const IDS = [
  "it's",
  '"quoted"',
  "a/b\\c",
  "../../etc/passwd",
  "?since=1&x=%00#",
  "two\nlines\r\n",
  "\t \u200b\ufeff",
  "👩‍👩‍👧‍👦",
  "e\u0301",
  "\u00e9",
  "{a,b}",
  "null",
  "__proto__",
  "constructor",
  "'; drop table x; --",
  "$1",
  "x".repeat(200),
  "語".repeat(200),
];
const UNUSABLE = ["", "\u0000", "a\u0000b", "\ud800", "x".repeat(10_000)];

/** All ids listed, each answered with itself. */
function listIds({ applications }: Harness, ids: string[]): void {
  for (const id of ids) applications.set(id, SAVED);
}

withHarness(
  "ids with quotes, slashes, line ends and emoji are stored as they are, unusable ones left out",
  0,
  async (h) => {
    listIds(h, [...IDS, ...UNUSABLE]);
    const body = await (await h.call()).json();
    assertEquals([body.success, body.found, body.upserted, body.fetchFailed], [true, IDS.length, IDS.length, 0]);
    const rows = await h.sql`select g3_application_number as id from public.tblsovereignapplications`;
    assertEquals(rows.map(({ id }) => id).sort(), [...IDS].sort());
    assertEquals(h.calls.slice(1).sort(), [...IDS].sort());
    const warning = `${UNUSABLE.length} of ${
      IDS.length + UNUSABLE.length
    } listed applications have no usable id and were left out`;
    assertEquals((await h.logRow()).error_details, { warnings: [warning] });
    const again = await (await h.call()).json();
    assertEquals([again.found, again.unchanged, again.fetched], [IDS.length, IDS.length, 0]);
  },
);

withHarness("ids that fail are named in the log row as they are", 0, async (harness) => {
  listIds(harness, IDS);
  for (const id of IDS) harness.faults.set(id, () => envelope("gone", 404));
  const body = await (await harness.call()).json();
  assertEquals([body.success, body.fetchFailed], [false, IDS.length]);
  const failed = body.errors.map(({ id }: { id: string }) => id);
  assertEquals(failed.sort(), [...IDS].sort());
  // A line of the log is one line, whatever OCC calls its applications.
  for (const line of harness.lines) assert(!/[\r\n]/.test(line), line);
});

/** A list nobody expects: the run ends, with what could be used of it. */
const LISTS: [name: string, answer: () => FakeAnswer, status: number, found: number][] = [
  ["6 MB of empty entries", () => rawBody(`[${"{},".repeat(1_900_000)}{}]`), 200, 0],
  ["one id, 30,000 times", () => envelope(Array.from({ length: 30_000 }, () => entry("G3-1", SAVED))), 200, 1],
  [
    "a date beyond every calendar",
    () => envelope([entry("G3-1", "9999-12-31T23:59:59-23:00"), entry("G3-2", SAVED)]),
    200,
    2,
  ],
  ["a deeply nested entry", () => rawBody(`[${nested},{"id":"G3-1","attributes":${nested}}]`), 200, 1],
  ["__proto__", () => rawBody('[{"__proto__":{"id":"G3-1"}},{"id":"G3-2","__proto__":{"attributes":{}}}]'), 200, 1],
  ["more than 6 MB", () => rawBody("x".repeat(6 * MB)), 502, 0],
  ["an object", () => rawBody('{"length":2,"0":{"id":"G3-1"}}'), 502, 0],
  ["nesting alone", () => rawBody("[".repeat(2_000_000)), 502, 0],
];

function entry(id: string, lastSavedDateTime: string) {
  return { type: "application", id, attributes: { lastSavedDateTime }, links: { self: "x".repeat(50) } };
}

for (const [name, answer, status, found] of LISTS) {
  withHarness(`a list with ${name} ends the run with ${status}`, 2, async (harness) => {
    harness.faults.set("list", answer);
    const response = await harness.call();
    const body = await response.json();
    assertEquals([response.status, body.found, body.upserted], [status, found, found], body.message);
    const row = await harness.logRow();
    assertEquals(row.status, status === 200 ? "completed" : "failed");
    assert(JSON.stringify(row).length < 2000);
  });
}
