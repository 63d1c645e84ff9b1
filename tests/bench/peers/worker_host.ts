// A child process of the bench: the sync as somebody would build it on a queue from npm. Like the function's own host
// it says what it costs: here the statements it sends to Postgres.
import pg from "pg";
import { startGraphileWorker } from "./graphile_worker.ts";
import { startPgBoss } from "./pg_boss.ts";
import { createSyncWork, type Query } from "./sync_work.ts";
import type { Worker } from "./worker.ts";

let statements = 0;
const { query: plainQuery } = pg.Client.prototype;
pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
  statements++;
  return Reflect.apply(plainQuery, this, args);
};

const url = Deno.env.get("PEERS_DATABASE_URL") ?? "";
const pool = new pg.Pool({ connectionString: url, max: 15 });
const query: Query = (text, values) => pool.query(text, values);
const work = createSyncWork((name) => Deno.env.get(name), query);

function start(peer: string): Promise<Worker> {
  switch (peer) {
    case "pg-boss":
      return startPgBoss(url, work, false);
    case "pg-boss batches":
      return startPgBoss(url, work, true);
    case "graphile":
      return startGraphileWorker(url, work, "plain");
    case "graphile batching":
      return startGraphileWorker(url, work, "batching");
    case "graphile batch jobs":
      return startGraphileWorker(url, work, "batch jobs");
    default:
      throw new Error(`No peer is called ${peer}`);
  }
}

const worker = await start(Deno.args[0] ?? "");

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(JSON.stringify({ port, pid: Deno.pid })),
}, async (request) => {
  const { pathname } = new URL(request.url);
  if (pathname === "/statements") return Response.json(statements);
  if (pathname === "/recover") await worker.recover();
  if (pathname === "/tick") await worker.tick(await request.json());
  return Response.json({});
});
