import { assert, assertEquals } from "../support/assert.ts";
import { connect } from "../support/database.ts";
import { findUnfilteredWrites } from "../support/find_unfiltered_writes.ts";

Deno.test("no function changes or deletes every row of a table, which hosted projects refuse over the API", async () => {
  const sql = connect();
  try {
    const functions = await sql`
      select p.oid::regprocedure::text as name, pg_get_functiondef(p.oid) as body
      from pg_proc as p
      where p.pronamespace in ('public'::regnamespace, 'sovereign_sync'::regnamespace) and p.prokind <> 'a'`;
    assert(functions.length >= 50);
    const refused = functions.flatMap(({ name, body }) =>
      findUnfilteredWrites(body).map((write) => `${name}: ${write} … without where`)
    );
    assertEquals(refused, []);
  } finally {
    await sql.end();
  }
});

Deno.test("findUnfilteredWrites() finds them in CTEs too, and takes no lock or comment for one", () => {
  const found = (body: string) => findUnfilteredWrites(body).length;
  assertEquals(found("delete from public.a;"), 1);
  assertEquals(found("update public.a set b = 1; delete from public.a where b;"), 1);
  assertEquals(found("update public.a as x set b = (select 1 where true);"), 1);
  assertEquals(found("with gone as (delete from public.a returning *) select * from gone where true;"), 1);
  assertEquals(found("with gone as (delete from public.a where b returning *) select 1;"), 0);
  assertEquals(found("update only public.a set b = 'where';"), 1);
  assertEquals(found("-- delete from public.a;\nselect 1 from public.a for update skip locked;"), 0);
  assertEquals(found("insert into public.a values (1) on conflict (b) do update set b = 2;"), 0);
  assertEquals(found("select ';' ; update public.a set b = ';' where c = ';';"), 0);
});
