import postgres from "postgres";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { soonestSchedule } from "../support/cron.ts";
import type { Sql } from "../support/database.ts";
import { stackEnv } from "../support/stack_env.ts";
import { waitUntil } from "../support/wait_until.ts";
import { withSecret, withStack } from "../support/with_stack.ts";
import { http, type RawServer, startRawServer } from "../stack/raw_server.ts";

const watch = (sql: Sql) => sql`select sovereign_sync.watch_sync()`;
const CANARY = "canary-of-the-url";

async function dispatch(sql: Sql): Promise<string> {
  const [row] = await sql`select sovereign_sync.invoke_sync_applications() as id`;
  return row?.id;
}

async function readOutcome(sql: Sql, id: string) {
  const [row] = await sql`
    select d.outcome, d.status_code, sovereign_sync.describe_dispatch(d) as says from public.sync_dispatches as d where id = ${id}`;
  return { outcome: row?.outcome, status: row?.status_code, says: row?.says };
}

async function dispatchAndWait(sql: Sql) {
  const id = await dispatch(sql);
  return await waitUntil("the dispatch's outcome", 30_000, async () => {
    await watch(sql);
    const read = await readOutcome(sql, id);
    return read.outcome !== null && read;
  });
}

async function withServer(answer: Parameters<typeof startRawServer>[0], work: (server: RawServer) => Promise<void>) {
  const server = startRawServer(answer);
  try {
    await work(server);
  } finally {
    server.stop();
  }
}

/** What PostgreSQL wrote into its log while the work was done. */
async function serverLog(work: () => Promise<void>): Promise<string> {
  const admin = postgres(stackEnv("ADMIN_DB_URL"), { max: 1 });
  const read = async () => (await admin`select pg_read_file(pg_current_logfile()) as text`)[0]?.text as string;
  try {
    const before = (await read()).length;
    await work();
    return (await read()).slice(before);
  } finally {
    await admin.end();
  }
}

async function kept(sql: Sql): Promise<string> {
  const [row] = await sql`
    select concat(
      (select json_agg(a) from public.sync_alerts as a), (select json_agg(d) from public.sync_dispatches as d),
      (select json_agg(h) from public.sync_health as h), (select json_agg(j) from cron.job_run_details as j)
    ) as text`;
  return row?.text;
}

withStack(
  "a project_url that pg_net does not take leaves a dispatch that says so, at once and without the URL",
  async (sql) => {
    const log = await serverLog(async () => {
      for (
        const url of [
          CANARY,
          `http://${CANARY} `,
          `http://${CANARY}\n`,
          `hhttps://${CANARY}`,
          `https:${CANARY}`,
          `https://<${CANARY}>`,
        ]
      ) {
        await withSecret(sql, "project_url", url, async () => {
          const { outcome, says } = await readOutcome(sql, await dispatch(sql));
          assertEquals(outcome, "not sent", url);
          assertMatch(says, /^pg_net does not take the request \(XX000\): is Vault's project_url a URL such as https:/);
          const [health] = await sql`select verdict, last_dispatch_outcome from public.sync_health`;
          assertEquals(health, { verdict: "unhealthy", last_dispatch_outcome: "not sent" });
          await watch(sql);
        });
      }
    });
    assert(!`${log}${await kept(sql)}`.includes(CANARY), "the URL is kept");
  },
);

withStack("a cron_secret with a line break is not sent, because it would end the header", async (sql) => {
  await withSecret(sql, "cron_secret", `${CANARY}\n`, async () => {
    const log = await serverLog(async () => {
      assertEquals(await readOutcome(sql, await dispatch(sql)), {
        outcome: "not sent",
        status: null,
        says: "Vault's cron_secret has a line break or another control character in it: store it again without",
      });
    });
    assertEquals([...await sql`select id from net.http_request_queue`], []);
    assert(!`${log}${await kept(sql)}`.includes(CANARY), "the secret is kept");
  });
});

withStack(
  "pg_cron's ticks succeed and tell no URL while neither project_url nor alert_webhook_url is one",
  async (sql) => {
    await sql`select vault.create_secret(${`hhttps://${CANARY}`}, 'alert_webhook_url')`;
    const schedule = (times: string, command: string) =>
      sql`select cron.schedule('sync-applications', ${times}, ${command})`;
    try {
      await withSecret(sql, "project_url", `hhttps://${CANARY}`, async () => {
        await schedule(
          await soonestSchedule(sql),
          "select sovereign_sync.invoke_sync_applications(), sovereign_sync.watch_sync()",
        );
        await sql`select cron.alter_job(jobid, active := true) from cron.job where jobname = 'sync-applications'`;
        const details = await waitUntil("pg_cron's tick", 130_000, async () => {
          const [row] = await sql`
          select d.status, d.return_message, d::text as text from cron.job_run_details as d
          where d.command like '%invoke%watch%' and d.end_time is not null`;
          return row;
        });
        assertEquals(details.status, "succeeded", details.return_message);
        const [alert] = await sql`select condition, post_error from public.sync_alerts`;
        assertEquals(alert, {
          condition: "dispatch failed",
          post_error: "pg_net does not take Vault's alert_webhook_url (XX000): is it a URL?",
        });
        assert(!(await kept(sql)).includes(CANARY), "the URL is kept");
      });
    } finally {
      await sql`delete from vault.secrets where name = 'alert_webhook_url'`;
      await sql`delete from cron.job_run_details where command like '%invoke%watch%'`;
    }
  },
);

withStack("a project_url that redirects is called that, whatever answers in the end", async (sql) => {
  let answer = "";
  const path = "/functions/v1/sync-applications";
  await withServer((target) => target === path ? answer : http(200, {}, "welcome"), async ({ url }) => {
    await withSecret(sql, "project_url", url, async () => {
      for (const status of [301, 302, 303, 307, 308]) {
        answer = http(status, { Location: stackEnv("FUNCTION_URL") });
        const read = await dispatchAndWait(sql);
        // The secret does not come along to another origin.
        assertEquals([read.outcome, read.status], ["redirected", 401], `${status}`);
        assertMatch(read.says, /^Vault's project_url must be the project's own URL/);
      }
      for (const [location, status] of [[{ location: "/" }, 200], [{}, 302]] as const) {
        answer = http(302, location);
        const read = await dispatchAndWait(sql);
        assertEquals([read.outcome, read.status], ["redirected", status]);
      }
    });
  });
  const [log] = await sql`select count(*)::int as count from public.tblsovereignapplicationssynclog`;
  assertEquals(log, { count: 0 });
});

withStack("what answers a dispatch without being the function is named", async (sql) => {
  let answer = "";
  await withServer(() => answer, async ({ url }) => {
    await withSecret(sql, "project_url", url, async () => {
      for (
        const [status, says] of [
          [200, /^somebody else answers at Vault's project_url \(200\)/],
          [404, /^the function is not deployed \(404\)/],
          [546, /^the platform ended the function's worker \(546\)/],
        ] as const
      ) {
        answer = http(status, {}, "<html>");
        const read = await dispatchAndWait(sql);
        assertEquals([read.outcome, read.status], ["failed", status]);
        assertMatch(read.says, says);
      }
    });
  });
});

withStack(
  "a dispatch behind somebody else's slow request is without answer for a while, then accepted",
  async (sql) => {
    let release = () => {};
    const released = new Promise<string>((resolve) => release = () => resolve(http(200)));
    await withServer(() => released, async (server) => {
      try {
        await sql`select net.http_post(${server.url}, timeout_milliseconds => 60000)`;
        await waitUntil("the slow request", 30_000, () => Promise.resolve(server.requests.length === 1));
        const id = await dispatch(sql);
        await sql`update sovereign_sync.dispatches set dispatched_at = dispatched_at - interval '3 minutes'`;
        await watch(sql);
        assertEquals((await readOutcome(sql, id)).outcome, "no response");
        release();
        const read = await waitUntil("the answer", 30_000, async () => {
          await watch(sql);
          const read = await readOutcome(sql, id);
          return read.outcome !== "no response" && read;
        });
        assertEquals([read.outcome, read.status], ["accepted", 202]);
        await waitUntil(
          "the run's end",
          30_000,
          async () =>
            (await sql`select from public.tblsovereignapplicationssynclog where status <> 'running'`).length === 1,
        );
      } finally {
        release();
      }
    });
  },
);

withStack("dispatches made at the same time are both read back, in whatever order pg_net counted them", async (sql) => {
  await sql`
    insert into sovereign_sync.dispatches (request_id, trigger) values (1000012, 'schedule'), (1000011, 'manual')`;
  await sql`insert into net._http_response (id, status_code, created) values (1000011, 202, now()), (1000012, 202, now())`;
  await watch(sql);
  const outcomes = await sql`select outcome from public.sync_dispatches order by id`;
  assertEquals(outcomes.map(({ outcome }) => outcome), ["accepted", "accepted"]);
});
