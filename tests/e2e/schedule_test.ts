import { assert, assertEquals } from "../support/assert.ts";
import { soonestSchedule } from "../support/cron.ts";
import type { Sql } from "../support/database.ts";
import { controlOcc } from "../support/occ_control.ts";
import { stackEnv } from "../support/stack_env.ts";
import { NEVER } from "../stack/migrate.ts";
import { withStack } from "../support/with_stack.ts";
import { waitUntil } from "../support/wait_until.ts";

function newestRun(sql: Sql, status: string) {
  return waitUntil(`a ${status} run`, 30_000, async () => {
    const [row] = await sql`
      select * from public.tblsovereignapplicationssynclog where status = ${status} order by sync_started_at desc limit 1`;
    return row;
  });
}

withStack("scheduling twice leaves one job, every 5 minutes, without a secret in its command", async (sql) => {
  await sql`select cron.schedule('sync-applications', '*/5 * * * *', 'select sovereign_sync.invoke_sync_applications()')`;
  const jobs = await sql`select schedule, command, username from cron.job where jobname = 'sync-applications'`;
  assertEquals([...jobs], [
    { schedule: "*/5 * * * *", command: "select sovereign_sync.invoke_sync_applications()", username: "postgres" },
  ]);
});

withStack("pg_cron's own tick ends as a log row and every application", async (sql) => {
  // The same job and command; only the five minutes are not waited for.
  const schedule = (times: string) =>
    sql`select cron.schedule('sync-applications', ${times}, 'select sovereign_sync.invoke_sync_applications()')`;
  await schedule(await soonestSchedule(sql));
  await waitUntil("pg_cron's tick", 130_000, async () => {
    return (await sql`select from sovereign_sync.dispatches`).length > 0;
  });
  await schedule(NEVER);
  const row = await waitUntil("the run's end", 60_000, async () => {
    const [row] = await sql`select * from public.tblsovereignapplicationssynclog where status <> 'running'`;
    return row;
  });
  assertEquals([row.status, row.trigger, row.applications_found], ["completed", "schedule", 60]);
  const [stored] = await sql`select count(*)::int as count from public.tblsovereignapplications`;
  assertEquals(stored, { count: 60 });
  const [response] = await sql`select status_code from net._http_response order by id desc limit 1`;
  assertEquals(response, { status_code: 202 });
  await sql`select sovereign_sync.collect_dispatches()`;
  const [dispatch] = await sql`select outcome, run from public.sync_dispatches order by id limit 1`;
  assertEquals(dispatch, { outcome: "accepted", run: row.id });
});

withStack("the scheduled command is queued only when its transaction commits", async (sql) => {
  await sql.begin(async (transaction) => {
    await transaction`select sovereign_sync.invoke_sync_applications()`;
    await transaction`rollback`;
  }).catch(() => {});
  // pg_net sends in order: once this one is answered, one before it would have been.
  await sql`select sovereign_sync.invoke_sync_applications()`;
  await newestRun(sql, "completed");
  const sent = await waitUntil("pg_net's response", 30_000, async () => {
    const rows = await sql`select status_code from net._http_response`;
    return rows.length > 0 && [...rows];
  });
  assertEquals(sent, [{ status_code: 202 }]);
  const [log] = await sql`select count(*)::int as count from public.tblsovereignapplicationssynclog`;
  assertEquals(log, { count: 1 });
});

withStack("a missing secret leaves a dispatch with its name and the fix", async (sql) => {
  const [secret] = await sql`select id from vault.decrypted_secrets where name = 'cron_secret'`;
  try {
    await sql`select vault.update_secret(${secret?.id}, new_name => 'cron_secret_away')`;
    await sql`select sovereign_sync.invoke_sync_applications()`;
    const [dispatch] = await sql`select outcome, message from public.sync_dispatches`;
    assertEquals(dispatch, {
      outcome: "not sent",
      message:
        "Vault has no secret named cron_secret: select sovereign_sync.connect_sync(cron_secret => '<CRON_SECRET>')",
    });
  } finally {
    await sql`select vault.update_secret(${secret?.id}, new_name => 'cron_secret')`;
  }
});

withStack("a wrong secret is refused, and nothing is written", async (sql) => {
  const [secret] = await sql`select id, decrypted_secret from vault.decrypted_secrets where name = 'cron_secret'`;
  try {
    await sql`select vault.update_secret(${secret?.id}, 'wrong')`;
    await sql`select sovereign_sync.invoke_sync_applications()`;
    const response = await waitUntil("pg_net's response", 30_000, async () => {
      const [row] = await sql`
        select r.status_code, r.content::jsonb from net._http_response as r
        join public.sync_dispatches as d on d.request_id = r.id`;
      return row;
    });
    assertEquals([response.status_code, response.content.message], [401, "Unauthorized"]);
    const [log] = await sql`select count(*)::int as count from public.tblsovereignapplicationssynclog`;
    assertEquals(log, { count: 0 });
  } finally {
    await sql`select vault.update_secret(${secret?.id}, ${secret?.decrypted_secret})`;
  }
});

withStack("a second invocation while a sync runs gets 409 with its id, and the sync ends by itself", async (sql) => {
  await controlOcc({ latency: "2500" });
  const headers = { authorization: `Bearer ${stackEnv("CRON_SECRET")}`, prefer: "respond-async" };
  const first = await fetch(stackEnv("FUNCTION_URL"), { headers });
  const { syncLogId } = await first.json();
  assertEquals(first.status, 202);
  const second = await fetch(stackEnv("FUNCTION_URL"), { headers });
  assertEquals([second.status, (await second.json()).syncLogId], [409, syncLogId]);
  await controlOcc({ latency: "0" });
  const row = await newestRun(sql, "completed");
  assertEquals([row.id, row.applications_upserted], [syncLogId, 60]);
});

withStack("an invocation by hand after one by schedule fetches only what changed", async (sql) => {
  await sql`select sovereign_sync.invoke_sync_applications()`;
  await newestRun(sql, "completed");
  const { ids } = await controlOcc({ touch: 3, reset: true });
  const response = await fetch(stackEnv("FUNCTION_URL"), { headers: { apikey: stackEnv("SECRET_KEY") } });
  const body = await response.json();
  assertEquals([response.status, body.fetched, body.upserted], [200, 3, 3]);
  assert(ids.length === 3);
});
