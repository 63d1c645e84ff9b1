import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { createDatabase, NOBODY_URL } from "../support/database.ts";
import { envelope } from "../support/fake_lambda.ts";
import { CRON_SECRET, withHarness } from "../support/harness.ts";
import { hastyClock } from "../support/hasty_clock.ts";
import {
  createSyncDatabase,
  type SyncDatabase,
} from "../../supabase/functions/sync-applications/database/sync_database.ts";
import { createHandler } from "../../supabase/functions/sync-applications/http/handler.ts";
import { readSettings } from "../../supabase/functions/sync-applications/settings.ts";

withHarness(
  "a request without the secret gets 401, the same for none and a wrong one, and changes nothing",
  1,
  async (harness) => {
    const answers = await Promise.all([
      harness.call({ headers: { authorization: "" } }),
      harness.call({ headers: { authorization: "Bearer wrong" } }),
      harness.call({ headers: { authorization: "Bearer wrong" }, query: "?since=2025-02-30" }),
      harness.call({ headers: { authorization: "Bearer wrong" }, method: "DELETE" }),
      harness.call({ headers: { authorization: "Bearer wrong" }, method: "OPTIONS" }),
    ]);
    const seen = await Promise.all(
      answers.map(async (answer) => [answer.status, [...answer.headers], await answer.text()]),
    );
    for (const answer of seen) assertEquals(answer, seen[0]);
    assertEquals(seen[0]?.[0], 401);
    assertEquals(seen[0]?.[2], '{"success":false,"message":"Unauthorized"}');
    assertEquals([harness.calls, harness.lines], [[], ["[Cron] Refused requests without a valid secret: 1"]]);
    const [log] = await harness.sql`select count(*)::int as count from public.tblsovereignapplicationssynclog`;
    assertEquals(log, { count: 0 });
  },
);

withHarness("bad input gets 400 with the field's name and changes nothing", 1, async ({ call, calls, sql }) => {
  const cases: [Parameters<typeof call>[0], string][] = [
    [{ query: "?since=2025-02-30" }, "since"],
    [{ query: "?sinse=2025-02-01" }, "sinse"],
    [{ body: { since: "yesterday" } }, "since"],
    [{ body: { force: 1 } }, "force"],
    [{ body: { applicationNumber: "G3-1" } }, "applicationNumber"],
  ];
  for (const [init, field] of cases) {
    const response = await call(init);
    const body = await response.json();
    assertEquals([response.status, body.success], [400, false]);
    assert(body.message.includes(field), body.message);
  }
  const [log] = await sql`select count(*)::int as count from public.tblsovereignapplicationssynclog`;
  assertEquals([log, calls], [{ count: 0 }, []]);
});

withHarness("other methods get 405 with Allow", 0, async ({ call }) => {
  for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]) {
    const response = await call({ method });
    assertEquals([response.status, response.headers.get("allow")], [405, "GET, POST"], method);
  }
});

withHarness("Prefer: respond-async gets 202 at once with the run's id; the work goes on", 20, async (harness) => {
  const gate = Promise.withResolvers<void>();
  harness.faults.set("list", () => gate.promise.then(() => envelope([])));
  const response = await harness.call({ body: { trigger: "schedule" }, headers: { prefer: "respond-async" } });
  const body = await response.json();
  assertEquals([response.status, body.success], [202, true]);
  const open = await harness.logRow();
  assertEquals([open.id, open.status, open.trigger], [body.syncLogId, "running", "schedule"]);
  gate.resolve();
  await harness.background();
  assertEquals((await harness.logRow()).status, "completed");
});

withHarness("a missing setting gets 500 that names it, to an authorised caller only", 0, async ({ dependencies }) => {
  const handler = createHandler({
    secrets: () => [CRON_SECRET],
    sync() {
      readSettings((name) => name === "CRON_SECRET" ? CRON_SECRET : undefined);
      return dependencies;
    },
    recordRefused: () => Promise.resolve(),
    waitUntil: () => {},
    clock: dependencies.clock,
    log: dependencies.log,
  });
  const request = (secret: string) =>
    new Request("http://localhost/", { headers: { authorization: `Bearer ${secret}` } });
  const response = await handler(request(CRON_SECRET));
  const { message } = await response.json();
  assertEquals(response.status, 500);
  for (const name of ["AWS_REGION", "SUPABASE_URL", "LAMBDA_FUNCTION_APPLICTION_MEDIUM"]) {
    assertMatch(message, new RegExp(name));
  }
  assertEquals((await handler(request("wrong"))).status, 401);
});

withHarness("a database that cannot be reached gets 503", 0, async ({ call, lines }) => {
  const response = await call();
  const body = await response.json();
  assertEquals([response.status, body], [503, {
    success: false,
    message: "Failed to create sync log. Cannot open a sync run: the database cannot be reached",
  }]);
  assertMatch(lines.at(-1) ?? "", /Failed to create sync log. Cannot open a sync run: the database cannot be reached$/);
}, () => ({ database: createSyncDatabase(createDatabase("sb_secret_of_nobody", undefined, NOBODY_URL), hastyClock) }));

withHarness(
  "a database that goes away in the middle ends the run, and the next one carries on",
  150,
  async (harness) => {
    const body = await (await harness.call()).json();
    assertEquals(body, { success: false, message: "Cannot store 100 applications: the database cannot be reached" });
    const row = await harness.logRow();
    assertEquals([row.status, row.error_details], ["failed", { reason: body.message }]);
    const next = await (await harness.call()).json();
    assertEquals([next.success, next.fetched, next.unchanged], [true, 150, 0]);
  },
  () => ({ database: connectThrough(failing("settle_applications", 3)) }),
);

function connectThrough(fetch: typeof globalThis.fetch): SyncDatabase {
  return createSyncDatabase(createDatabase(undefined, fetch), hastyClock);
}

/** fetch that cannot reach one function of the Data API for the first so many calls. */
function failing(name: string, times: number): typeof fetch {
  let left = times;
  return (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    if (url.endsWith(name) && left-- > 0) return Promise.reject(new TypeError("connection refused"));
    return fetch(input, init);
  };
}

for (
  const name of [
    "open_sync_run",
    "enqueue_applications",
    "claim_applications",
    "settle_applications",
    "finish_sync_pass",
  ]
) {
  let run: { broken: boolean };
  withHarness(`${name} cannot be reached for a while: the run after it completes the work`, 30, async (harness) => {
    const first = await harness.call();
    assertEquals(first.status, 503);
    await first.body?.cancel();
    run.broken = false;
    // Where not even the end could be stored, the next run closes it after 90 s.
    await harness.sql`
      update public.tblsovereignapplicationssynclog set heartbeat_at = heartbeat_at - interval '2 minutes'`;
    const body = await (await harness.call()).json();
    assertEquals(body.success, true);
    const [stored] = await harness.sql`select count(*)::int as count from public.tblsovereignapplications`;
    assertEquals(stored, { count: 30 });
    assertEquals((await harness.logRow()).status, "completed");
  }, () => {
    run = { broken: true };
    const fetchOrFail: typeof fetch = (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      return run.broken && url.endsWith(name)
        ? Promise.reject(new TypeError("connection refused"))
        : fetch(input, init);
    };
    return { database: connectThrough(fetchOrFail) };
  });
}
