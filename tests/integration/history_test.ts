import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { connect, type Sql } from "../support/database.ts";
import { detail } from "../support/fake_applications.ts";
import { envelope } from "../support/fake_lambda.ts";
import { withHarness } from "../support/harness.ts";

const CHANGED = "2026-01-16T10:00:00Z";
const SCHEDULE = { body: { trigger: "schedule" } };

async function changesOf(sql: Sql, id: string): Promise<unknown[]> {
  return [
    ...await sql`
    select attribute, old, new, run from public.sync_changes where application = ${id} order by id, attribute`,
  ];
}

withHarness("a change that OCC made is in the history, with the run that stored it", 3, async (harness) => {
  const { call, applications, faults, sql, logRow, calls } = harness;
  await call(SCHEDULE);
  assertEquals((await sql`select from sovereign_sync.changes`).length, 0);
  applications.set("G3-1", CHANGED);
  faults.set("G3-1", () => detail("G3-1", CHANGED, { appStatusCode: "SETT" }));
  const body = await (await call(SCHEDULE)).json();
  const run = (await logRow()).id;
  assertEquals([body.upserted, body.syncLogId], [1, run]);
  const changes = await changesOf(sql, "G3-1");
  assert(changes.every((change) => (change as { run: string }).run === run));
  const rows = await sql`
    select attribute, new from public.sync_changes where attribute in ('appStatusCode', 'lastSavedDateTime') order by 1`;
  assertEquals([...rows], [
    { attribute: "appStatusCode", new: "SETT" },
    { attribute: "lastSavedDateTime", new: "2026-01-16T10:00:00Z" },
  ]);
  // What is fetched again and found the same is no change.
  calls.length = 0;
  await call({ body: { since: "2026-01-01", force: true } });
  assertEquals(calls.length, 4);
  assertEquals(await changesOf(sql, "G3-1"), changes);
  assertEquals((await sql`select distinct application from sovereign_sync.changes`).length, 1);
});

withHarness("what somebody else changes is in the history without a run, also by supabase-js", 2, async (harness) => {
  const { call, database, sql } = harness;
  await call(SCHEDULE);
  const { error } = await database.from("tblSovereignApplications")
    .upsert(
      [{ G3_application_number: "G3-1", owner: "Somebody" }, { G3_application_number: "G3-9", owner: "Nobody" }],
      { onConflict: "G3_application_number" },
    );
  assertEquals(error, null);
  const { data } = await database.from("tblSovereignApplicationsChanges")
    .select("attribute, new, run").eq("G3_application_number", "G3-1");
  assertEquals(data, [{ attribute: "owner", new: "Somebody", run: null }]);
  assertEquals(await changesOf(sql, "G3-9"), []);
});

withHarness("a change and its history are there together, or neither is", 2, async ({ call, sql }) => {
  await call(SCHEDULE);
  const other = connect();
  try {
    const [held] = await sql`
      select owner, updated_at from public.tblsovereignapplications where g3_application_number = 'G3-1'`;
    // The server process dies after the update, before the commit.
    await assertRejects(() =>
      other.unsafe(`
        begin;
        update public.tblsovereignapplications set owner = 'Nobody' where g3_application_number = 'G3-1';
        select pg_terminate_backend(pg_backend_pid());
        commit`).then((rows) => rows)
    );
    const [row] = await sql`
      select owner, updated_at from public.tblsovereignapplications where g3_application_number = 'G3-1'`;
    assertEquals(row, held);
    assertEquals((await sql`select from sovereign_sync.changes`).length, 0);
  } finally {
    await other.end({ timeout: 1 });
  }
});

withHarness("a settlement that fails leaves no history", 2, async ({ call, applications, sql, faults }) => {
  await call(SCHEDULE);
  // Fails after the row is stored, in the same call.
  await sql`create function sovereign_sync.fail() returns trigger language plpgsql set search_path = '' as $$
    begin raise exception 'not today' using errcode = '23514'; end; $$`;
  await sql`create trigger fail before update of settled_last_saved on sovereign_sync.status
    for each row when (new.g3_application_number = 'G3-1' and new.synced_at = now()) execute function sovereign_sync.fail()`;
  try {
    applications.set("G3-1", CHANGED);
    faults.set("G3-1", () => detail("G3-1", CHANGED, { appStatusCode: "SETT" }));
    await call(SCHEDULE);
    assertEquals((await sql`select from sovereign_sync.changes`).length, 0);
    const [row] = await sql`
      select from public.tblsovereignapplications where g3_application_number = 'G3-1' and appstatuscode = 'SETT'`;
    assertEquals(row, undefined);
  } finally {
    await sql`drop trigger fail on sovereign_sync.status`;
    await sql`drop function sovereign_sync.fail()`;
  }
});

withHarness("what fails for one cause stands in one row, as long as it happens", 30, async (harness) => {
  const { call, applications, faults, sql } = harness;
  await call(SCHEDULE);
  for (const id of ["G3-1", "G3-2", "G3-3"]) {
    applications.set(id, CHANGED);
    faults.set(id, () => envelope("not found", 404));
  }
  await call(SCHEDULE);
  const errors = () =>
    sql`
    select fingerprint, is_happening, applications::integer, count::integer, examples from public.sync_errors`;
  const row = {
    fingerprint: "Cannot fetch application: OCC answered 404",
    applications: 3,
    is_happening: true,
    count: 3,
    examples: ["G3-1", "G3-2", "G3-3"],
  };
  assertEquals([...await errors()], [row]);
  faults.clear();
  await sql`select public.retry(everything => true)`;
  await call(SCHEDULE);
  assertEquals([...await errors()], [{ ...row, is_happening: false, applications: 0 }]);
});

withHarness("a locked row is a cause of its own", 2, async ({ call, applications, sql }) => {
  await call(SCHEDULE);
  applications.set("G3-1", CHANGED);
  await sql.begin(async (holder) => {
    await holder`select from public.tblsovereignapplications where g3_application_number = 'G3-1' for update`;
    await call(SCHEDULE);
  });
  const [row] = await sql`select fingerprint, examples from public.sync_errors`;
  assertEquals(row, {
    fingerprint: "Cannot upsert application: somebody holds its row locked",
    examples: ["G3-1"],
  });
});
