import type { Sql } from "../../support/database.ts";
import type { Contender } from "./entry.ts";

/** All rows of a contender's schemas but its applications. */
export async function countRows(sql: Sql, { schemas, table }: Contender): Promise<number> {
  const tables = await sql<{ schema: string; name: string }[]>`
    select n.nspname as schema, c.relname as name
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname in ${sql(schemas)} and n.nspname || '.' || c.relname <> ${table}`;
  let rows = 0;
  for (const { schema, name } of tables) {
    const [row] = await sql`select count(*)::int as rows from ${sql(schema)}.${sql(name)}`;
    rows += row?.rows;
  }
  return rows;
}
