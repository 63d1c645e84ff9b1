// What the project leans on of pg_net, each once, against whatever the server has: the extension or its stand-in.
import { setTimeout as delay } from "node:timers/promises";
import { assert, assertEquals, assertMatch, assertRejects } from "../support/assert.ts";
import { connect, type Sql } from "../support/database.ts";
import { waitUntil } from "../support/wait_until.ts";
import { type BareDatabase, startBareDatabase } from "./bare_database.ts";
import { http, startRawServer } from "./raw_server.ts";

let database: BareDatabase;
let sql: Sql;
let admin: Sql;

Deno.test.beforeAll(async () => {
  database = await startBareDatabase();
  openConnections();
});

function openConnections(): void {
  sql = connect(database.url);
  admin = connect(database.adminUrl);
}

Deno.test.afterAll(async () => {
  await Promise.all([sql.end(), admin.end()]);
  await database.stop();
});

interface Post {
  url: string;
  headers?: Record<string, unknown> | null;
  body?: unknown;
  timeout?: number;
}

const JSON_TYPE = { "Content-Type": "application/json" };

/** Null is SQL's. */
const json = (value: unknown) => value === null ? null : JSON.stringify(value);

function queue(posts: Post[]): Promise<string[]> {
  return sql.begin(async (sql) => {
    const ids: string[] = [];
    for (const { url, headers = JSON_TYPE, body = { a: 1 }, timeout = 5000 } of posts) {
      const [row] = await sql`
        select net.http_post(
          url => ${url}, headers => ${json(headers)}::text::jsonb,
          body => ${json(body)}::text::jsonb, timeout_milliseconds => ${timeout}
        ) as id`;
      ids.push(row?.id);
    }
    return ids;
  });
}

function responses(ids: string[], seconds = 30) {
  return waitUntil(`${ids.length} responses`, seconds * 1000, async () => {
    const rows = await sql`
      select status_code, content_type, headers, content, timed_out, error_msg
      from net._http_response where id = any(${ids}::bigint[]) order by id`;
    return rows.length === ids.length && [...rows];
  });
}

async function postAll(posts: Post[]) {
  return await responses(await queue(posts));
}

async function raised(statement: string): Promise<string> {
  const error = await assertRejects(() => sql.unsafe(statement));
  assert(error instanceof Error && "code" in error);
  return `${error.code} ${error.message}`;
}

/** URL and, as libcurl words it, why not; versions of libcurl differ in some. */
const REFUSED_URLS: [string, RegExp][] = [
  ["", /Bad scheme/],
  [" ", /Bad scheme/],
  ["example.com", /Bad scheme/],
  ["env(PROJECT_URL)", /Bad scheme/],
  ['"https://example.com"', /Bad scheme/],
  ["//example.com", /Bad scheme/],
  [" https://example.com", /Bad scheme/],
  ["\nhttps://example.com", /Bad scheme/],
  ["localhost:3000", /Unsupported URL scheme/],
  ["hhttps://example.com", /Unsupported URL scheme/],
  ["mailto:a@example.com", /Unsupported URL scheme/],
  ["https:example.com", /Unsupported number of slashes/],
  ["https:////example.com", /Unsupported number of slashes/],
  ["https://", /No host part in the URL/],
  ["https:///", /No host part in the URL/],
  ["https://?x=1", /No host part in the URL/],
  ["https://<ref>.supabase.co", /Bad hostname/],
  ["https://{ref}.supabase.co", /Bad hostname/],
  ["https://a b.com", /Bad hostname|Malformed input/],
  ["https://example.com ", /Bad hostname|Malformed input/],
  ["https://example.com\n", /Bad hostname|Malformed input/],
  ["https://example.com\\x", /Bad hostname/],
  ["https://a@b@example.com", /Bad hostname/],
  ["https://user:p@ss@example.com", /Bad hostname/],
  ["https://us er@example.com", /Bad user|Malformed input/],
  ["https://example.com/a b", /Bad path|Malformed input/],
  ["https://example.com/a\n", /Bad path|Malformed input/],
  ["https://example.com/\t", /Bad path|Malformed input/],
  ["https://example.com?a b", /Bad query|Malformed input/],
  ["https://example.com#a b", /Bad fragment|Malformed input/],
  ["https://example.com:abc", /Port number was not a decimal number between 0 and 65535/],
  ["https://example.com:65536", /Port number was not a decimal number between 0 and 65535/],
  ["https://example.com:-1", /Port number was not a decimal number between 0 and 65535/],
  ["https://example.com: 443", /Port number was not a decimal number|Malformed input/],
  ["https://[::1", /Bad IPv6 address/],
  ["https://[x]", /Bad IPv6 address/],
];

Deno.test("net.http_post() raises for a URL that libcurl cannot read, and its message quotes the URL", async () => {
  for (const [url, reason] of REFUSED_URLS) {
    const error = await assertRejects(() => queue([{ url }]), Error);
    assert("code" in error);
    assertEquals(error.code, "XX000", url);
    const start = `invalid URL "${url}": `;
    assertEquals(error.message.slice(0, start.length), start);
    assertMatch(error.message.slice(start.length), new RegExp(`^(${reason.source})`), url);
  }
  assertEquals([...await sql`select id from net.http_request_queue`], []);
});

const QUEUED_URLS: [string, string][] = [
  ["HTTPS://Example.COM", "https://Example.COM/"],
  ["https://example.com?x=1", "https://example.com/?x=1"],
  ["https://example.com/p?#", "https://example.com/p"],
  ["https://example.com:", "https://example.com/"],
  ["https://example.com:0443/x", "https://example.com:443/x"],
  ["https:/example.com", "https://example.com/"],
  ["https:///example.com/x", "https://example.com/x"],
  ["https://user:password@example.com", "https://user:password@example.com/"],
  ["https://exämple.com/ä/<x>", "https://exämple.com/ä/<x>"],
  ["https://a_b-c.com.", "https://a_b-c.com./"],
  ["https://[::1]:80", "https://[::1]:80/"],
  ["https://https://example.com", "https://https//example.com"],
  ["ftp://example.com", "ftp://example.com/"],
  ["file:///etc/hostname", "file:///etc/hostname"],
];

Deno.test("net.http_post() queues a URL as libcurl writes it, with parameters appended, and takes what it cannot send", async () => {
  await assertRejects(
    () =>
      sql.begin(async (sql) => {
        for (const [given, queued] of QUEUED_URLS) {
          await sql`select net.http_post(${given})`;
          const [row] = await sql`select url from net.http_request_queue order by id desc limit 1`;
          assertEquals(row?.url, queued);
        }
        await sql`select net.http_post('https://example.com/x?a=1#end', params => '{"b": "c d&ä", "none": null}')`;
        const [row] = await sql`select url from net.http_request_queue order by id desc limit 1`;
        // Versions of libcurl differ in the case of what they escape.
        assertEquals(row?.url.toLowerCase(), "https://example.com/x?a=1&b=c%20d%26%c3%a4#end");
        throw new Error("rolled back");
      }),
    Error,
    "rolled back",
  );
});

Deno.test("net.http_post() raises for no URL, no timeout, another content type and headers that are no object", async () => {
  const missing = (column: string) =>
    `23502 null value in column "${column}" of relation "http_request_queue" violates not-null constraint`;
  assertEquals(await raised("select net.http_post(null)"), missing("url"));
  assertEquals(
    await raised("select net.http_post('http://x', timeout_milliseconds => null)"),
    missing("timeout_milliseconds"),
  );
  for (const type of ["text/plain", "application/json; charset=utf-8", "Application/JSON", ""]) {
    assertEquals(
      await raised(`select net.http_post('http://x', headers => '{"content-TYPE": "${type}"}')`),
      'P0001 Content-Type header must be "application/json"',
    );
  }
  assertEquals(
    await raised(`select net.http_post('http://x', headers => '[1]')`),
    "22023 cannot call jsonb_each_text on a non-object",
  );
});

Deno.test("a queued request holds headers and body in plain text, the content type added where it lacked", async () => {
  await assertRejects(
    () =>
      sql.begin(async (sql) => {
        await sql`select net.http_post('http://x', headers => '{"Authorization": "Bearer s"}', body => '{"ä": 1}')`;
        await sql`select net.http_post('http://x', headers => null, body => null)`;
        await sql`select net.http_post('http://x', headers => '{"content-type": null}')`;
        const rows = await sql`
        select method, headers, convert_from(body, 'UTF8') as body, timeout_milliseconds
        from net.http_request_queue order by id`;
        assertEquals([...rows], [
          {
            method: "POST",
            headers: { Authorization: "Bearer s", "Content-Type": "application/json" },
            body: '{"ä": 1}',
            timeout_milliseconds: 5000,
          },
          { method: "POST", headers: null, body: null, timeout_milliseconds: 5000 },
          {
            method: "POST",
            headers: { "content-type": null, "Content-Type": "application/json" },
            body: "{}",
            timeout_milliseconds: 5000,
          },
        ]);
        throw new Error("rolled back");
      }),
    Error,
    "rolled back",
  );
});

Deno.test("a request is sent after its transaction's commit, never after a rollback, and not without a wake", async () => {
  const server = startRawServer(() => http(202));
  const open = await sql.reserve();
  try {
    const arrived = () => server.requests.map((request) => request.split(" ")[1]);
    await open`begin`;
    await open`select net.http_post(${`${server.url}/rolled-back`})`;
    await open`rollback`;
    await open`begin`;
    await open`select net.http_post(${`${server.url}/first`})`;
    await postAll([{ url: `${server.url}/second` }]);
    assertEquals(arrived(), ["/second"]);
    await open`commit`;
    await waitUntil("the request", 30_000, () => Promise.resolve(arrived().length === 2));
    assertEquals(arrived(), ["/second", "/first"]);

    await waitUntil("an idle worker", 30_000, async () => {
      const [row] = await admin`select bool_and(state like 'idle%') as idle from pg_stat_activity
        where application_name like 'pg_net%'`;
      return row?.idle;
    });
    // Time is under test: the worker looks again within a second after it was busy, and not after that.
    await delay(1200);
    await sql`
      insert into net.http_request_queue (method, url, headers, timeout_milliseconds)
      values ('GET', ${`${server.url}/unwoken`}, '{}', 1000)`;
    await delay(300);
    assertEquals(arrived().length, 2);
    await sql`select net.wake()`;
    await waitUntil("the woken request", 30_000, () => Promise.resolve(arrived().length === 3));
    assertMatch(server.requests[2] ?? "", /^GET \/unwoken HTTP\/1.1\r\n/);
  } finally {
    open.release();
    server.stop();
  }
});

Deno.test("every role reads a queued request with its headers until its batch has been answered", async () => {
  let answer = () => {};
  const server = startRawServer(() => new Promise((resolve) => answer = () => resolve(http(200))));
  try {
    const [id] = await queue([{ url: server.url, headers: { Authorization: "Bearer secret" } }]);
    await waitUntil("the request", 30_000, () => Promise.resolve(server.requests.length === 1));
    await sql.begin(async (sql) => {
      await sql`set local role anon`;
      const [row] =
        await sql`select headers ->> 'Authorization' as secret from net.http_request_queue where id = ${id!}`;
      assertEquals(row, { secret: "Bearer secret" });
    });
    answer();
    await responses([id!]);
    assertEquals([...await sql`select id from net.http_request_queue`], []);
  } finally {
    server.stop();
  }
});

Deno.test("a response has status, type, headers and content, or timed_out and error_msg in libcurl's words", async () => {
  const server = startRawServer((target) => {
    if (target === "/silent") return undefined;
    if (target === "/no-answer") return "";
    if (target === "/partial") return "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc";
    if (target === "/chunked") {
      return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    }
    if (target === "/empty") return "HTTP/1.1 204 No Content\r\n\r\n";
    if (target === "/close") return "HTTP/1.1 500 Oh\r\nX-Case: a\r\nX-Case: b\r\n\r\nuntil the end\0of it";
    return http(202, { "content-TYPE": "application/json" }, '{"a": 1}');
  });
  try {
    const good = { timed_out: false, error_msg: null };
    const bad = (error_msg: string) => ({
      status_code: null,
      content_type: null,
      headers: null,
      content: null,
      timed_out: false,
      error_msg,
    });
    const [timedOut, ...others] = await postAll([
      { url: `${server.url}/silent`, timeout: 300 },
      { url: `${server.url}/json` },
      { url: `${server.url}/empty` },
      { url: `${server.url}/chunked` },
      { url: `${server.url}/close`, timeout: 0 },
      { url: `${server.url}/no-answer` },
      { url: `${server.url}/partial` },
      { url: "http://127.0.0.1:9" },
      { url: "http://nobody.invalid" },
      { url: "ftp://127.0.0.1" },
      { url: "file:///etc/hostname" },
    ]);
    assertMatch(
      timedOut?.error_msg,
      /^Timeout of 300 ms reached\. Total time: 3\d\d\.\d+ ms \(DNS time: [\d.]+ ms, TCP\/SSL handshake time: [\d.]+ ms, HTTP Request\/Response time: [\d.]+ ms\)$/,
    );
    assertEquals({ ...timedOut, error_msg: "" }, { ...bad(""), timed_out: true });
    assertEquals(others, [
      {
        status_code: 202,
        content_type: "application/json",
        headers: { "content-TYPE": "application/json", "Content-Length": "8", Connection: "close" },
        content: '{"a": 1}',
        ...good,
      },
      { status_code: 204, content_type: null, headers: {}, content: null, ...good },
      {
        status_code: 200,
        content_type: "text/plain",
        headers: { "Transfer-Encoding": "chunked", "Content-Type": "text/plain" },
        content: "abcde",
        ...good,
      },
      { status_code: 500, content_type: null, headers: { "X-Case": "b" }, content: "until the end", ...good },
      bad("Server returned nothing (no headers, no data)"),
      bad("Transferred a partial file"),
      bad("Couldn't connect to server"),
      bad("Couldn't resolve host name"),
      bad("Unsupported protocol"),
      bad("Unsupported protocol"),
    ]);
  } finally {
    server.stop();
  }
});

Deno.test("a redirect is followed, as GET but for 307 and 308, to another origin without the header; headers stay the first answer's", async () => {
  const elsewhere = startRawServer(() => http(401, { "X-Last": "1" }, "who?"));
  const server = startRawServer((target) => {
    const status = /\d+/.exec(target)?.[0];
    if (status === undefined) return http(200, {}, "there");
    const location = target.startsWith("/away") ? `${elsewhere.url}/there` : "/there";
    return http(Number(status), target.startsWith("/lost") ? {} : { Location: location }, "moved");
  });
  try {
    const headers = { ...JSON_TYPE, Authorization: "Bearer s" };
    const post = async (path: string) => (await postAll([{ url: server.url + path, headers }]))[0];
    for (const [status, method] of [[301, "GET"], [302, "GET"], [303, "GET"], [307, "POST"], [308, "POST"]] as const) {
      server.requests.length = 0;
      const response = await post(`/${status}`);
      assertEquals([response?.status_code, response?.headers.Location, response?.content], [200, "/there", "there"]);
      assertMatch(server.requests[1] ?? "", new RegExp(`^${method} /there `));
      assertMatch(server.requests[1] ?? "", /\r\nAuthorization: Bearer s\r\n/);
    }
    const [moved, kept, lost] = await postAll(
      ["/away-302", "/away-307", "/lost-302"].map((path) => ({ url: server.url + path, headers })),
    );
    for (const response of [moved, kept]) {
      assertEquals([response?.status_code, response?.headers.Location], [401, `${elsewhere.url}/there`]);
      assertEquals(response?.headers["X-Last"], undefined);
    }
    assertEquals(elsewhere.requests.map((request) => request.split(" ")[0]).sort(), ["GET", "POST"]);
    for (const request of elsewhere.requests) assert(!request.includes("Authorization"), request);
    assertEquals([lost?.status_code, lost?.headers.Location], [302, undefined]);
  } finally {
    server.stop();
    elsewhere.stop();
  }
});

Deno.test("header lines go out as they are, a line break too; those without a value do not", async () => {
  const server = startRawServer(() => http(200));
  try {
    const url = `${server.url}/x?y=z#end`;
    await postAll([{
      url,
      headers: { Nothing: null, Empty: "", Blank: " ", Number: 5, Authorization: "Bearer a\nb" },
    }]);
    const [request = ""] = server.requests;
    assertMatch(request, /^POST \/x\?y=z HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\n/);
    assertMatch(request, /\r\nContent-Type: application\/json\r\n/);
    assertMatch(request, /\r\nNumber: 5\r\n/);
    assertMatch(request, /\r\nUser-Agent: pg_net\/.+\r\n/);
    assertMatch(request, /\r\nContent-Length: 8\r\n/);
    assertMatch(request, /\r\n\r\n\{"a": 1\}$/);
    assertMatch(request, /\r\nAuthorization: Bearer a\nb\r\n/);
    assert(!/Nothing|Empty|Blank/.test(request), request);
    await postAll([{ url: server.url.replace("//", "//user:password@"), headers: null, body: null }]);
    assertMatch(server.requests[1] ?? "", /\r\nAuthorization: Basic dXNlcjpwYXNzd29yZA==\r\n/);
    assertMatch(server.requests[1] ?? "", /\r\nContent-Length: 0\r\n/);
  } finally {
    server.stop();
  }
});

Deno.test("one worker sends up to 200 requests at once and nothing else until the slowest of them is answered", async () => {
  let open = 0;
  let most = 0;
  let release = () => {};
  const released = new Promise<void>((resolve) => release = resolve);
  const batchIsOpen = Promise.withResolvers<void>();
  const server = startRawServer(async (target) => {
    most = Math.max(most, ++open);
    if (open === 200) batchIsOpen.resolve();
    await (target === "/slow" ? released : batchIsOpen.promise);
    open--;
    return http(200);
  });
  try {
    const batch = await queue(Array.from({ length: 201 }, (_, n) => ({
      url: server.url + (n === 0 ? "/slow" : "/quick"),
      timeout: 60_000,
    })));
    const [late] = await queue([{ url: `${server.url}/late` }]);
    await waitUntil(
      "all but the slow one",
      30_000,
      () => Promise.resolve(server.requests.length === 200 && open === 1),
    );
    // Time is under test: nothing happens, and nothing that comes later tells so.
    await delay(500);
    assertEquals([server.requests.length, [...await sql`select id from net._http_response where id = any(${batch})`]], [
      200,
      [],
    ]);
    release();
    await responses([...batch, late!]);
    assertEquals(most, 200);
    const [order] = await sql`
      select min(created) filter (where id = ${batch[0]!}) < min(created) filter (where id = ${late!}) as right
      from net._http_response`;
    assertEquals(order, { right: true }, "a batch has one time, that of its beginning");
  } finally {
    release();
    server.stop();
  }
});

Deno.test("responses older than pg_net.ttl go when the worker is woken, and a setting is read without a restart", async () => {
  const server = startRawServer(() => http(200));
  try {
    const [old] = await queue([{ url: server.url }]);
    await responses([old!]);
    await admin.unsafe("alter system set pg_net.ttl = '100 milliseconds'");
    await admin`select pg_reload_conf()`;
    const gone = await waitUntil("the response's end", 30_000, async () => {
      await sql`select net.wake()`;
      return (await sql`select id from net._http_response where id = ${old!}`).length === 0;
    });
    assert(gone);
  } finally {
    await admin.unsafe("alter system reset pg_net.ttl");
    await admin`select pg_reload_conf()`;
    server.stop();
  }
});

Deno.test("net.worker_restart() brings a new worker, which sends what is queued without being woken", async () => {
  const server = startRawServer(() => http(200));
  const workers = async () =>
    (await admin`select pid from pg_stat_activity where application_name like 'pg_net%'`).map(({ pid }) => pid);
  try {
    await sql`select net.check_worker_is_up()`;
    const before = await workers();
    await sql`
      insert into net.http_request_queue (method, url, headers, timeout_milliseconds)
      values ('GET', ${server.url}, '{}', 1000)`;
    assertEquals([...await sql`select net.worker_restart() as restarted`], [{ restarted: true }]);
    await waitUntil("another worker", 30_000, async () => {
      const now = await workers();
      return now.length > 0 && now.every((pid) => !before.includes(pid));
    });
    await waitUntil("the request", 30_000, () => Promise.resolve(server.requests.length === 1));
    await sql`select net.wait_until_running()`;
    await sql`select net.check_worker_is_up()`;
  } finally {
    server.stop();
  }
});

Deno.test("net._http_collect_response() tells the answer, the error, and that there is none", async () => {
  const server = startRawServer(() => http(202, {}, "yes"));
  try {
    const ids = await queue([{ url: server.url }, { url: "http://127.0.0.1:9" }]);
    await responses(ids);
    const collected = await Promise.all(
      [...ids, "-1"].map(async (id) =>
        (await sql`select c.status, c.message, (c.response).status_code, (c.response).body
          from net._http_collect_response(${id}) as c`)[0]
      ),
    );
    assertEquals(collected, [
      { status: "SUCCESS", message: "ok", status_code: 202, body: "yes" },
      { status: "ERROR", message: "Couldn't connect to server", status_code: null, body: null },
      { status: "ERROR", message: "request matching request_id not found", status_code: null, body: null },
    ]);
  } finally {
    server.stop();
  }
});

Deno.test("every role may queue requests and change what is queued and answered", async () => {
  for (const role of ["anon", "authenticated", "service_role"]) {
    const [rights] = await sql`
      select
        bool_and(has_function_privilege(${role}, p.oid, 'execute')) as functions,
        (select bool_and(has_table_privilege(${role}, c.oid, 'select, insert, update, delete, truncate'))
          from pg_class as c where c.relnamespace = 'net'::regnamespace and c.relkind = 'r') as tables,
        bool_or(p.prosecdef) filter (where p.proname like 'http%') as definer
      from pg_proc as p where p.pronamespace = 'net'::regnamespace`;
    assertEquals(rights, { functions: true, tables: true, definer: false }, role);
  }
});

Deno.test("a crash empties the queue and the responses, and ids begin anew; the worker comes back by itself", async () => {
  const server = startRawServer((target) => target === "/silent" ? undefined : http(200));
  try {
    await postAll([{ url: server.url }]);
    await queue([{ url: `${server.url}/silent`, timeout: 60_000 }]);
    await waitUntil("the request", 30_000, () => Promise.resolve(server.requests.length === 2));
    // The second time with a worker that has nothing to do.
    for (let crash = 1; crash <= 2; crash++) {
      await database.killAndRestart();
      await waitUntil("the database", 30_000, () => sql`select 1`.then(() => true, () => false));
      const left = await sql`select id from net.http_request_queue union all select id from net._http_response`;
      assertEquals([...left], []);
      const ids = await queue([{ url: server.url }]);
      assertEquals(ids, ["1"]);
      assertEquals((await responses(ids))[0]?.status_code, 200);
    }
  } finally {
    server.stop();
    // The crash has broken them, also those that nothing has used since.
    await Promise.all([sql.end(), admin.end()]);
    openConnections();
  }
});
