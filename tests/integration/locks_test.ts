import { assert, assertEquals } from "../support/assert.ts";
import { neverBlocked, pidOf, untilBlocked } from "../support/blocked.ts";
import { letTimePass, type Sql, type TransactionSql } from "../support/database.ts";
import { detail } from "../support/fake_applications.ts";
import { envelope } from "../support/fake_lambda.ts";
import { withHarness } from "../support/harness.ts";

// A row that somebody else holds locked, in Studio say, is skipped and not waited for.

const CHANGED = "2026-01-16T10:00:00Z";
const SCHEDULE = { body: { trigger: "schedule" } };
const LOCKED = "Cannot upsert application G3-2: somebody holds its row locked";

/** Does the work while another session's transaction holds what it locks. The work must not wait for that. */
async function whileLocked(sql: Sql, lock: (other: TransactionSql) => PromiseLike<unknown>, work: () => Promise<void>) {
  await sql.begin(async (other) => {
    await lock(other);
    await neverBlocked(sql, await pidOf(other), work);
  });
}

const lockRow = (other: TransactionSql) =>
  other`select from public.tblsovereignapplications where g3_application_number = 'G3-2' for update`;
const lockStatus = (other: TransactionSql) =>
  other`select from public.sync_status where g3_application_number = 'G3-2' for update`;

withHarness("of a chunk with a locked row the others are stored, and that one fails as locked", 40, async (harness) => {
  const { call, applications, sql, logRow } = harness;
  await call();
  for (const id of applications.keys()) applications.set(id, CHANGED);
  await whileLocked(sql, lockRow, async () => {
    const body = await (await call()).json();
    assertEquals([body.success, body.fetched, body.upserted, body.upsertFailed, body.fetchFailed], [
      true,
      40,
      39,
      1,
      0,
    ]);
    assertEquals(body.errors, [{ id: "G3-2", error: LOCKED }]);
  });
  const row = await logRow();
  assertEquals([row.status, row.applications_fetched, row.applications_upserted, row.upsert_failures], [
    "completed",
    40,
    39,
    1,
  ]);
  const [status] = await sql`
    select state, attempts, last_error, next_attempt_at > now() as later from public.sync_status
    where g3_application_number = 'G3-2'`;
  assertEquals(status, { state: "failed", attempts: 1, last_error: LOCKED, later: true });
  await letTimePass(sql, "2 minutes");
  assertEquals((await (await call()).json()).upserted, 1);
});

withHarness("a lock never parks an application, and one that was asked for stays asked for", 3, async (harness) => {
  const { call, applications, sql, database } = harness;
  await call();
  applications.set("G3-2", CHANGED);
  await database.rpc("request_applications", { ids: ["G3-2"] });
  await whileLocked(sql, lockRow, async () => {
    for (let attempt = 1; attempt <= 10; attempt++) {
      assertEquals((await (await call(SCHEDULE)).json()).upsertFailed, 1);
      const [status] = await sql`
        select state, attempts, requested_at is not null as asked from public.sync_status
        where g3_application_number = 'G3-2'`;
      assertEquals(status, { state: "failed", attempts: attempt, asked: true });
      await sql`update public.sync_status set next_attempt_at = next_attempt_at - interval '1 day'
        where g3_application_number = 'G3-2'`;
    }
  });
  assertEquals((await (await call(SCHEDULE)).json()).upserted, 1);
});

withHarness("a status row that is locked is claimed by nobody, and the others are", 5, async (harness) => {
  const { call, applications, sql, logRow, calls } = harness;
  await call();
  for (const id of applications.keys()) applications.set(id, CHANGED);
  calls.length = 0;
  await whileLocked(sql, lockStatus, async () => {
    const body = await (await call()).json();
    assertEquals([body.success, body.upserted], [true, 4]);
  });
  assertEquals([(await logRow()).status, calls.includes("G3-2")], ["completed", false]);
});

withHarness("a status row that is locked while in flight leaves its answer, and the pass ends", 5, async (harness) => {
  const { call, applications, faults, sql, logRow } = harness;
  await call();
  for (const id of applications.keys()) applications.set(id, CHANGED);
  const locked = Promise.withResolvers<number>();
  const release = Promise.withResolvers<void>();
  let holding: Promise<unknown> = Promise.resolve();
  faults.set("G3-2", async () => {
    holding = sql.begin(async (other) => {
      await lockStatus(other);
      locked.resolve(await pidOf(other));
      await release.promise;
    });
    await locked.promise;
    return detail("G3-2", CHANGED);
  });
  const answered = call();
  const holder = await Promise.race([locked.promise, answered.then(() => undefined)]);
  assert(holder !== undefined, "G3-2 was not fetched");
  const body = await (await neverBlocked(sql, holder, () => answered)).json();
  assertEquals([body.success, body.fetched, body.upserted], [true, 4, 4]);
  assertEquals((await logRow()).status, "completed");
  release.resolve();
  await holding;
  // Its claim is void; the next run fetches it.
  faults.clear();
  assertEquals((await (await call()).json()).upserted, 1);
});

withHarness("a failure, a canary and a claim whose status is locked hold up no end of a pass", 8, async (harness) => {
  const { call, applications, faults, sql, logRow } = harness;
  await call(SCHEDULE);
  applications.set("G3-1", CHANGED);
  for (const id of applications.keys()) faults.set(id, () => envelope("down", 503));
  await whileLocked(
    sql,
    (other) => other`select from public.sync_status where g3_application_number <> 'G3-1' for update`,
    async () => {
      assertEquals((await (await call(SCHEDULE)).json()).success, false);
    },
  );
  assertEquals([(await logRow()).status, (await logRow()).occ], ["failed", "unwell"]);
  const [marked] = await sql`select count(no_canary_until)::int as count from public.sync_status`;
  assertEquals(marked, { count: 0 });
});

withHarness("a request whose status is locked makes no pass after another", 3, async (harness) => {
  const { call, sql, database } = harness;
  await call();
  await database.rpc("request_applications", { ids: ["G3-2"] });
  await whileLocked(sql, lockStatus, async () => {
    const body = await (await call()).json();
    assertEquals([body.success, body.fetched], [true, 0]);
  });
  assertEquals((await harness.logRow()).status, "completed");
});

withHarness(
  "a row that somebody is inserting is waited for no longer than the lock timeout allows",
  3,
  async (harness) => {
    const { call, sql, logRow } = harness;
    await sql.begin(async (other) => {
      await other`insert into public.tblsovereignapplications (g3_application_number) values ('G3-2')`;
      const started = call({ headers: { prefer: "respond-async" } });
      assertEquals((await started).status, 202);
      await untilBlocked(sql, await pidOf(other));
    });
    await harness.background();
    assertEquals([(await logRow()).status, (await logRow()).applications_upserted], ["completed", 3]);
  },
);
