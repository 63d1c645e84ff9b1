import postgres from "postgres";
import { assert, assertEquals } from "../support/assert.ts";
import { createCanaryOcc, LISTS, PERSON } from "../support/canary_occ.ts";
import { findFunctionProcess } from "../support/find_function_process.ts";
import { waitUntil } from "../support/wait_until.ts";
import { freePort } from "../stack/ports.ts";
import { serve } from "../stack/serve.ts";
import { type Stack, startStack } from "../stack/stack.ts";

/** Settings that are secrets; what they are in the function's process is what must not turn up. */
const SECRETS = [
  "CRON_SECRET",
  "CRON_SECRET_PREVIOUS",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
];
const WEBHOOK_TOKEN = "canary-of-the-webhook";

type Sql = postgres.Sql;

// The local Data API prints every error of the database, and there will be some.
console.error = () => {};

interface Scene {
  stack: Stack;
  sql: Sql;
  /** Everything that left the function: answers with their headers, and lines of its log. */
  seen: string[];
  statuses: Set<number>;
}

async function call({ stack, seen, statuses }: Scene, init: RequestInit = {}, query = ""): Promise<void> {
  const response = await fetch(`${stack.env.FUNCTION_URL}${query}`, init);
  statuses.add(response.status);
  seen.push(JSON.stringify([...response.headers]), await response.text());
}

function authorised({ stack }: Scene, more: Record<string, string> = {}): RequestInit {
  return { headers: { authorization: `Bearer ${stack.env.CRON_SECRET}`, ...more } };
}

/** What failed is due again, and who waits for nothing is tried anew. */
async function makeDue({ sql }: Scene): Promise<void> {
  await sql`
    update public.sync_status set next_attempt_at = now(), attempted_by_run = null
    where state <> 'synced'`;
  await sql`update public.tblsovereignapplicationssynclog set heartbeat_at = now() - interval '1 hour'`;
}

/** Every list OCC can answer with, then every detail, by hand and by the schedule. */
async function syncThroughFailures(scene: Scene, useList: (name: string) => void): Promise<void> {
  const { sql } = scene;
  for (const list of Object.keys(LISTS).filter((name) => name !== "good")) {
    useList(list);
    await call(scene, authorised(scene));
  }
  useList("good");
  // Postgres' message quotes the value that is no number.
  await sql`alter table public.tblsovereignapplications add constraint is_number check (paymentmethod::int > 0)`;
  await call(scene, authorised(scene));
  await makeDue(scene);
  const [dispatch] = await sql`select sovereign_sync.invoke_sync_applications() as id`;
  await waitUntil("the scheduled run", 30_000, async () => {
    const [row] = await sql`
      select count(*)::int as count from net._http_response as r
      join public.sync_dispatches as d on d.request_id = r.id where d.id = ${dispatch?.id}`;
    const [run] =
      await sql`select count(*)::int as count from public.tblsovereignapplicationssynclog where status = 'running'`;
    return row?.count === 1 && run?.count === 0;
  });
}

async function failAtTheEdge(scene: Scene): Promise<void> {
  const { stack, sql } = scene;
  await call(scene);
  await call(scene, { headers: { authorization: `Bearer ${stack.env.PUBLISHABLE_KEY}`, apikey: PERSON } });
  await call(scene, authorised(scene), `?since=${encodeURIComponent(PERSON)}`);
  const json = { ...authorised(scene, { "content-type": "application/json" }), method: "POST" };
  for (const body of [{ since: PERSON }, { force: PERSON }, { trigger: PERSON }, PERSON]) {
    await call(scene, { ...json, body: JSON.stringify(body) });
  }
  await call(scene, { ...json, body: `{${PERSON}` });
  await call(scene, { ...authorised(scene), method: "DELETE" });
  const [secret] = await sql`select id, decrypted_secret from vault.decrypted_secrets where name = 'cron_secret'`;
  await sql`select vault.update_secret(${secret?.id}, ${"canary-of-a-wrong-secret"})`;
  await sql`select sovereign_sync.invoke_sync_applications()`;
  await sql`select vault.update_secret(${secret?.id}, ${secret?.decrypted_secret})`;
}

async function failInside(scene: Scene): Promise<void> {
  const { stack, sql } = scene;
  await makeDue(scene);
  await sql`revoke execute on function public.settle_applications(uuid, jsonb, jsonb) from service_role`;
  await call(scene, authorised(scene));
  await sql`grant execute on function public.settle_applications(uuid, jsonb, jsonb) to service_role`;
  // Nobody, and then somebody else, is where the Data API was.
  for (const url of ["http://127.0.0.1:9", stack.env.OCC_URL]) {
    await stack.restartFunction({ SUPABASE_URL: url });
    await call(scene, authorised(scene));
  }
  await stack.restartFunction({ AWS_REGION: "", OCC_TIME_ZONE: PERSON, OCC_TIMEOUT_SECONDS: PERSON });
  await call(scene, authorised(scene));
}

/** Every table and view of the sync but the applications themselves, and what pg_cron and pg_net keep. */
async function readRows(sql: Sql): Promise<string[]> {
  const relations = await sql`
    select format('%I.%I', n.nspname, c.relname) as name
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'v', 'm') and n.nspname in ('public', 'sovereign_sync', 'net', 'cron')
      and lower(c.relname) <> 'tblsovereignapplications'`;
  const rows: string[] = [];
  for (const { name } of relations) {
    for (const { row } of await sql.unsafe(`select r::text as row from ${name} as r`)) rows.push(`${name}: ${row}`);
  }
  return rows;
}

Deno.test("no secret and no personal data leaves the function, through success and every failure", async () => {
  const lines: string[] = [];
  const alerts: string[] = [];
  const webhook = serve(0, async (request) => {
    alerts.push(await request.text());
    return new Response();
  });
  const stack = await startStack({
    port: freePort(),
    applications: 0,
    latency: "0",
    faults: "",
    seed: 1,
    cron: false,
    env: {
      OCC_TIMEOUT_SECONDS: "2",
      CRON_SECRET_PREVIOUS: "canary-of-the-previous-secret",
      AWS_SESSION_TOKEN: "canary-of-the-session",
    },
    functionLog: (line) => void lines.push(line),
    report: () => {},
  });
  const sql = postgres(stack.env.DB_URL, { max: 2, onnotice: () => {}, connect_timeout: 5 });
  const scene: Scene = { stack, sql, seen: [], statuses: new Set() };
  try {
    let list = "good";
    const { environment } = findFunctionProcess(stack.env.API_URL);
    assert(stack.occ, "The test is OCC itself");
    stack.occ.fetch = createCanaryOcc(() => list);
    await sql`select vault.create_secret(${`${webhook.url}/${WEBHOOK_TOKEN}`}, 'alert_webhook_url')`;
    await syncThroughFailures(scene, (name) => list = name);
    await sql`select sovereign_sync.watch_sync()`;
    await failAtTheEdge(scene);
    await failInside(scene);
    await sql`select sovereign_sync.watch_sync()`;
    await waitUntil("pg_net's deliveries", 30_000, async () => {
      const [queue] = await sql`select count(*)::int as count from net.http_request_queue`;
      return queue?.count === 0 && alerts.length > 0;
    });

    // It all did happen, and the canary reached the one place where it belongs.
    assertEquals([...scene.statuses].sort(), [200, 400, 401, 405, 500, 502, 503]);
    const [stored] = await sql`
      select count(*)::int as count from public.tblsovereignapplications where owner like ${`%${PERSON}%`}`;
    assertEquals(stored, { count: 2 });

    const rows = await readRows(sql);
    assert(lines.length > 20 && rows.length > 50, `${lines.length} lines, ${rows.length} rows`);
    const canaries = [
      PERSON,
      "38-9000-1234567-00",
      "canary-of",
      WEBHOOK_TOKEN,
      stack.env.SECRET_KEY,
      decodeURIComponent(new URL(stack.env.DB_URL).password),
      ...SECRETS.map((name) => environment.get(name) ?? ""),
    ];
    for (const canary of canaries) {
      assert(canary.length > 8, "A canary is missing");
      for (const text of [...lines, ...alerts, ...scene.seen, ...rows]) assert(!text.includes(canary), text);
    }
  } catch (error) {
    console.log(lines.slice(-40).join("\n"));
    throw error;
  } finally {
    await sql.end({ timeout: 1 });
    await stack.stop();
    await webhook.stop();
  }
});
