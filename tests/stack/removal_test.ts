import type postgres from "postgres";
import { assert, assertEquals, assertMatch, assertRejects } from "../support/assert.ts";
import { readCatalog } from "./read_catalog.ts";
import { QUOTED_TABLES } from "./vercel_tables.ts";
import { PROJECT, type Project, withProject } from "./with_project.ts";

const SNIPPET = Deno.readTextFileSync(`${PROJECT}/supabase/snippets/Remove everything.sql`);
const REMOVE = SNIPPET.replace(
  "yes_remove_everything constant boolean := false",
  (guard) => guard.replace("false", "true"),
);

/** A team's own things, some in a schema `private` with a function that has the name of one of ours. */
const NEIGHBOURS = `
  create schema private;
  create table private.notes (note text);
  create function private.is_operator() returns boolean language sql set search_path = '' as 'select true';
  create table public.notes (note text);
  create publication supabase_realtime for table public.notes`;

async function published(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql`select tablename from pg_publication_tables where pubname = 'supabase_realtime' order by 1`;
  return rows.map(({ tablename }) => tablename);
}

async function sync(sql: postgres.Sql): Promise<void> {
  await sql`
    insert into public.tblsovereignapplications (g3_application_number, applicationname, lastsaveddatetime)
    values ('G3-1', 'one', '2026-01-01'), ('G3-2', 'two', null) on conflict do nothing`;
  await sql`
    insert into public.tblsovereignapplicationssynclog (since_date, status, trigger, lease, heartbeat_at)
    values ('2026-01-02', 'running', 'schedule', gen_random_uuid(), now())`;
  await sql`
    insert into public.tblsovereignapplicationssynclog (since_date, status, trigger, listed_at, sync_completed_at)
    values ('2026-01-01', 'completed', 'schedule', now(), now())`;
}

/** The migration the stack's bootstrap fulfils, where the server lacks an extension, must stay recorded. */
async function remove({ sql }: Project): Promise<void> {
  const version = "20261101000000";
  const [recorded] =
    await sql`select name, statements from supabase_migrations.schema_migrations where version = ${version}`;
  await sql.unsafe(REMOVE);
  const left = await sql`select version from supabase_migrations.schema_migrations where version like '202611%'`;
  assertEquals([...left], []);
  await sql`insert into supabase_migrations.schema_migrations ${sql({ version, ...recorded })}`;
}

withProject(
  "what is removed leaves the data and what is others', and is installed again as it was",
  NEIGHBOURS,
  async (project) => {
    const { sql, push } = project;
    const before = await readCatalog(sql);
    await push();
    const installed = await readCatalog(sql);
    const live = ["notes", "status", "tblsovereignapplications", "tblsovereignapplicationssynclog"];
    assertEquals(await published(sql), live);
    await sync(sql);
    await sql`select vault.create_secret('https://hc.test/x', 'heartbeat_url')`;
    await sql`select vault.create_secret('https://hooks.test/x', 'alert_webhook_url'), vault.create_secret('x', 'theirs')`;
    await sql`insert into supabase_migrations.schema_migrations (version, name) values ('20250101000000', 'theirs')`;

    await remove(project);
    const removed = await readCatalog(sql);
    // A new job must be named in the block.
    const isData = (fact: string) =>
      /^((relation|column|constraint|policy) public\.tblsovereign|index .* ON public\.tblsovereign)/.test(fact);
    assertEquals(removed.filter((fact) => !before.includes(fact) && !isData(fact)), []);
    assertEquals(removed.filter((fact) => fact.startsWith("trigger")), []);
    assertEquals(before.filter((fact) => !removed.includes(fact)), []);
    assertEquals((await sql`select name from vault.secrets`).map(({ name }) => name), ["theirs"]);
    assertEquals((await sql`select from public.tblsovereignapplications`).length, 2);
    assertEquals(await published(sql), ["notes"]);
    // db push would not stand beside a migration it has no file of.
    const theirs = await sql`delete from supabase_migrations.schema_migrations where version = '20250101000000'`;
    assertEquals(theirs.count, 1);

    await remove(project);
    assertEquals(await readCatalog(sql), removed);

    await push();
    assertEquals(await readCatalog(sql), installed);
    assertEquals(await published(sql), live);
    const rows = await sql`
      select g3_application_number as id, applicationname as name from public.tblsovereignapplications order by 1`;
    assertEquals([...rows], [{ id: "G3-1", name: "one" }, { id: "G3-2", name: "two" }]);
    const log = await sql`
      select status, trigger, lease is null as free, moves_watermark as moves
      from public.tblsovereignapplicationssynclog order by since_date`;
    assertEquals([...log], [
      { status: "completed", trigger: "schedule", free: true, moves: false },
      { status: "failed", trigger: "schedule", free: true, moves: false },
    ]);
  },
);

withProject("the removal as it is in the repository takes nothing away", "", async ({ sql, push }) => {
  await push();
  const installed = await readCatalog(sql);
  const error = await assertRejects(() => sql.unsafe(SNIPPET));
  assertMatch(error.message, /^Nothing was removed: /);
  assertEquals(await readCatalog(sql), installed);
  assertEquals((await sql`select from vault.secrets`).length, 2);
});

withProject("a removal that cannot take something away takes nothing away", "", async (project) => {
  const { sql, push } = project;
  await push();
  await sql.unsafe(`
    create view public.report as select outcome from public.sync_runs;
    create function public.sync_it() returns text language sql return public.sync_now();
    create table public.notes (about text references sovereign_sync.status)`);
  const installed = await readCatalog(sql);
  const error = await assertRejects(() => sql.unsafe(REMOVE));
  assertMatch(
    error.message,
    /^Nothing was removed, because something else depends on the sync: notes, report, sync_it\(\)$/,
  );
  assertEquals(await readCatalog(sql), installed);
  assertEquals((await sql`select from vault.secrets`).length, 2);
});

withProject(
  "what was removed in part says so, and is installed once the rest is removed too",
  QUOTED_TABLES,
  async (project) => {
    const { sql, push } = project;
    await push();
    const installed = await readCatalog(sql);
    await sync(sql);
    await sql`drop schema sovereign_sync cascade`;
    await sql`delete from supabase_migrations.schema_migrations where version > '20261101000000'`;
    const error = await assertRejects(push);
    assertMatch(
      error.message,
      /sync_now\(date,boolean\): there already\. What a removed sync left goes with .*Remove everything\.sql/,
    );
    await remove(project);
    await push();
    assertEquals(await readCatalog(sql), installed);
    assertEquals((await sql`select from public.tblsovereignapplications`).length, 2);
    assert((await sql`select sovereign_sync.schedule_sync() as said`)[0]?.said.startsWith("Scheduled"));
  },
);
