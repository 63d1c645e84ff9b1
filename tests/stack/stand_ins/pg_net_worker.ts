import { setTimeout as delay } from "node:timers/promises";
import postgres from "postgres";

export interface PgNetWorker {
  stop(): Promise<void>;
}

interface QueuedRequest {
  id: string;
  method: string;
  url: string;
  headers: Record<string, string | null> | null;
  body: Uint8Array<ArrayBuffer> | null;
  timeout_milliseconds: number;
}

const BATCH = 200;
const POLL_MS = 50;
const CLEAN_UP_MS = 60_000;

/**
 * Sends what the stand-in for pg_net queued, as pg_net's own worker does: committed requests only, up to 200 at once,
 * and no more before the slowest of them has ended. Survives restarts of the database.
 */
export function startPgNetWorker(connectionUrl: string): PgNetWorker {
  const sql = postgres(connectionUrl, { max: 1, onnotice: () => {}, connect_timeout: 2 });
  const stopping = new AbortController();
  const done = run(sql, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await done;
      await sql.end({ timeout: 1 });
    },
  };
}

async function run(sql: postgres.Sql, stopping: AbortSignal): Promise<void> {
  let cleanedUp = 0;
  while (!stopping.aborted) {
    let busy = false;
    try {
      busy = await sendBatch(sql, stopping);
      if (Date.now() - cleanedUp > CLEAN_UP_MS) {
        await sql`delete from net._http_response where created < now() - interval '6 hours'`;
        cleanedUp = Date.now();
      }
    } catch {
      // The database is away; unlogged, its queue is empty when it comes back.
    }
    if (!busy && !stopping.aborted) await delay(POLL_MS);
  }
}

async function sendBatch(sql: postgres.Sql, stopping: AbortSignal): Promise<boolean> {
  const requests = await sql<QueuedRequest[]>`
    delete from net.http_request_queue
    where id in (select id from net.http_request_queue order by id limit ${BATCH})
    returning id, method, url, headers, body, timeout_milliseconds`;
  if (requests.length === 0) return false;
  const responses = await Promise.all(requests.map((request) => send(request, stopping)));
  if (stopping.aborted) return false;
  await sql`insert into net._http_response ${sql(responses)}`;
  return true;
}

async function send(request: QueuedRequest, stopping: AbortSignal) {
  const { id, method, url, body, timeout_milliseconds: timeout } = request;
  const headers = new Headers({ "user-agent": "pg_net" });
  for (const [name, value] of Object.entries(request.headers ?? {})) if (value !== null) headers.set(name, value);
  const nothing = { status_code: null, content_type: null, headers: null, content: null };
  try {
    const signal = AbortSignal.any([AbortSignal.timeout(timeout), stopping]);
    const response = await fetch(url, { method: method.toUpperCase(), headers, body, signal });
    return {
      id,
      status_code: response.status,
      content_type: response.headers.get("content-type"),
      headers: Object.fromEntries(response.headers),
      content: (await response.text()).replaceAll("\u0000", ""),
      timed_out: false,
      error_msg: null,
    };
  } catch (error) {
    const timedOut = error instanceof DOMException && error.name === "TimeoutError";
    const message = timedOut ? `Timeout of ${timeout} ms reached` : "Couldn't connect to server";
    return { id, ...nothing, timed_out: timedOut ? true : null, error_msg: message };
  }
}
