import type { Sql } from "../support/database.ts";

/** Bytes of WAL that `work` brought about; the bench's server writes no full-page images, which depend on checkpoints. */
export async function walOf(sql: Sql, work: () => Promise<unknown>): Promise<number> {
  const before = await readWal(sql);
  await work();
  return await readWal(sql) - before;
}

async function readWal(sql: Sql): Promise<number> {
  const [row] = await sql<{ bytes: string }[]>`select pg_current_wal_insert_lsn() - '0/0' as bytes`;
  return Number(row?.bytes);
}
