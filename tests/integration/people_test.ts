import { assertEquals } from "../support/assert.ts";
import { letTimePass } from "../support/database.ts";
import { detail } from "../support/fake_applications.ts";
import { envelope } from "../support/fake_lambda.ts";
import { withHarness } from "../support/harness.ts";

// What people do to the tables, and what an operator then reads.

const CHANGED = "2026-01-16T10:00:00Z";
const SCHEDULE = { body: { trigger: "schedule" } };

withHarness("an application whose key is edited in Studio is fetched again", 3, async ({ call, sql, calls }) => {
  await call(SCHEDULE);
  await sql`
    update public.tblsovereignapplications set g3_application_number = 'G3-typo' where g3_application_number = 'G3-2'`;
  calls.length = 0;
  const body = await (await call(SCHEDULE)).json();
  assertEquals([body.upserted, calls.slice(1)], [1, ["G3-2"]]);
  const rows = await sql`select g3_application_number as id from public.tblsovereignapplications order by 1`;
  assertEquals(rows.map(({ id }) => id), ["G3-1", "G3-2", "G3-3", "G3-typo"]);
});

withHarness(
  "a row whose date was set forward in Studio is put right by the next change, and by force",
  3,
  async (harness) => {
    const { call, applications, sql } = harness;
    const saved = async () => {
      const [row] = await sql`
      select lastsaveddatetime as at from public.tblsovereignapplications where g3_application_number = 'G3-1'`;
      return row?.at.toISOString();
    };
    await call(SCHEDULE);
    for (const mend of [() => applications.set("G3-1", CHANGED), undefined]) {
      await sql`
      update public.tblsovereignapplications set lastsaveddatetime = '2031-01-01' where g3_application_number = 'G3-1'`;
      mend?.();
      await call(mend ? SCHEDULE : { body: { since: "2026-01-01", force: true } });
      assertEquals(await saved(), "2026-01-16T10:00:00.000Z");
    }
  },
);

withHarness("the first reconciliation of a new install has missed nothing", 40, async ({ call, applications, sql }) => {
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  [...applications.keys()].forEach((id, index) => applications.set(id, daysAgo(index)));
  const installed = new Map([...applications].slice(0, 6));
  const all = new Map(applications);
  // The first list is of 7 days.
  applications.clear();
  for (const [id, date] of installed) applications.set(id, date);
  await call(SCHEDULE);
  for (const [id, date] of all) applications.set(id, date);
  const body = await (await call({ body: { trigger: "reconciliation", since: daysAgo(50).slice(0, 10) } })).json();
  assertEquals(body.fetched, 34);
  const [run] = await sql`
    select changes_missed from public.tblsovereignapplicationssynclog where trigger = 'reconciliation'`;
  assertEquals(run, { changes_missed: 0 });
});

withHarness("days of an open gap are no missed changes", 2, async ({ call, applications, sql }) => {
  await call(SCHEDULE);
  await letTimePass(sql, "12 hours");
  const change = new Date(Date.now() - 3 * 86_400_000).toISOString();
  const day = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
  await sql`insert into public.sync_gaps (from_date, to_date) values (${day(6)}, ${day(1)})`;
  applications.set("G3-1", change);
  const body = await (await call({ body: { trigger: "reconciliation", since: day(6) } })).json();
  assertEquals(body.fetched, 1);
  const [run] = await sql`
    select changes_missed from public.tblsovereignapplicationssynclog where trigger = 'reconciliation'`;
  assertEquals(run, { changes_missed: 0 });
});

withHarness(
  "one poison application alone is no failure of a run",
  4,
  async ({ call, applications, faults, logRow }) => {
    await call(SCHEDULE);
    applications.set("G3-1", CHANGED);
    faults.set("G3-1", () => envelope("stack trace", 500));
    const body = await (await call(SCHEDULE)).json();
    assertEquals([body.success, body.message], [true, "Sync completed: synced 0 of 1 applications"]);
    assertEquals([(await logRow()).status, (await logRow()).occ], ["completed", "well"]);
  },
);

withHarness("one application that Postgres refuses alone is no failure of a run", 4, async (harness) => {
  const { call, applications, faults, logRow, sql } = harness;
  await call(SCHEDULE);
  await sql`
    alter table public.tblsovereignapplications
      add constraint no_poison check (1 / (appstatuscode is distinct from 'POISON')::int = 1)`;
  try {
    applications.set("G3-1", CHANGED);
    faults.set("G3-1", () => detail("G3-1", CHANGED, { appStatusCode: "POISON" }));
    const body = await (await call(SCHEDULE)).json();
    assertEquals([body.success, body.fetched, body.upserted, body.upsertFailed], [true, 1, 0, 1]);
    assertEquals((await logRow()).status, "completed");
  } finally {
    await sql`alter table public.tblsovereignapplications drop constraint no_poison`;
  }
});

withHarness("retry() of one application that fails again is no failure of a run", 4, async (harness) => {
  const { call, applications, faults, sql, logRow } = harness;
  await call(SCHEDULE);
  applications.set("G3-1", CHANGED);
  faults.set("G3-1", () => envelope("not found", 404));
  await call(SCHEDULE);
  await sql`
    update public.sync_status set state = 'parked', next_attempt_at = now() + interval '1 day'
    where g3_application_number = 'G3-1'`;
  await sql`select public.retry(array['G3-1'])`;
  const body = await (await call(SCHEDULE)).json();
  assertEquals([body.fetchFailed, (await logRow()).status], [1, "completed"]);
});

withHarness("batch and chunk size are the operator's", 25, async (harness) => {
  const { call, applications, faults, lines } = harness;
  let running = 0;
  let most = 0;
  let left = applications.size;
  let windowFull = Promise.withResolvers<void>();
  for (const id of applications.keys()) {
    faults.set(id, async () => {
      most = Math.max(most, ++running);
      const full = windowFull;
      if (--left === 0 || running === 4) {
        windowFull = Promise.withResolvers<void>();
        // In the next turn: what may start beside these has started then.
        setTimeout(full.resolve, 0);
      }
      await full.promise;
      running--;
      return detail(id, applications.get(id));
    });
  }
  assertEquals((await (await call(SCHEDULE)).json()).upserted, 25);
  assertEquals([most, lines.filter((line) => line.includes("Upserting chunk"))], [4, [
    "[syncApplicationsSince] Upserting chunk 1/3 (10 records)",
    "[syncApplicationsSince] Upserting chunk 2/3 (10 records)",
    "[syncApplicationsSince] Upserting chunk 3/3 (5 records)",
  ]]);
}, () => ({ batchSize: 4, chunkSize: 10 }));
