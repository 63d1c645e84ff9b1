import { assert, assertEquals } from "../support/assert.ts";
import { connect, emptyTables, NOBODY_URL, setProjectUrl } from "../support/database.ts";
import { findFunctionProcess } from "../support/find_function_process.ts";
import { withHarness } from "../support/harness.ts";
import { type RawAnswer, sendRaw } from "../support/raw_http.ts";
import { stackEnv } from "../support/stack_env.ts";
import { daysBefore } from "../../supabase/functions/sync-applications/calendar.ts";
import { createTimeZone } from "../../supabase/functions/sync-applications/time_zone.ts";

const PATH = "/functions/v1/sync-applications";
const HOST = "Host: localhost\r\nConnection: close\r\n";
const JSON_TYPE = "Content-Type: application/json\r\n";
const bearer = (secret: string) => `Authorization: Bearer ${secret}\r\n`;
const secret = () => bearer(stackEnv("CRON_SECRET"));
const broken = new Uint8Array([0x22, 0xff, 0xfe, 0x22]);

/** Runs a test on the served function with empty tables, and sees to it that no run came of it. */
function withoutRun(name: string, test: () => Promise<void>): void {
  Deno.test(name, async () => {
    const sql = connect();
    try {
      await emptyTables(sql);
      await setProjectUrl(sql, NOBODY_URL);
      await test();
      const [log] = await sql`select count(*)::int as count from public.tblsovereignapplicationssynclog`;
      assertEquals(log, { count: 0 });
    } finally {
      await sql.end();
    }
  });
}

const post = (
  head: string,
  ...body: (string | Uint8Array)[]
) => [`POST ${PATH} HTTP/1.1\r\n${HOST}${head}\r\n`, ...body];
const get = (head: string, target = PATH) => [`GET ${target} HTTP/1.1\r\n${HOST}${head}\r\n`];

/** What cannot be sent with fetch, with the secret. Where no word is expected, the runtime refused it before the function. */
const EDGES: [name: string, parts: () => (string | Uint8Array)[], status: number, word: string][] = [
  [
    "a Content-Length above what comes",
    () => post(`${secret()}${JSON_TYPE}Content-Length: 70000\r\n`, "{}"),
    413,
    "64 KB",
  ],
  ["a Content-Length below what comes", () => post(`${secret()}${JSON_TYPE}Content-Length: 1\r\n`, "{}"), 400, "JSON"],
  ["a negative Content-Length", () => post(`${secret()}${JSON_TYPE}Content-Length: -1\r\n`, "{}"), 400, ""],
  ["two lengths", () => post(`${secret()}${JSON_TYPE}Content-Length: 2\r\nContent-Length: 3\r\n`, "{}"), 400, ""],
  [
    "a length and chunks",
    () => post(`${secret()}${JSON_TYPE}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n`, "2\r\n{}\r\n0\r\n\r\n"),
    400,
    "",
  ],
  [
    "chunks above 64 KB",
    () =>
      post(
        `${secret()}${JSON_TYPE}Transfer-Encoding: chunked\r\n`,
        ...Array.from({ length: 20 }, () => `1000\r\n${" ".repeat(4096)}\r\n`),
      ),
    413,
    "64 KB",
  ],
  ["a body of broken UTF-8", () => post(`${secret()}${JSON_TYPE}Content-Length: 4\r\n`, broken), 400, "UTF-8"],
  [
    "two content types",
    () => post(`${secret()}${JSON_TYPE}Content-Type: text/plain\r\nContent-Length: 2\r\n`, "{}"),
    415,
    "Content-Type",
  ],
  ["no content type", () => post(`${secret()}Content-Length: 2\r\n`, "{}"), 415, "Content-Type"],
  ["an unknown field", () => post(`${secret()}${JSON_TYPE}Content-Length: 9\r\n`, '{"sin":1}'), 400, "sin"],
  ["the secret twice", () => get(secret() + secret()), 401, "Unauthorized"],
  ["the secret and a wrong one", () => get(secret() + bearer("wrong")), 401, "Unauthorized"],
  ["the key twice", () => get(`apikey: ${stackEnv("SECRET_KEY")}\r\n`.repeat(2)), 401, "Unauthorized"],
  [
    "a secret of broken UTF-8",
    () => [`GET ${PATH} HTTP/1.1\r\n${HOST}Authorization: Bearer `, broken, "\r\n\r\n"],
    401,
    "",
  ],
  ["a path of broken UTF-8", () => [`GET ${PATH}?since=`, broken, ` HTTP/1.1\r\n${HOST}${secret()}\r\n`], 400, ""],
  ["a query of broken percents", () => get(secret(), `${PATH}?since=%ff%zz%00`), 400, "since"],
  ["a query of 60,000 characters", () => get(secret(), `${PATH}?since=${"9".repeat(60_000)}`), 400, "since"],
  ["a target with another host", () => get(secret(), `http://evil.test/${PATH}?since=2025-02-30`), 400, "since"],
  ["no host", () => [`GET ${PATH}?since=x HTTP/1.1\r\nConnection: close\r\n${secret()}\r\n`], 400, "since"],
  ["a host that no URL can hold", () => [`GET ${PATH} HTTP/1.1\r\nHost: a b:99999\r\n${secret()}\r\n`], 400, "Host"],
  ["HTTP/1.0", () => [`GET ${PATH}?since=x HTTP/1.0\r\n${secret()}\r\n`], 400, "since"],
];

for (const [name, parts, status, word] of EDGES) {
  withoutRun(`the served function answers ${status} to ${name}`, async () => {
    const answer = await sendRaw(findFunctionProcess().port, parts());
    assertEquals(answer.status, status, answer.body);
    assert(answer.body.includes(word), answer.body);
    assertNoCors(answer);
  });
}

withoutRun("the served function never takes a chunk without a size for a body", async () => {
  const parts = post(`${secret()}${JSON_TYPE}Transfer-Encoding: chunked\r\n`, "zz\r\n{}\r\n0\r\n\r\n");
  // The runtime may hang up before the answer is out.
  const { status } = await sendRaw(findFunctionProcess().port, parts);
  assert(status === 400 || status === 0, `${status}`);
});

function assertNoCors({ headers }: RawAnswer): void {
  for (const name of headers.keys()) assert(!name.startsWith("access-control-"), name);
}

withoutRun(
  "the served function answers 405 to every other method, and to a preflight without CORS headers",
  async () => {
    const { port } = findFunctionProcess();
    for (const method of ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW", "get", "PROPFIND"]) {
      const answer = await sendRaw(port, [`${method} ${PATH} HTTP/1.1\r\n${HOST}${secret()}\r\n`]);
      assertEquals([answer.status, answer.headers.get("allow")], [405, "GET, POST"], method);
    }
    const origin = "Origin: https://evil.test\r\nAccess-Control-Request-Method: POST\r\n";
    for (const head of ["", secret()]) {
      const answer = await sendRaw(port, [`OPTIONS ${PATH} HTTP/1.1\r\n${HOST}${origin}${head}\r\n`]);
      assertEquals(answer.status, head === "" ? 401 : 405);
      assertNoCors(answer);
    }
  },
);

withoutRun("the served function answers whoever has no secret with the same bytes, whatever they sent", async () => {
  const { port } = findFunctionProcess();
  const wrong: string[] = [
    "",
    bearer("wrong"),
    bearer(stackEnv("CRON_SECRET").slice(1)),
    bearer(`${stackEnv("CRON_SECRET")}x`),
    bearer("x".repeat(16_000)),
    bearer(stackEnv("PUBLISHABLE_KEY")),
    `apikey: ${stackEnv("PUBLISHABLE_KEY")}\r\n`,
    "apikey: \r\nAuthorization: Bearer \r\n",
    `Authorization: Basic ${btoa(`:${stackEnv("CRON_SECRET")}`)}\r\n`,
    `Cookie: authorization=${stackEnv("CRON_SECRET")}\r\n`,
  ];
  const parts = [
    ...wrong.map((head) => get(head)),
    get("", `${PATH}?since=2025-02-30&apikey=${stackEnv("SECRET_KEY")}`),
    post(`${JSON_TYPE}Content-Length: 99999999\r\n`, "{"),
    [`DELETE ${PATH} HTTP/1.1\r\n${HOST}${bearer("wrong")}\r\n`],
  ];
  const answers = await Promise.all(parts.map((part) => sendRaw(port, part)));
  for (const { headers } of answers) headers.delete("date");
  for (const answer of answers) assertEquals(answer, answers[0]);
  assertEquals([answers[0]?.status, answers[0]?.body], [401, '{"success":false,"message":"Unauthorized"}']);
});

withoutRun("the served function waits 10 seconds for a body, and answers others meanwhile", async () => {
  const { port } = findFunctionProcess();
  const started = performance.now();
  let isAnswered = false;
  const slow = sendRaw(port, post(`${secret()}${JSON_TYPE}Content-Length: 100\r\n`, "{"), 60_000)
    .finally(() => isAnswered = true);
  for (let request = 0; request < 5; request++) assertEquals((await sendRaw(port, get(""))).status, 401);
  assertEquals(isAnswered, false);
  // The served function's own time is under test: the unit test of it has a clock that is moved.
  const answer = await slow;
  assertEquals([answer.status, answer.body.includes("10 seconds")], [408, true]);
  const seconds = (performance.now() - started) / 1000;
  assert(seconds >= 9.9, `${seconds} s`);
});

withoutRun("a future since is refused through the gateway, by GET and by POST", async () => {
  const tomorrow = daysBefore(createTimeZone("UTC").dateAt(Date.now()), -1);
  const headers = { authorization: `Bearer ${stackEnv("CRON_SECRET")}`, "content-type": "application/json" };
  const answers = await Promise.all([
    fetch(`${stackEnv("FUNCTION_URL")}?since=${daysBefore(tomorrow, -1)}`, { headers }),
    fetch(stackEnv("FUNCTION_URL"), {
      method: "POST",
      headers,
      body: JSON.stringify({ since: daysBefore(tomorrow, -1) }),
    }),
  ]);
  for (const answer of answers) {
    assertEquals(answer.status, 400);
    assert((await answer.json()).message.startsWith("since must not be in the future: today is "));
  }
});

for (const [timeZone, ahead] of [["Pacific/Kiritimati", 14], ["Etc/GMT+12", -12]] as const) {
  withHarness(`since may be today in ${timeZone}, but not the day after`, 0, async ({ call }) => {
    const today = new Date(Date.now() + ahead * 3_600_000).toISOString().slice(0, 10);
    const tomorrow = await call({ query: `?since=${daysBefore(today, -1)}` });
    const { message } = await tomorrow.json();
    assertEquals([tomorrow.status, message.endsWith(`in ${timeZone}`)], [400, true]);
    assertEquals((await call({ query: `?since=${today}` })).status, 200);
  }, ({ occ }) => ({ occ: { ...occ, timeZone: createTimeZone(timeZone) } }));
}

withHarness(
  "refused requests are stored as a number, for the alerts, by the next request that may write",
  0,
  async (h) => {
    const stored = async () => (await h.sql`select requests from public.sync_refusals`).map(({ requests }) => requests);
    for (let request = 0; request < 30; request++) await h.call({ headers: { authorization: "Bearer wrong" } });
    assertEquals((await h.call({ query: "?since=2025-02-30" })).status, 400);
    assertEquals(await stored(), []);
    assertEquals([(await h.call()).status, (await h.call()).status], [200, 200]);
    assertEquals(await stored(), [30]);
    const [alert] = await h
      .sql`select message from sovereign_sync.sync_conditions() where condition = 'refused requests'`;
    assert(
      alert?.message.startsWith("30 requests without a valid secret within an hour: give whoever"),
      alert?.message,
    );
  },
);
