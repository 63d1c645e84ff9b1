import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { letTimePass, type Sql } from "../support/database.ts";
import { detail } from "../support/fake_applications.ts";
import { createFakeClock } from "../support/fake_clock.ts";
import { envelope } from "../support/fake_lambda.ts";
import { type Harness, withHarness } from "../support/harness.ts";
import { waitUntil } from "../support/wait_until.ts";
import { DatabaseError } from "../../supabase/functions/sync-applications/database/database_error.ts";
import { openSyncRun, type SyncRun } from "../../supabase/functions/sync-applications/database/sync_run.ts";

const REASON = /^Cancelled by postgres at \d{4}-\d\d-\d\d \d\d:\d\d UTC; what it left goes on in the next run$/;

async function cancel(sql: Sql): Promise<string> {
  const [row] = await sql`select public.cancel_sync() as result`;
  return row?.result;
}

async function claims(sql: Sql): Promise<number> {
  const [row] = await sql`select count(*)::int as count from public.sync_status where claimed_by is not null`;
  return row?.count;
}

async function assertCancelled({ sql }: Harness, id: string): Promise<void> {
  const [row] = await sql`
    select l.status, l.lease, l.error_details ->> 'reason' as reason, r.status as shown
    from public.tblsovereignapplicationssynclog as l join public.sync_runs as r using (id) where l.id = ${id}`;
  assertEquals([row?.status, row?.lease, row?.shown], ["failed", null, "cancelled"]);
  assert(REASON.test(row?.reason), row?.reason);
  assertEquals(await claims(sql), 0);
}

/** A run of the schedule whose worker shows no sign of life by itself. */
function openRun({ dependencies: { database } }: Harness, clock = createFakeClock()): Promise<SyncRun> {
  return openSyncRun(database, clock, {
    sinceDate: "2026-01-01",
    force: false,
    movesWatermark: true,
    trigger: "schedule",
  });
}

function enqueueAll(run: SyncRun, { applications }: Harness): Promise<number> {
  const listed = [...applications].map(([id, lastSavedDateTime]) => ({ id, attributes: { lastSavedDateTime } }));
  return run.enqueue(listed, { part: 0, since: run.sinceDate, complete: true });
}

withHarness("a sync that is cancelled while it lists ends, and its watermark stays", 3, async (harness) => {
  const { call, sql, faults, calls } = harness;
  faults.set("list", async () => {
    assert((await cancel(sql)).includes("ends within half a minute"));
    return envelope([...harness.applications].map(([id, lastSavedDateTime]) => ({
      id,
      attributes: { lastSavedDateTime },
    })));
  });
  const response = await call();
  const body = await response.json();
  assertEquals([response.status, body.success, body.fetched], [409, false, 0]);
  assert(body.message.startsWith("Cancelled by postgres at "), body.message);
  await assertCancelled(harness, body.syncLogId);
  assertEquals(calls.filter((call) => !call.startsWith("list")), []);
  const [watermark] = await sql`select last_sync_date from public.read_watermark()`;
  assertEquals(watermark?.last_sync_date, null);
  faults.clear();
  assertEquals((await (await call()).json()).fetched, 3);
});

withHarness("a sync that is cancelled while it fetches gives back what is in flight", 60, async (harness) => {
  const { call, sql, faults, applications, calls, logRow } = harness;
  // Not answered before the run has ended: an abort is what lets it.
  const gate = Promise.withResolvers<void>();
  for (const id of ["G3-2", "G3-3"]) {
    faults.set(id, () => gate.promise.then(() => detail(id, applications.get(id))));
  }
  faults.set("G3-1", async () => {
    await cancel(sql);
    assert((await cancel(sql)).includes("is being cancelled already"));
    return detail("G3-1", applications.get("G3-1"));
  });
  const answer = call();
  try {
    await waitUntil("the run's end", 30_000, async () => (await logRow().catch(() => undefined))?.status === "failed");
  } finally {
    gate.resolve();
  }
  const response = await answer;
  const body = await response.json();
  assertEquals([response.status, body.success, body.found, body.fetchFailed], [409, false, 60, 0]);
  await assertCancelled(harness, body.syncLogId);
  const [failed] = await sql`select count(*)::int as count from public.sync_status where attempts > 0 or lapses > 0`;
  assertEquals(failed, { count: 0 });
  // Its list is durable: the watermark may have moved.
  const [watermark] = await sql`select last_sync_date is not null as moved from public.read_watermark()`;
  assertEquals(watermark, { moved: true });

  faults.clear();
  const before = calls.filter((call) => !call.startsWith("list")).length;
  const next = await (await call()).json();
  assertEquals([next.success, next.remaining], [true, 0]);
  const [stored] = await sql`select count(*)::int as count from public.tblsovereignapplications`;
  assertEquals(stored, { count: 60 });
  assert(before < 60, `${before} were fetched before the run ended`);
});

withHarness("a pass that waits for OCC hears of the cancellation at its next sign of life", 1, async (harness) => {
  const clock = createFakeClock();
  const run = await openRun(harness, clock);
  await cancel(harness.sql);
  await clock.advance(15_000);
  await waitUntil("the abort", 30_000, () => Promise.resolve(run.lost.aborted));
  assert(run.lost.reason instanceof DatabaseError && run.lost.reason.cancelled);
});

withHarness("a cancelled run takes no write but its end, which hands nothing over", 40, async (harness) => {
  const { sql } = harness;
  const run = await openRun(harness);
  await enqueueAll(run, harness);
  await run.claim(30);
  await cancel(sql);
  await assertRejects(() => run.claim(1), DatabaseError, "the run is cancelled");
  await assertRejects(() => run.settle([], []), DatabaseError, "the run is cancelled");
  await assertRejects(() => run.chooseCanaries(), DatabaseError, "the run is cancelled");
  const end = { handOver: true, warnings: [], anomalies: [] };
  const finished = await run.finish(end);
  assertEquals([finished.status, REASON.test(finished.cancelled)], ["failed", true]);
  // Its answer was lost.
  assertEquals((await run.finish(end)).cancelled, finished.cancelled);
  await assertCancelled(harness, run.id);
  const [dispatched] = await sql`select count(*)::int as count from public.sync_dispatches`;
  assertEquals(dispatched, { count: 0 });
});

withHarness("a sync that is cancelled between two passes ends at once", 70, async (harness) => {
  const { call, sql } = harness;
  const { syncLogId } = await (await call()).json();
  assert((await cancel(sql)).includes("is cancelled."));
  await assertCancelled(harness, syncLogId);
  const next = await call({ body: { trigger: "next_pass", syncLogId } });
  assertEquals(next.status, 409);
  // The next tick goes on with what it left.
  assertEquals((await (await call()).json()).fetched, 30);
}, () => ({ budget: { timeMs: 100_000, applications: 30 } }));

withHarness("a sync whose worker has died is cancelled at once", 5, async (harness) => {
  const { call, sql } = harness;
  const run = await openRun(harness);
  await enqueueAll(run, harness);
  await run.claim(5);
  await letTimePass(sql, "2 minutes");
  assert((await cancel(sql)).includes("is cancelled."));
  await assertCancelled(harness, run.id);
  assertEquals((await (await call()).json()).fetched, 5);
});

withHarness("a worker that dies before it hears of the cancellation leaves a cancelled run", 5, async (harness) => {
  const { call, sql } = harness;
  const dies = async () => {
    const run = await openRun(harness);
    await enqueueAll(run, harness);
    await run.claim(5);
    await cancel(sql);
    await letTimePass(sql, "2 minutes");
    return run.id;
  };
  const first = await dies();
  // Its own next pass does not go on with it.
  assertEquals((await call({ body: { trigger: "next_pass", syncLogId: first } })).status, 409);
  await assertCancelled(harness, first);
  const second = await dies();
  assertEquals((await (await call()).json()).fetched, 5);
  await assertCancelled(harness, second);
});

withHarness("a cancelled run whose worker died does not go on: OCC is asked for nothing more", 2, async (harness) => {
  const { call, calls, sql, logRow } = harness;
  const run = await openRun(harness);
  await cancel(sql);
  await letTimePass(sql, "2 minutes");
  // The dispatch that made this pass arrives once more.
  const next = await call({ body: { trigger: "next_pass", syncLogId: run.id } });
  assertEquals([next.status, (await next.json()).message], [409, `Cannot go on with sync ${run.id}: it has ended`]);
  assertEquals([calls.length, (await logRow()).passes], [0, 1]);
  await assertCancelled(harness, run.id);
});

withHarness("cancel_sync() changes nothing when no sync is running", 2, async (harness) => {
  const { call, sql, logRow } = harness;
  assertEquals(await cancel(sql), "No sync is running.");
  await call();
  const before = await logRow();
  assertEquals(await cancel(sql), "No sync is running.");
  assertEquals(await logRow(), before);
});

withHarness("service_role cancels through the Data API, and is named", 40, async (harness) => {
  const run = await openRun(harness);
  const { data, error } = await harness.database.rpc("cancel_sync");
  assertEquals([error, data?.includes("ends within half a minute")], [null, true]);
  const row = await harness.logRow();
  assertEquals([row.cancelled_by, row.status, row.id], ["service_role", "running", run.id]);
  const [action] = await harness.sql`select role_name, result from public.sync_actions order by id desc limit 1`;
  assertEquals(action, { role_name: "service_role", result: data });
});
