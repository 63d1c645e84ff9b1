import type postgres from "postgres";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { readCatalog } from "./read_catalog.ts";
import { diffDatabases, openDeclared } from "./schemas/diff_databases.ts";
import { readSchemas, type SchemaFile } from "./schemas/read_schemas.ts";
import { openProject } from "./with_project.ts";

/** Jobs are rows, which the schemas do not hold. */
async function catalogOf(sql: postgres.Sql): Promise<string[]> {
  return (await readCatalog(sql)).filter((fact) => !fact.startsWith("job "));
}

Deno.test("migrations and schemas make the same database: pg-delta finds no difference, and the catalogs are equal", async () => {
  const migrated = await openProject();
  const declared = await openDeclared();
  try {
    await migrated.push();
    assertEquals(await diffDatabases(migrated.url, declared.url), "");
    const catalog = await catalogOf(migrated.sql);
    assert(catalog.length > 700, `${catalog.length} facts`);
    assertEquals(catalog, await catalogOf(declared.sql));
  } finally {
    await Promise.all([migrated.close(), declared.close()]);
  }
});

Deno.test("every body that the installation does not check is valid once everything is there", async () => {
  const declared = await openDeclared();
  try {
    const functions = await declared.sql`
      select pg_get_functiondef(p.oid) as definition from pg_proc as p
      where p.pronamespace in ('public'::regnamespace, 'sovereign_sync'::regnamespace) and p.prosqlbody is null`;
    assert(functions.length > 150, `${functions.length} functions`);
    for (const { definition } of functions) await declared.sql.unsafe(definition);
  } finally {
    await declared.close();
  }
});

/** A change as it is made after a release: one of each kind of object. A new column comes last, as Postgres adds it. */
function change(files: SchemaFile[]): SchemaFile[] {
  const edits: Record<string, (text: string) => string> = {
    "10_tables/gaps.sql": (text) =>
      text.replace("  constraint closed_by_something", "  note text,\n  constraint closed_by_something")
        .concat("\ncreate index idx_gaps_closed on sovereign_sync.gaps (closed_at);\n"),
    "20_queue/rules.sql": (text) => text.replace("$$ select 8; $$", () => "$$ select 9; $$"),
    "30_runs/watermark.sql": (text) =>
      `${text}
create function sovereign_sync.forget_gaps() returns void language sql set search_path = ''
as $$ delete from sovereign_sync.gaps where closed_at is not null; $$;

comment on function sovereign_sync.forget_gaps() is 'Deletes the closed gaps.';
`,
    "70_reading/failures.sql": (text) =>
      text.replace("'Applications that could not", "'The applications that could not"),
    "90_grants.sql": (text) =>
      `${text}\ngrant execute on function sovereign_sync.forget_gaps to service_role;
grant delete on table sovereign_sync.gaps to service_role;\n`,
  };
  return files.map(({ path, text }) => ({ path, text: edits[path]?.(text) ?? text }));
}

Deno.test("what pg-delta writes of a change in the schemas makes of the installed database the declared one", async () => {
  const migrated = await openProject();
  const declared = await openDeclared(change(readSchemas()));
  try {
    await migrated.push();
    const diff = await diffDatabases(migrated.url, declared.url);
    assertMatch(diff, /forget_gaps/);
    await migrated.sql.begin((transaction) => transaction.unsafe(diff));
    assertEquals(await catalogOf(migrated.sql), await catalogOf(declared.sql));
    assertEquals(await diffDatabases(migrated.url, declared.url), "");
  } finally {
    await Promise.all([migrated.close(), declared.close()]);
  }
});
