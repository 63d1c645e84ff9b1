import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { letTimePass, type Sql } from "../support/database.ts";
import { controlOcc } from "../support/occ_control.ts";
import { waitUntil } from "../support/wait_until.ts";
import { withStack } from "../support/with_stack.ts";

const ID = "G3-100002";

/** Runs an operator's statement, and waits until the sync it asked for has ended. */
async function operate(sql: Sql, statement: string): Promise<void> {
  const [before] = await sql`select count(*)::int as runs from public.sync_runs`;
  const [row] = await sql.unsafe(`select ${statement} as says`);
  assertMatch(row?.says, /^Requested /);
  await waitUntil(`the run of ${statement}`, 30_000, async () => {
    const [now] = await sql`
      select count(*)::int as runs, count(*) filter (where status = 'running')::int as running from public.sync_runs`;
    return now?.runs > before?.runs && now?.running === 0;
  });
}

const stateOf = async (sql: Sql) =>
  (await sql`select state from public.sync_status where g3_application_number = ${ID}`)[0]?.state;

const explained = async (sql: Sql) =>
  (await sql`select sentence from explain_application(${ID}) order by line`).map(({ sentence }) => sentence).join("\n");

withStack(
  "an application changes, fails, is retried, is gone at OCC and comes back; all of it can be told",
  async (sql) => {
    await operate(sql, "sync_now('2026-01-01')");
    assertEquals(await stateOf(sql), "synced");

    // It changes until its status does: what was, what is, and by which run.
    await waitUntil("another status", 90_000, async () => {
      await controlOcc({ touch: ID });
      await operate(sql, "sync_now()");
      const rows = await sql`select from sync_changes where application = ${ID} and attribute = 'appStatusCode'`;
      return rows.length > 0;
    });
    const [change] = await sql`
    select c.old <> c.new as differs, c.new = m.appstatuscode as is_stored, r.trigger
    from sync_changes as c
    join public.tblsovereignapplications as m on m.g3_application_number = c.application
    join sync_runs as r on r.id = c.run
    where c.application = ${ID} and c.attribute = 'appStatusCode'`;
    assertEquals(change, { differs: true, is_stored: true, trigger: "manual" });
    const times = await sql`select left_at is null as has_it from sync_time_in_status where application = ${ID}`;
    assertEquals(times.map((time) => time.has_it).toSorted(), [false, true]);

    // It fails: one cause, which a person has tried again.
    await controlOcc({ faults: `error=${ID}`, touch: ID });
    await operate(sql, "sync_now()");
    assertEquals(await stateOf(sql), "failed");
    assertMatch(await explained(sql), /select retry\(array\['G3-100002'\]\)/);
    const [cause] = await sql`select fingerprint, applications::int, examples from sync_errors where is_happening`;
    assertEquals([cause?.applications, cause?.examples], [1, [ID]]);
    assert(!cause?.fingerprint.includes(ID), cause?.fingerprint);
    await controlOcc({ faults: "" });
    await sql`select retry(fingerprint => ${cause?.fingerprint})`;
    await operate(sql, "sync_now()");
    assertEquals(await stateOf(sql), "synced");
    assertEquals((await sql`select from sync_errors where is_happening`).length, 0);

    // OCC deletes it: suspected at once, gone when OCC says so again ten minutes later, and stored all the same.
    await controlOcc({ remove: ID });
    await letTimePass(sql, "2 hours");
    await operate(sql, "reconcile('2026-01-01')");
    assertEquals(await stateOf(sql), "pending");
    await controlOcc({ touch: 3 });
    await letTimePass(sql, "11 minutes");
    await operate(sql, "sync_now()");
    assertEquals(await stateOf(sql), "gone");
    const [gone] = await sql`select application, stored_at is not null as is_stored from sync_gone`;
    assertEquals(gone, { application: ID, is_stored: true });
    assertEquals((await sql`select gone::int from sync_health`)[0]?.gone, 1);
    assertMatch(await explained(sql), /OCC has it no more/);
    assertEquals(
      (await sql`select from public.tblsovereignapplications where g3_application_number = ${ID}`).length,
      1,
    );

    // And has it again.
    await controlOcc({ restore: ID });
    await operate(sql, "sync_now('2026-01-01')");
    assertEquals(await stateOf(sql), "synced");
    assertEquals((await sql`select from sync_gone`).length, 0);

    const actions = await sql`select distinct action, role_name from sync_actions order by action`;
    assertEquals(actions.map(({ action, role_name }) => `${role_name} ${action}`), [
      "postgres reconcile",
      "postgres retry",
      "postgres sync_now",
    ]);
  },
);
