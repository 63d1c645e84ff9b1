import { setTimeout as delay } from "node:timers/promises";
import postgres from "postgres";
import { type NetRequest, sendRequest } from "./pg_net_request.ts";

export interface PgNetWorker {
  stop(): Promise<void>;
}

/** pg_net's own worker is started anew after as long. */
const RESTART_MS = 1000;

/**
 * Sends what the stand-in for pg_net queued, as pg_net's own worker does: woken by a commit, up to `pg_net.batch_size`
 * requests at once, each batch one transaction that ends with the slowest of them. Until then its requests stay visible
 * in the queue, none of its responses is, and nothing else is sent. Survives restarts of the database.
 */
export function startPgNetWorker(connectionUrl: string): PgNetWorker {
  const stopping = new AbortController();
  const done = run(connectionUrl, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

async function run(connectionUrl: string, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    try {
      await live(connectionUrl, stopping);
    } catch {
      // The database is away; unlogged, its queue is empty when it comes back.
      await delay(RESTART_MS, undefined, { signal: stopping }).catch(() => {});
    }
  }
}

/** From one start of the worker to its restart. What is queued already is sent without being woken for. */
async function live(connectionUrl: string, stopping: AbortSignal): Promise<void> {
  const sql = postgres(connectionUrl, {
    max: 1,
    onnotice: () => {},
    connect_timeout: 2,
    connection: { application_name: "pg_net stand-in" },
  });
  const calls = createCalls(stopping);
  try {
    await sql.listen("pg_net_wake", () => calls.wake(), () => calls.wake());
    await sql.listen("pg_net_restart", () => calls.restart());
    while (await calls.next()) {
      while (await sendBatch(sql, stopping)) { /* until nothing is left */ }
    }
  } finally {
    await sql.end({ timeout: 1 });
  }
}

interface Calls {
  wake(): void;
  restart(): void;
  /** Waits for a wake; false when the worker has to end. */
  next(): Promise<boolean>;
}

function createCalls(stopping: AbortSignal): Calls {
  let woken = true;
  let ended = stopping.aborted;
  let resume = () => {};
  const end = () => {
    ended = true;
    resume();
  };
  stopping.addEventListener("abort", end, { once: true });
  return {
    wake() {
      woken = true;
      resume();
    },
    restart: end,
    async next() {
      while (!woken && !ended) await new Promise<void>((resolve) => resume = resolve);
      woken = false;
      return !ended;
    },
  };
}

/** Whether there was anything to do. As pg_net does, it looks for what is too old only when there may be something to send. */
async function sendBatch(sql: postgres.Sql, stopping: AbortSignal): Promise<boolean> {
  return await sql.begin(async (sql) => {
    const limit = sql`current_setting('pg_net.batch_size')::integer`;
    const expired = await sql`
      delete from net._http_response where ctid in (
        select ctid from net._http_response where created < now() - current_setting('pg_net.ttl')::interval
        order by created limit ${limit}
      )`;
    const requests = await sql<(NetRequest & { id: string })[]>`
      delete from net.http_request_queue
      where id in (select id from net.http_request_queue order by id limit ${limit})
      returning id, method, url, body, timeout_milliseconds,
        array(select key || ': ' || value from jsonb_each_text(headers) where value is not null) as lines`;
    const responses = await Promise.all(
      requests.map(async ({ id, ...request }) => ({ id, ...await sendRequest(request, stopping) })),
    );
    if (responses.length > 0) await sql`insert into net._http_response ${sql(responses)}`;
    return expired.count > 0 || requests.length > 0;
  });
}
