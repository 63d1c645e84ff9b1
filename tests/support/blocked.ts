import { setTimeout as delay } from "node:timers/promises";
import type { Sql, TransactionSql } from "./database.ts";
import { waitUntil } from "./wait_until.ts";

/** The server process of a session. */
export async function pidOf(session: Sql | TransactionSql): Promise<number> {
  const [row] = await session`select pg_backend_pid() as pid`;
  return row?.pid;
}

async function countBlocked(sql: Sql, by: number): Promise<number> {
  const [row] = await sql`
    select count(*)::int as count from pg_catalog.pg_stat_activity as a where ${by} = any (pg_blocking_pids(a.pid))`;
  return row?.count;
}

/** Waits until a session waits for a lock that this one holds. */
export async function untilBlocked(sql: Sql, by: number): Promise<void> {
  await waitUntil(`a session that waits for a lock of ${by}`, 30_000, async () => await countBlocked(sql, by) > 0);
}

/**
 * Does the work.
 *
 * @throws when a session waits for a lock that this one holds meanwhile: it would wait for seconds, and be seen
 */
export async function neverBlocked<T>(sql: Sql, by: number, work: () => Promise<T>): Promise<T> {
  const ended = new AbortController();
  async function watch(): Promise<void> {
    while (!ended.signal.aborted) {
      if (await countBlocked(sql, by) > 0) throw new Error("A session waits for what is locked");
      await delay(25, undefined, { signal: ended.signal }).catch(() => {});
    }
  }
  const [result] = await Promise.all([work().finally(() => ended.abort()), watch()]);
  return result;
}
