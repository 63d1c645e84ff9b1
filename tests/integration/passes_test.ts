import { assert, assertEquals } from "../support/assert.ts";
import { createFakeClock } from "../support/fake_clock.ts";
import { withHarness } from "../support/harness.ts";
import { detail } from "../support/fake_applications.ts";
import { waitUntil } from "../support/wait_until.ts";

withHarness("a pass ends at its application budget, and the next one resumes the same row", 70, async (harness) => {
  const { call, logRow, sql } = harness;
  // The next pass is asked for through pg_net; here it is refused, so that the test can be it.
  const first = await (await call()).json();
  assertEquals([first.success, first.fetched, first.remaining], [true, 30, 40]);
  assertEquals(first.message, "Sync goes on in the next pass: synced 30 of 30 applications, 40 remaining");
  const open = await logRow();
  assertEquals([open.status, open.lease, open.passes, open.applications_upserted], ["running", null, 1, 30]);

  const next = { body: { trigger: "next_pass", syncLogId: first.syncLogId } };
  await call(next);
  const last = await (await call(next)).json();
  assertEquals([last.success, last.fetched, last.remaining, last.syncLogId], [true, 70, 0, first.syncLogId]);
  const closed = await logRow();
  assertEquals([closed.id, closed.status, closed.passes], [open.id, "completed", 3]);
  const [claims] = await sql`
    select max(attempts) as attempts from public.sync_status`;
  assertEquals(claims, { attempts: 0 });
}, () => ({ budget: { timeMs: 100_000, applications: 30 } }));

const passClock = createFakeClock(Date.now());
withHarness("a pass starts nothing after its time budget, and lets what is in flight finish", 60, async (harness) => {
  const { call, calls, faults, applications } = harness;
  let started = 0;
  const windowFull = Promise.withResolvers<void>();
  for (const id of applications.keys()) {
    faults.set(id, async () => {
      if (++started === 15) windowFull.resolve(passClock.advance(200));
      await windowFull.promise;
      return detail(id, applications.get(id));
    });
  }
  const body = await (await call()).json();
  assertEquals([calls.length - 1, body.fetched, body.fetchFailed, body.remaining], [15, 15, 0, 45]);
}, () => ({ clock: passClock, budget: { timeMs: 200, applications: 100_000 } }));

const shutdown = new AbortController();
withHarness("a worker that is shut down stores what it has and gives back the rest", 40, async (harness) => {
  const { call, faults, applications, sql, logRow } = harness;
  faults.set("G3-20", (signal) => {
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      shutdown.abort(new Error("the worker is shutting down"));
    });
  });
  const body = await (await call()).json();
  assert(body.fetched > 0 && body.fetched < 40, `${body.fetched} fetched`);
  assertEquals([body.fetched + body.remaining, body.fetchFailed], [applications.size, 0]);
  assertEquals([(await logRow()).status, (await logRow()).lease], ["running", null]);
  const [claims] = await sql`
    select max(attempts) as attempts, count(claimed_by)::int as claimed
    from public.sync_status`;
  assertEquals(claims, { attempts: 0, claimed: 0 });
}, () => ({ shutdown: shutdown.signal }));

withHarness(
  "a pass asks for the next one in the transaction that releases the run, also while paused",
  40,
  async (harness) => {
    const { call, sql } = harness;
    await sql`select public.pause_sync()`;
    await call();
    const dispatched = await sql`
      select d.trigger, d.run = l.id as of_the_run
      from public.sync_dispatches as d, public.tblsovereignapplicationssynclog as l`;
    assertEquals([...dispatched], [{ trigger: "next_pass", of_the_run: true }]);
    // Nobody answers it; it was sent all the same.
    await waitUntil("the request for the next pass", 30_000, async () => {
      const sent = await sql`
        select from sovereign_sync.dispatches as d
        where exists (select from net.http_request_queue as q where q.id = d.request_id)
          or exists (select from net._http_response as r where r.id = d.request_id)`;
      return sent.length === 1;
    });
  },
  () => ({ budget: { timeMs: 100_000, applications: 30 } }),
);

withHarness("the log row shows progress while the run is under way", 220, async (harness) => {
  const { call, faults, applications, logRow, background } = harness;
  const gate = Promise.withResolvers<void>();
  faults.set("G3-220", () => gate.promise.then(() => detail("G3-220", applications.get("G3-220"))));
  assertEquals((await call({ headers: { prefer: "return=minimal, respond-async" } })).status, 202);
  await waitUntil("the stored chunks", 30_000, async () => Number((await logRow()).applications_upserted) >= 200);
  assertEquals((await logRow()).applications_upserted, 200);
  assertEquals((await logRow()).status, "running");
  gate.resolve();
  await background();
  assertEquals([(await logRow()).status, (await logRow()).applications_upserted], ["completed", 220]);
});
