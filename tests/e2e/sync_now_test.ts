import { assertEquals, assertMatch } from "../support/assert.ts";
import type { Sql } from "../support/database.ts";
import { letTimePass } from "../support/database.ts";
import { controlOcc } from "../support/occ_control.ts";
import { waitUntil } from "../support/wait_until.ts";
import { withSecret, withStack } from "../support/with_stack.ts";

async function syncNow(sql: Sql, since?: string): Promise<string> {
  const [row] = since === undefined
    ? await sql`select sync_now() as says`
    : await sql`select sync_now(${since}) as says`;
  return row?.says;
}

const runs = (sql: Sql) =>
  sql`select trigger, status, since_date::text as since from public.sync_runs order by started_at`;

function runsUntil(sql: Sql, what: string, count: number, status: string) {
  return waitUntil(what, 30_000, async () => {
    const all = await runs(sql);
    return all.length === count && all.every((run) => run.status === status) && all;
  });
}

// Nothing runs sovereign_sync.watch_sync() here: the minute is not waited for.
withStack("sync_dispatches shows what became of a dispatch as soon as pg_net knows it", async (sql) => {
  const outcome = () =>
    waitUntil("the outcome", 30_000, async () => {
      const [row] = await sql`select outcome, status_code from public.sync_dispatches order by id desc limit 1`;
      return row?.outcome ? row : undefined;
    });
  assertMatch(await syncNow(sql), /^Requested \(dispatch \d+\) since the last sync\./);
  assertEquals(await outcome(), { outcome: "accepted", status_code: 202 });
  await runsUntil(sql, "the run's end", 1, "completed");
  assertEquals([...await sql`select outcome from sovereign_sync.dispatches`], [{ outcome: null }]);
  await sql`select sovereign_sync.watch_sync()`;
  assertEquals([...await sql`select outcome from sovereign_sync.dispatches`], [{ outcome: "accepted" }]);

  await withSecret(sql, "cron_secret", "not-the-functions-secret", async () => {
    await syncNow(sql, "2026-01-01");
    assertEquals(await outcome(), { outcome: "refused", status_code: 401 });
    const [health] = await sql`select verdict, last_dispatch_outcome from public.sync_health`;
    assertEquals(health, { verdict: "unhealthy", last_dispatch_outcome: "refused" });
  });
  await sql`delete from sovereign_sync.queued_sync`;
});

withStack("sync_now() while a sync runs waits for its end, and begins then, once", async (sql) => {
  await controlOcc({ latency: "2500" });
  await syncNow(sql, "2026-01-01");
  await waitUntil("the run", 30_000, async () => (await runs(sql)).length === 1);
  assertMatch(
    await syncNow(sql, "2026-02-01"),
    /^Sync \S+ is running\. The next one, since 2026-02-01, waits for its end/,
  );
  assertMatch(
    await syncNow(sql, "2026-03-01"),
    /^Sync \S+ is running\. The next one, since 2026-02-01, waits for its end/,
  );
  const [health] = await sql`select reason, waiting_since is not null as waits from public.sync_health`;
  assertEquals(health?.waits, true);
  assertMatch(health?.reason, /^A sync is running\. Another one, asked for at .* UTC, waits for its end\.$/);
  await controlOcc({ latency: "0" });
  const all = await runsUntil(sql, "both runs", 2, "completed");
  assertEquals(all.map(({ trigger, since }) => [trigger, since]), [["manual", "2026-01-01"], ["manual", "2026-02-01"]]);
  assertEquals([...await sql`select from sovereign_sync.queued_sync`], []);
});

withStack("what waits for a sync whose worker dies begins when that is found dead, also while paused", async (sql) => {
  await sql`
    insert into public.tblsovereignapplicationssynclog (since_date, status, trigger, lease, heartbeat_at)
    values ('2026-01-01', 'running', 'schedule', gen_random_uuid(), now())`;
  await sql`select pause_sync()`;
  assertMatch(await syncNow(sql, "2026-02-01"), /waits for its end and begins then\.$/);
  await sql`select sovereign_sync.watch_sync()`;
  assertEquals([...await sql`select from public.sync_dispatches`], []);
  await letTimePass(sql, "11 minutes");
  await sql`select sovereign_sync.watch_sync()`;
  await waitUntil("its run", 30_000, async () => {
    const [dead, next] = await runs(sql);
    return dead?.status === "failed" && next?.status === "completed" && next.since === "2026-02-01";
  });
});
