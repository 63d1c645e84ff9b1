import type postgres from "postgres";

/** What a database holds: by table the rows, each a JSON object; and beside the tables the secrets and the jobs. */
export type Holdings = Map<string, Record<string, unknown>[]>;

/** All rows of our tables, Vault's secrets, and the jobs. */
export async function readHoldings(sql: postgres.Sql): Promise<Holdings> {
  const tables = await sql`
    select format('%I.%I', n.nspname, c.relname) as name
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname in ('public', 'sovereign_sync') and c.relkind in ('r', 'p') order by 1`;
  const holdings: Holdings = new Map();
  const read = async (name: string, query: string) => {
    const rows = await sql.unsafe(query);
    holdings.set(name, rows.map(({ row }) => row));
  };
  for (const { name } of tables) await read(name, `select to_jsonb(t) as row from ${name} as t`);
  await read(
    "Vault",
    "select jsonb_build_object('name', name, 'secret', decrypted_secret) as row from vault.decrypted_secrets",
  );
  await read("jobs", "select jsonb_build_object('name', jobname, 'active', active) as row from cron.job");
  return holdings;
}

/** What was there and is no more, one line a table: a column, or rows of which none has the same values. */
export function findLosses(before: Holdings, after: Holdings): string[] {
  const losses: string[] = [];
  for (const [name, rows] of before) {
    const there = after.get(name);
    if (!there) {
      losses.push(`${name} is gone`);
      continue;
    }
    const columns = Object.keys(rows[0] ?? {});
    const kept = columns.filter((column) => there.every((row) => column in row));
    losses.push(...columns.filter((column) => !kept.includes(column)).map((column) => `${name}.${column} is gone`));
    const toText = (row: Record<string, unknown>) => JSON.stringify(kept.map((column) => row[column]));
    const left = there.map(toText);
    const missing = rows.filter((row) => {
      const place = left.indexOf(toText(row));
      if (place >= 0) left.splice(place, 1);
      return place < 0;
    });
    if (missing.length > 0) losses.push(`${name}: ${missing.length} of ${rows.length} rows are gone or changed`);
  }
  return losses;
}
