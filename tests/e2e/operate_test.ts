import { assert, assertEquals, assertMatch, assertRejects } from "../support/assert.ts";
import type { Sql } from "../support/database.ts";
import { controlOcc } from "../support/occ_control.ts";
import { waitUntil } from "../support/wait_until.ts";
import { withSecret, withStack } from "../support/with_stack.ts";

/** What the job does every minute. */
const evaluate = (sql: Sql) => sql`select private.watch_sync()`;

async function dispatchAndWait(sql: Sql): Promise<string> {
  const [row] = await sql`select private.invoke_sync_applications() as id`;
  return await waitUntil("the dispatch's outcome", 10_000, async () => {
    await evaluate(sql);
    const [dispatch] = await sql`select outcome from public.sync_dispatches where request_id = ${row?.id}`;
    return dispatch?.outcome ?? undefined;
  });
}

async function idle(sql: Sql): Promise<void> {
  await waitUntil("the run's end", 20_000, async () => {
    const [row] =
      await sql`select count(*)::int as count from public.tblsovereignapplicationssynclog where status = 'running'`;
    return row?.count === 0;
  });
}

withStack("a wrong CRON_SECRET raises one alert and one message, and resolves with one after the fix", async (sql) => {
  const messages: string[] = [];
  const receiver = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    messages.push((await request.json()).text);
    return new Response("ok");
  });
  await sql`select vault.create_secret(${`http://127.0.0.1:${receiver.addr.port}/`}, 'alert_webhook_url')`;
  try {
    await withSecret(sql, "cron_secret", "wrong", async () => {
      assertEquals(await dispatchAndWait(sql), "refused");
      await evaluate(sql);
      await evaluate(sql);
      const [health] =
        await sql`select verdict, reason, last_dispatch_outcome, last_dispatch_status from public.sync_health`;
      assertEquals(health, {
        verdict: "unhealthy",
        reason: "The schedule does not reach the function: refused (401).",
        last_dispatch_outcome: "refused",
        last_dispatch_status: 401,
      });
    });
    assertEquals(await dispatchAndWait(sql), "accepted");
    await evaluate(sql);
    const alerts = await sql`select condition, resolved_at is not null as resolved from public.sync_alerts`;
    assertEquals([...alerts], [{ condition: "dispatch failed", resolved: true }]);
    await waitUntil("both messages", 5000, () => Promise.resolve(messages.length >= 2));
    await idle(sql);
    assertEquals(messages.length, 2, messages.join("\n"));
    assertEquals(messages[0], "Applications sync: The schedule does not reach the function: refused (401).");
    assertMatch(messages[1] ?? "", /^Applications sync: resolved after \d+ minutes: dispatch failed\.$/);
  } finally {
    await sql`delete from vault.secrets where name = 'alert_webhook_url'`;
    await receiver.shutdown();
  }
});

withStack("a function that is down, and a dispatch without any answer, are seen", async (sql) => {
  await withSecret(sql, "project_url", "http://127.0.0.1:9", async () => {
    assertEquals(await dispatchAndWait(sql), "unreachable");
  });
  await sql`insert into public.sync_dispatches (request_id, trigger, dispatched_at) values (-1, 'schedule', now() - interval '3 minutes')`;
  await evaluate(sql);
  const [health] = await sql`select verdict, last_dispatch_outcome from public.sync_health`;
  assertEquals(health, { verdict: "unhealthy", last_dispatch_outcome: "no response" });
});

withStack("pg_net's ids, given out anew after a crash, are not taken for an old dispatch", async (sql) => {
  await sql`insert into public.sync_dispatches (request_id, trigger, dispatched_at) values (1000001, 'schedule', now() - interval '1 hour')`;
  await sql`insert into net._http_response (id, status_code, created) values (1000001, 202, now())`;
  await evaluate(sql);
  const [dispatch] = await sql`select outcome from public.sync_dispatches`;
  assertEquals(dispatch, { outcome: "no response" });
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
    insert into public.tblsovereignapplicationssynclog (since_date, status, sync_started_at, sync_completed_at)
    select '2026-01-01', 'failed', now(), now() from generate_series(1, 3)`;
  await sql`
    insert into public.sync_status (g3_application_number, state, stale_since)
    values ('G3-1', 'parked', now()), ('G3-2', 'failed', now() - interval '40 minutes')`;
  await sql`insert into public.sync_refusals (requests) values (25)`;
  const all = [
    "applications parked",
    "failures in a row",
    "no completed run",
    "refused requests",
    "stale applications",
  ];
  assertEquals(await open(), all);
  await sql`truncate public.sync_status, public.sync_refusals`;
  await sql`
    insert into public.tblsovereignapplicationssynclog (since_date, status, sync_completed_at) values ('2026-01-01', 'completed', now())`;
  assertEquals(await open(), []);
  const [count] = await sql`select count(*)::int as count from public.sync_alerts`;
  assertEquals(count, { count: all.length });
});

withStack("pause_sync() stops the ticks, resume_sync() starts them, sync_now() works in between", async (sql) => {
  const [paused] = await sql`select pause_sync() as says`;
  assertMatch(paused?.says, /^Paused: ticks send nothing/);
  const [tick] = await sql`select private.invoke_sync_applications() as id`;
  assertEquals(tick, { id: null });
  const [health] = await sql`select verdict from public.sync_health`;
  assertEquals(health, { verdict: "paused" });
  const [now] = await sql`select sync_now('2026-01-01', true) as says`;
  assertMatch(now?.says, /^Requested \(dispatch \d+\) since 2026-01-01\./);
  await waitUntil("the manual run", 10_000, async () => {
    const [row] =
      await sql`select trigger, force, status from public.tblsovereignapplicationssynclog where status = 'completed'`;
    return row?.trigger === "manual" && row.force;
  });
  const [resumed] = await sql`select resume_sync() as says`;
  assertMatch(resumed?.says, /^Resumed/);
  await waitUntil("a run by schedule", 10_000, async () => {
    const [row] =
      await sql`select from public.tblsovereignapplicationssynclog where trigger = 'schedule' and status = 'completed'`;
    return row !== undefined;
  });
  const error = await assertRejects(() => sql`select sync_now('2999-01-01')`.then((rows) => rows));
  assertMatch(error.message, /since must not be in the future/);
});

withStack("retry_parked() says what it did, and the next sync fetches them", async (sql) => {
  await controlOcc({ faults: "not-found=G3-100003+G3-100004" });
  await sql`select sync_now('2026-01-01')`;
  await waitUntil("parked applications", 10_000, async () => {
    const rows = await sql`select from public.sync_failures where state = 'parked'`;
    return rows.length === 2;
  });
  await idle(sql);
  await controlOcc({ faults: "" });
  const [one] = await sql`select retry_parked(array['G3-100003', 'G3-9']) as says`;
  assertEquals(one?.says, "1 application is no longer parked; the next sync fetches it. Not parked: G3-9.");
  const [rest] = await sql`select retry_parked() as says`;
  assertEquals(rest?.says, "1 application is no longer parked; the next sync fetches it.");
  const [none] = await sql`select retry_parked() as says`;
  assertEquals(none?.says, "Nothing is parked.");
  await sql`select sync_now()`;
  await waitUntil("both", 10_000, async () => {
    const rows = await sql`
      select from public.tblsovereignapplications where g3_application_number in ('G3-100003', 'G3-100004')`;
    return rows.length === 2;
  });
  await idle(sql);
});

withStack("prune_sync_records() keeps the row the watermark rests on, and what is young", async (sql) => {
  await sql`
    insert into public.tblsovereignapplicationssynclog (since_date, status, sync_started_at, sync_completed_at, listed_at)
    select '2026-01-01', 'completed', now() - d * interval '1 day', now() - d * interval '1 day', now()
    from unnest(array[100, 120, 200]) as d`;
  await sql`
    insert into public.sync_alerts (condition, message, opened_at, resolved_at)
    values ('data quality', 'old', now() - interval '1 year', now() - interval '1 year'), ('data quality', 'open', now() - interval '1 year', null)`;
  await sql`select private.prune_sync_records()`;
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
  for (const { command } of jobs) assert(/^select private\.\w+\(\)$/.test(command), command);
  await sql`select private.reconcile_sync()`;
  await waitUntil("the reconciliation", 10_000, async () => {
    const [row] =
      await sql`select outcome from public.sync_runs where trigger = 'reconciliation' and status = 'completed'`;
    return row?.outcome === "0 changes had been missed";
  });
  const [again] = await sql`select private.reconcile_sync() as id`;
  assertEquals(again, { id: null });
});
