import postgres from "postgres";
import { assert, assertEquals, assertMatch, assertRejects } from "../support/assert.ts";
import type { Sql } from "../support/database.ts";
import { controlOcc } from "../support/occ_control.ts";
import { stackEnv } from "../support/stack_env.ts";
import { waitUntil } from "../support/wait_until.ts";
import { withSecret, withStack } from "../support/with_stack.ts";

/** What the job does every minute. */
const evaluate = (sql: Sql) => sql`select sovereign_sync.watch_sync()`;

async function dispatchAndWait(sql: Sql): Promise<string> {
  const [row] = await sql`select sovereign_sync.invoke_sync_applications() as id`;
  return await waitUntil("the dispatch's outcome", 30_000, async () => {
    await evaluate(sql);
    const [dispatch] = await sql`select outcome from public.sync_dispatches where id = ${row?.id}`;
    return dispatch?.outcome ?? undefined;
  });
}

interface Webhook {
  url: string;
  messages: string[];
  /** What it answers. */
  status: number;
}

/** Runs work while Vault names a webhook for alerts. */
async function withWebhook(sql: Sql, work: (webhook: Webhook) => Promise<void>): Promise<void> {
  const webhook: Webhook = { url: "", messages: [], status: 200 };
  const receiver = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    webhook.messages.push((await request.json()).text);
    return new Response("thank you", { status: webhook.status });
  });
  webhook.url = `http://127.0.0.1:${receiver.addr.port}/hook-1234`;
  await sql`select vault.create_secret(${webhook.url}, 'alert_webhook_url')`;
  try {
    await work(webhook);
  } finally {
    await sql`delete from vault.secrets where name = 'alert_webhook_url'`;
    await receiver.shutdown();
  }
}

/** Statements as the superuser: what an operator cannot do, and what may befall a project. */
async function asAdmin(statements: string): Promise<void> {
  const admin = postgres(stackEnv("ADMIN_DB_URL"), { max: 1, onnotice: () => {} });
  try {
    await admin.unsafe(statements);
  } finally {
    await admin.end();
  }
}

async function idle(sql: Sql): Promise<void> {
  await waitUntil("the run's end", 60_000, async () => {
    const [row] =
      await sql`select count(*)::int as count from public.tblsovereignapplicationssynclog where status = 'running'`;
    return row?.count === 0;
  });
}

const REFUSED = "The database's last call of the function failed (refused): the function refuses the secret (401); " +
  "give Vault's cron_secret and the function's CRON_SECRET the same value.";

withStack("a wrong CRON_SECRET raises one alert and one message, and resolves with one after the fix", async (sql) => {
  await withWebhook(sql, async ({ messages }) => {
    await withSecret(sql, "cron_secret", "wrong", async () => {
      assertEquals(await dispatchAndWait(sql), "refused");
      await evaluate(sql);
      await evaluate(sql);
      const [health] =
        await sql`select verdict, reason, last_dispatch_outcome, last_dispatch_status from public.sync_health`;
      assertEquals(health, {
        verdict: "unhealthy",
        reason: REFUSED,
        last_dispatch_outcome: "refused",
        last_dispatch_status: 401,
      });
    });
    assertEquals(await dispatchAndWait(sql), "accepted");
    await evaluate(sql);
    const alerts = await sql`select condition, resolved_at is not null as resolved from public.sync_alerts`;
    assertEquals([...alerts], [{ condition: "dispatch failed", resolved: true }]);
    await waitUntil("both messages", 30_000, () => Promise.resolve(messages.length >= 2));
    await idle(sql);
    assertEquals(messages, [
      `Applications sync of 127.0.0.1: ${REFUSED}`,
      "Applications sync of 127.0.0.1: resolved after 0 minutes: dispatch failed.",
    ]);
  });
});

withStack("a completed run of the schedule calls the heartbeat's URL, and what it answers is seen", async (sql) => {
  const calls: string[] = [];
  let status = 200;
  const receiver = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    calls.push(`${request.method} ${new URL(request.url).pathname}`);
    return new Response("OK", { status });
  });
  const tickAndCall = async () => {
    const before = calls.length;
    assertEquals(await dispatchAndWait(sql), "accepted");
    await idle(sql);
    await waitUntil("the call", 30_000, async () => {
      await evaluate(sql);
      return calls.length > before;
    });
  };
  const errorIs = (error: string | null) =>
    waitUntil("the answer", 30_000, async () => {
      await evaluate(sql);
      const [health] = await sql`select heartbeat_error from public.sync_health`;
      return health?.heartbeat_error === error;
    });
  await sql`select vault.create_secret(${`http://127.0.0.1:${receiver.addr.port}/ping-1234`}, 'heartbeat_url')`;
  try {
    status = 404;
    await tickAndCall();
    await errorIs("heartbeat_url answered 404");
    status = 200;
    await tickAndCall();
    await errorIs(null);
    assertEquals(calls, ["GET /ping-1234", "GET /ping-1234"]);
  } finally {
    await sql`delete from vault.secrets where name = 'heartbeat_url'`;
    await receiver.shutdown();
  }
});

withStack("cancel_sync() ends the sync that is running within seconds, and the next tick goes on", async (sql) => {
  await controlOcc({ latency: "2500" });
  assertEquals(await dispatchAndWait(sql), "accepted");
  await waitUntil("the first applications", 30_000, async () => {
    const [row] = await sql`select count(*)::int as count from public.sync_status where claimed_by is not null`;
    return row?.count > 0;
  });
  const [answer] = await sql`select cancel_sync() as says`;
  assertMatch(answer?.says, /^Sync \S+ ends within half a minute\./);
  const askedAt = Date.now();
  await idle(sql);
  assert(Date.now() - askedAt < 30_000, `it took ${Date.now() - askedAt} ms`);
  const [run] = await sql`select status, outcome from public.sync_runs order by started_at desc limit 1`;
  assertEquals(run?.status, "cancelled");
  assertMatch(run?.outcome, /^Cancelled by postgres at /);
  const [left] = await sql`
    select count(*) filter (where claimed_by is not null)::int as claimed, count(*) filter (where state <> 'synced')::int > 0 as waits
    from public.sync_status`;
  assertEquals(left, { claimed: 0, waits: true });

  await controlOcc({ latency: "0" });
  assertEquals(await dispatchAndWait(sql), "accepted");
  await waitUntil("the rest", 30_000, async () => {
    const [row] = await sql`select count(*)::int as count from public.sync_status where state <> 'synced'`;
    return row?.count === 0;
  });
  await idle(sql);
});

withStack("a webhook that fails, and one that cannot even be asked, silence nothing and are named", async (sql) => {
  const park = (id: string) =>
    sql`insert into public.sync_status (g3_application_number, state) values (${id}, 'parked')`;
  const state = async () => {
    await evaluate(sql);
    const alerts = await sql`
      select condition, post_error from public.sync_alerts where resolved_at is null order by condition`;
    return alerts.map(({ condition, post_error }) => `${condition}: ${post_error}`);
  };
  const setWebhook = (url: string) =>
    sql`select vault.update_secret(id, ${url}) from vault.secrets where name = 'alert_webhook_url'`;
  const tenMinutesLater = () => sql`update public.sync_alerts set told_at = told_at - interval '11 minutes'`;
  await withWebhook(sql, async (webhook) => {
    webhook.status = 503;
    await park("G3-1");
    await evaluate(sql);
    await waitUntil(
      "the webhook's answer",
      30_000,
      async () => (await state())[0]?.endsWith("The webhook answered 503"),
    );
    const [health] = await sql`select reason from public.sync_health`;
    assertMatch(health?.reason, /Alerts cannot be posted: The webhook answered 503\.$/);

    webhook.status = 200;
    await tenMinutesLater();
    await waitUntil("the second post", 30_000, async () => (await state())[0]?.endsWith("null"));
    assertEquals(webhook.messages.length, 2);

    // pg_net raises for a URL it cannot read, and its message quotes the URL.
    await sql`insert into public.sync_refusals (requests) values (25)`;
    for (
      const malformed of [
        "hook-1234",
        `${webhook.url}\n`,
        ` ${webhook.url}`,
        "hook-1234://127.0.0.1",
        "https:hook-1234",
      ]
    ) {
      await setWebhook(malformed);
      await tenMinutesLater();
      assertEquals(await state(), [
        "applications parked: null",
        "refused requests: pg_net does not take Vault's alert_webhook_url (XX000): is it a URL?",
      ]);
    }
    assertEquals(await dispatchAndWait(sql), "accepted");
    await idle(sql);

    await asAdmin("update vault.secrets set secret = 'garbage' where name = 'alert_webhook_url'");
    await tenMinutesLater();
    const refused = (await state()).find((line) => line.startsWith("refused"));
    assertMatch(refused ?? "", /^refused requests: Vault's alert_webhook_url cannot be read \(\w{5}\)$/);
    const kept = await sql`
      select a::text as text from public.sync_alerts as a union all select d::text from public.sync_dispatches as d
      union all select h::text from public.sync_health as h`;
    assertEquals(kept.filter(({ text }) => /hook-1234|https?:\/\/127/.test(text)), []);
  });
});

withStack(
  "a dispatch that Vault keeps from being sent leaves a row and a verdict, and what asked for it says so",
  async (sql) => {
    const [secret] = await sql`select decrypted_secret from vault.decrypted_secrets where name = 'cron_secret'`;
    try {
      await asAdmin("update vault.secrets set secret = 'garbage' where name = 'cron_secret'");
      await sql`select sovereign_sync.invoke_sync_applications()`;
      await evaluate(sql);
      const [health] = await sql`select verdict, last_dispatch_outcome, reason from public.sync_health`;
      assertEquals([health?.verdict, health?.last_dispatch_outcome], ["unhealthy", "not sent"]);
      assertMatch(
        health?.reason,
        /failed \(not sent\): Vault's cron_secret cannot be read \(\w{5}\): select sovereign_sync\.connect_sync\(cron_secret => /,
      );
      const [now] = await sql`select sync_now() as says`;
      assertMatch(now?.says, /^Cannot be sent: Vault's cron_secret cannot be read/);
      const [alert] = await sql`select condition from public.sync_alerts`;
      assertEquals(alert, { condition: "dispatch failed" });
    } finally {
      await sql`select sovereign_sync.connect_sync(cron_secret => ${secret?.decrypted_secret})`;
    }
    assertEquals(await dispatchAndWait(sql), "accepted");
    await idle(sql);
  },
);

withStack("a function that is down, and a dispatch without any answer, are seen", async (sql) => {
  await withSecret(sql, "project_url", "http://127.0.0.1:9", async () => {
    assertEquals(await dispatchAndWait(sql), "unreachable");
  });
  await sql`insert into sovereign_sync.dispatches (request_id, trigger, dispatched_at) values (-1, 'schedule', now() - interval '3 minutes')`;
  await evaluate(sql);
  const [health] = await sql`select verdict, last_dispatch_outcome from public.sync_health`;
  assertEquals(health, { verdict: "unhealthy", last_dispatch_outcome: "no response" });
});

withStack("pg_net's ids, given out anew after a crash, are not taken for an old dispatch", async (sql) => {
  await sql`
    insert into sovereign_sync.dispatches (request_id, trigger, dispatched_at)
    values (1000001, 'schedule', now() - interval '1 hour'), (-1, 'schedule', now())`;
  await sql`insert into net._http_response (id, status_code, created) values (1000001, 202, now())`;
  await evaluate(sql);
  const outcomes = await sql`select outcome from public.sync_dispatches order by id`;
  assertEquals(outcomes.map(({ outcome }) => outcome), ["no response", null]);
});

withStack("an answer that comes late, behind somebody else's slow requests, is still an answer", async (sql) => {
  await sql`
    insert into sovereign_sync.dispatches (request_id, trigger, dispatched_at)
    values (1000002, 'schedule', now() - interval '4 minutes')`;
  await evaluate(sql);
  const outcome = async () => (await sql`select outcome from public.sync_dispatches`)[0]?.outcome;
  assertEquals(await outcome(), "no response");
  await sql`insert into net._http_response (id, status_code, created) values (1000002, 202, now())`;
  await evaluate(sql);
  assertEquals(await outcome(), "accepted");
});

withStack("each condition opens one alert and resolves it", async (sql) => {
  const open = async () => {
    await evaluate(sql);
    await evaluate(sql);
    const rows = await sql`
      select condition from public.sync_alerts where resolved_at is null order by condition`;
    return rows.map(({ condition }) => condition);
  };
  assertEquals(await open(), []);
  await sql`update public.sync_settings set installed_at = now() - interval '20 minutes'`;
  await sql`
    insert into public.tblsovereignapplicationssynclog (since_date, status, trigger, sync_started_at, sync_completed_at)
    select '2026-01-01', 'failed', 'schedule', now(), now() from generate_series(1, 3)`;
  await sql`insert into public.sync_gaps (from_date, to_date) values ('2026-01-01', '2026-01-03')`;
  await sql`insert into sovereign_sync.dispatches (trigger, outcome) values ('schedule', 'unreachable')`;
  await sql`
    insert into public.tblsovereignapplicationssynclog
      (since_date, status, trigger, sync_completed_at, listed_at, changes_missed, error_details)
    values ('2026-01-01', 'completed', 'reconciliation', now(), now(), 3, '{"anomalies": ["wrong"]}')`;
  await sql`
    insert into public.sync_status (g3_application_number, state, stale_since)
    values ('G3-1', 'parked', now()), ('G3-2', 'failed', now() - interval '40 minutes')`;
  await sql`insert into public.sync_refusals (requests) values (25)`;
  const all = [
    "applications parked",
    "changes missed",
    "data quality",
    "dispatch failed",
    "failures in a row",
    "list too large",
    "no completed run",
    "refused requests",
    "stale applications",
  ];
  assertEquals(await open(), all);
  await sql`truncate sovereign_sync.status, sovereign_sync.unauthorized_requests, sovereign_sync.dispatches`;
  await sql`select accept_gap()`;
  await sql`delete from public.tblsovereignapplicationssynclog where trigger = 'reconciliation'`;
  await sql`
    insert into public.tblsovereignapplicationssynclog (since_date, status, trigger, sync_completed_at)
    values ('2026-01-01', 'completed', 'schedule', now())`;
  assertEquals(await open(), []);
  const [count] = await sql`select count(*)::int as count from public.sync_alerts`;
  assertEquals(count, { count: all.length });
});

withStack("pause_sync() stops the ticks, resume_sync() starts them, sync_now() works in between", async (sql) => {
  const [paused] = await sql`select pause_sync() as says`;
  assertMatch(paused?.says, /^Paused: ticks send nothing/);
  const [tick] = await sql`select sovereign_sync.invoke_sync_applications() as id`;
  assertEquals(tick, { id: null });
  const [health] = await sql`select verdict from public.sync_health`;
  assertEquals(health, { verdict: "paused" });
  const [now] = await sql`select sync_now('2026-01-01', true) as says`;
  assertMatch(now?.says, /^Requested \(dispatch \d+\) since 2026-01-01, whatever is current\./);
  await waitUntil("the manual run", 30_000, async () => {
    const [row] =
      await sql`select trigger, force, status from public.tblsovereignapplicationssynclog where status = 'completed'`;
    return row?.trigger === "manual" && row.force;
  });
  const [resumed] = await sql`select resume_sync() as says`;
  assertMatch(resumed?.says, /^Resumed/);
  await waitUntil("a run by schedule", 30_000, async () => {
    const [row] =
      await sql`select from public.tblsovereignapplicationssynclog where trigger = 'schedule' and status = 'completed'`;
    return row !== undefined;
  });
  const error = await assertRejects(() => sql`select sync_now('2999-01-01')`.then((rows) => rows));
  assertMatch(error.message, /^Cannot sync since 2999-01-01: it must not be in the future/);
});

withStack(
  "what fails for good is parked; retry() says what it did, and the next sync fetches it",
  async (sql) => {
    await controlOcc({ faults: "error=G3-100003+G3-100004" });
    const failures = (state: string) =>
      waitUntil(`two ${state} applications`, 30_000, async () => {
        const rows = await sql`select from public.sync_failures where state = ${state}`;
        return rows.length === 2;
      });
    await sql`select sync_now('2026-01-01')`;
    await failures("failed");
    await idle(sql);
    await sql`
    update public.sync_status set attempts = 7, failing_since = now() - interval '1 day', next_attempt_at = now()
    where state = 'failed'`;
    await sql`select sync_now('2026-01-01')`;
    await failures("parked");
    await idle(sql);
    const [run] = await sql`select outcome from public.sync_runs order by started_at desc limit 1`;
    assertEquals(run?.outcome, "0 synced, 2 parked");
    await controlOcc({ faults: "" });
    const preview = await sql`select application, state from retry_preview(everything => true)`;
    assertEquals([...preview], [
      { application: "G3-100003", state: "parked" },
      { application: "G3-100004", state: "parked" },
    ]);
    const [one] = await sql`select retry(array['G3-100003']) as says`;
    assertEquals(one?.says, "1 application is fetched by the next sync (1 parked).");
    const [cause] = await sql`select fingerprint, applications from public.sync_errors where is_happening`;
    assertEquals(cause?.applications, "1");
    const [rest] = await sql`select retry(fingerprint => ${cause?.fingerprint}) as says`;
    assertEquals(rest?.says, "1 application is fetched by the next sync (1 parked).");
    await sql`select sync_now()`;
    await waitUntil("both", 30_000, async () => {
      const rows = await sql`
      select from public.tblsovereignapplications where g3_application_number in ('G3-100003', 'G3-100004')`;
      return rows.length === 2;
    });
    await idle(sql);
  },
);

withStack("an application that was asked for by a wrong number can be dismissed", async (sql) => {
  const response = await fetch(stackEnv("FUNCTION_URL"), {
    method: "POST",
    headers: { authorization: `Bearer ${stackEnv("CRON_SECRET")}`, "content-type": "application/json" },
    body: JSON.stringify({ applications: ["G3-1000030"] }),
  });
  await response.body?.cancel();
  await idle(sql);
  await sql`update public.sync_status set state = 'parked' where g3_application_number = 'G3-1000030'`;
  await evaluate(sql);
  const open = () => sql`select condition from public.sync_alerts where resolved_at is null`;
  assertEquals([...await open()], [{ condition: "applications parked" }]);
  const [forgotten] = await sql`select forget_application('G3-1000030', 'a typing mistake') as says`;
  assertMatch(forgotten?.says, /^G3-1000030 is off the queue; it was parked, and never stored\./);
  await evaluate(sql);
  assertEquals([...await open()], []);
});

withStack("prune_sync_records() keeps the row the watermark rests on, and what is young", async (sql) => {
  await sql`
    insert into public.tblsovereignapplicationssynclog (since_date, status, sync_started_at, sync_completed_at, listed_at)
    select '2026-01-01', 'completed', now() - d * interval '1 day', now() - d * interval '1 day', now()
    from unnest(array[100, 120, 200]) as d`;
  await sql`
    insert into public.sync_alerts (condition, message, opened_at, resolved_at)
    values ('data quality', 'old', now() - interval '1 year', now() - interval '1 year'), ('data quality', 'open', now() - interval '1 year', null)`;
  await sql`select sovereign_sync.prune_sync_records()`;
  const rows =
    await sql`select (extract(epoch from now() - sync_started_at) / 86400)::int as days from public.tblsovereignapplicationssynclog`;
  assertEquals([...rows], [{ days: 100 }]);
  const alerts = await sql`select message from public.sync_alerts`;
  assertEquals([...alerts], [{ message: "open" }]);
});

withStack("the upkeep jobs are scheduled, each one call, and prune takes only our jobs' details", async (sql) => {
  const jobs = await sql`select jobname, schedule, command from cron.job order by jobname`;
  assertEquals(jobs.map(({ jobname }) => jobname), [
    "prune-sync-records",
    "reconcile-sync",
    "sync-applications",
    "watch-sync",
  ]);
  for (const { command } of jobs) assert(/^select sovereign_sync\.\w+\(\)$/.test(command), command);
  // Where it is three o'clock.
  await sql`
    update public.sync_settings set time_zone = (
      select z.name from pg_timezone_names as z
      where z.name like 'Etc/GMT%' and extract(hour from now() at time zone z.name) = 3 limit 1)`;
  await sql`select sovereign_sync.reconcile_sync()`;
  await waitUntil("the reconciliation", 30_000, async () => {
    const [row] =
      await sql`select outcome from public.sync_runs where trigger = 'reconciliation' and status = 'completed'`;
    return row && /^0 changes had been missed; 60 synced$/.test(row.outcome);
  });
  const [again] = await sql`select sovereign_sync.reconcile_sync() as id`;
  assertEquals(again, { id: null });
});
