import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { connect, emptyTables, setProjectUrl } from "../support/database.ts";
import { controlOcc } from "../support/occ_control.ts";
import { stackEnv } from "../support/stack_env.ts";

const ID = "G3-100003";

/** What each failure of OCC does to one application among 60: through the real SDK, over HTTP. */
const FAILURES: { fault: string; message: RegExp; calls: number }[] = [
  { fault: "throttle", message: /OCC is throttled$/, calls: 3 },
  { fault: "unavailable", message: /AWS Lambda answered ServiceException$/, calls: 3 },
  { fault: "denied", message: /AWS Lambda answered AccessDeniedException$/, calls: 1 },
  { fault: "network", message: /OCC cannot be reached$/, calls: 1 },
  { fault: "hang", message: /OCC did not answer in 3 s$/, calls: 1 },
  { fault: "crash", message: /OCC's function failed$/, calls: 1 },
  { fault: "empty", message: /Empty response from Lambda function$/, calls: 1 },
  { fault: "not-json", message: /OCC's payload is not JSON$/, calls: 1 },
  { fault: "error", message: /OCC answered 503$/, calls: 1 },
  { fault: "not-found", message: /OCC answered 404$/, calls: 1 },
  { fault: "wrong-id", message: /OCC answered with another application$/, calls: 1 },
  { fault: "wrong-shape", message: /has the wrong type$/, calls: 1 },
  { fault: "too-large", message: /attributes\.applicationTitle is too long$/, calls: 1 },
];

async function sync(): Promise<Record<string, unknown> & { status: number }> {
  const response = await fetch(stackEnv("FUNCTION_URL"), {
    headers: { authorization: `Bearer ${stackEnv("CRON_SECRET")}` },
  });
  return { ...await response.json(), status: response.status };
}

for (const { fault, message, calls } of FAILURES) {
  Deno.test(`OCC's ${fault} on one application: it is tried again, the others are stored, and it comes back`, async () => {
    const sql = connect();
    try {
      await emptyTables(sql);
      await setProjectUrl(sql, stackEnv("API_URL"));
      await controlOcc({ faults: `${fault}=${ID}`, latency: "0", reset: true });
      const first = await sync();
      assertEquals(
        [
          first.status,
          first.success,
          first.found,
          first.fetched,
          first.upserted,
          first.fetchFailed,
          first.upsertFailed,
        ],
        [200, true, 60, 59, 59, 1, 0],
      );
      const { detail } = await controlOcc({});
      // Retries in place are the SDK's.
      assert(detail >= 59 + 1 && detail <= 59 + calls, `${detail - 59} calls for the one that failed`);
      const [row] = await sql`
        select state, attempts, last_error, extract(epoch from next_attempt_at - l.sync_completed_at)::int as seconds
        from public.sync_status, public.tblsovereignapplicationssynclog as l where g3_application_number = ${ID}`;
      assertEquals([row?.state, row?.attempts], ["failed", 1]);
      assertMatch(row?.last_error, message);
      // Jitter over the upper half of a minute.
      assert(row?.seconds >= 25 && row?.seconds <= 60, `${row?.seconds} s`);

      await controlOcc({ faults: "", reset: true });
      await sql`update public.sync_status set next_attempt_at = now() where state = 'failed'`;
      const second = await sync();
      assertEquals([second.status, second.fetched, second.fetchFailed], [200, 1, 0]);
    } finally {
      await controlOcc({ faults: "" });
      await sql.end();
    }
  });
}

Deno.test("OCC's text that Postgres would reject is cleaned, and a slow answer is waited for", async () => {
  const sql = connect();
  try {
    await emptyTables(sql);
    await controlOcc({ faults: `nul-text=${ID},slow=G3-100004`, latency: "50", reset: true });
    const result = await sync();
    assertEquals([result.status, result.upserted], [200, 60]);
    const [row] =
      await sql`select applicationtitle from public.tblsovereignapplications where g3_application_number = ${ID}`;
    assertEquals(row?.applicationtitle, "Homeloan \ufffd");
  } finally {
    await controlOcc({ faults: "", latency: "0" });
    await sql.end();
  }
});

Deno.test("OCC's detail that is older than its list announced is stored, and the application stays stale", async () => {
  const sql = connect();
  try {
    await emptyTables(sql);
    await controlOcc({ faults: `older=${ID}`, latency: "0", reset: true });
    const result = await sync();
    assertEquals([result.status, result.upserted], [200, 60]);
    const [row] = await sql`
      select state, last_error from public.sync_status where g3_application_number = ${ID}`;
    assertEquals(row, {
      state: "pending",
      last_error: "OCC's details and its list differ: asked again, until it says the same ten minutes later",
    });
  } finally {
    await controlOcc({ faults: "" });
    await sql.end();
  }
});

Deno.test("OCC's list that fails makes the run fail with 502 and its reason", async () => {
  const sql = connect();
  try {
    await emptyTables(sql);
    await controlOcc({ faults: "list:not-json", latency: "0", reset: true });
    const result = await sync();
    assertEquals([result.status, result.success, result.found], [502, false, 0]);
    assertMatch(String(result.message), /Cannot list the applications changed since .*: OCC's payload is not JSON/);
  } finally {
    await controlOcc({ faults: "" });
    await sql.end();
  }
});
