import postgres from "postgres";
import { assert, assertEquals } from "../support/assert.ts";
import { findFunctionProcess } from "../support/find_function_process.ts";
import { waitUntil } from "../support/wait_until.ts";
import { createHandler } from "../../supabase/functions/sync-applications/http/handler.ts";
import { systemClock } from "../../supabase/functions/sync-applications/clock.ts";
import { readSecretKeys } from "../../supabase/functions/sync-applications/settings.ts";
import { freePort } from "../stack/ports.ts";
import { serve } from "../stack/serve.ts";
import { startStack } from "../stack/stack.ts";

const REQUESTS = 2000;
const AT_ONCE = 100;
/** One pass, and slow enough that they outlast the requests. */
const APPLICATIONS = 600;
const LATENCY_MS = 5000;
const MB = 1024 * 1024;
/** Promised is 2; the rest is for a busy machine. */
const MOST_EXPENSIVE_REFUSAL = 3;

// The local Data API prints every error of the database.
console.error = () => {};

/** So many calls, so many at once; each gets its number. */
async function flood<T>(calls: number, atOnce: number, call: (index: number) => Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  let next = 0;
  const worker = async () => {
    while (next < calls) answers.push(await call(next++));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return answers;
}

async function statusOf(url: string, headers: Record<string, string>): Promise<number> {
  const response = await fetch(url, { headers });
  await response.body?.cancel();
  return response.status;
}

function tally(statuses: number[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

Deno.test("2,000 requests, 100 at once, half of them without the secret: one run, every answer right, memory flat", async () => {
  const lines: string[] = [];
  const stack = await startStack({
    port: freePort(),
    applications: APPLICATIONS,
    latency: String(LATENCY_MS),
    faults: "",
    seed: 3,
    cron: false,
    env: { SYNC_TIME_BUDGET_SECONDS: "300", SYNC_APPLICATION_BUDGET: "1000" },
    functionLog: (line) => void lines.push(line),
    report: () => {},
  });
  const sql = postgres(stack.env.DB_URL, { max: 1, onnotice: () => {} });
  try {
    const { FUNCTION_URL: url, CRON_SECRET: secret, API_URL } = stack.env;
    const good = { authorization: `Bearer ${secret}`, prefer: "respond-async" };
    const bad = { authorization: `Bearer ${secret.slice(1)}x`, prefer: "respond-async" };
    const half = async () => {
      const answers = await flood(REQUESTS / 2, AT_ONCE, async (index) => {
        const authorised = index % 2 === 0;
        return { authorised, status: await statusOf(url, authorised ? good : bad) };
      });
      const statuses = (authorised: boolean) =>
        tally(answers.filter((answer) => answer.authorised === authorised).map(({ status }) => status));
      return [statuses(true), statuses(false)];
    };
    const started = Date.now();
    assertEquals(await half(), [{ 202: 1, 409: REQUESTS / 4 - 1 }, { 401: REQUESTS / 4 }]);
    const process = findFunctionProcess(API_URL);
    const before = process.residentBytes();
    assertEquals(await half(), [{ 409: REQUESTS / 4 }, { 401: REQUESTS / 4 }]);
    const after = process.residentBytes();
    const seconds = (Date.now() - started) / 1000;
    assertEquals(tally(await flood(2 * REQUESTS, AT_ONCE, () => statusOf(url, bad))), { 401: 2 * REQUESTS });
    const atEnd = process.residentBytes();
    const sizes = [before, after, atEnd].map((bytes) => Math.round(bytes / MB));
    console.log(
      `    ${seconds} s; MB resident half way, after the load, after 4,000 more refusals: ${sizes.join(", ")}`,
    );
    // V8 takes what it is given until its first full collection; the platform gives 256 MB.
    assert(after - before < 80 * MB && atEnd - after < 48 * MB && atEnd < 256 * MB, `${sizes}`);

    const [running] = await sql`
      select count(*)::int as count, min(status) as status from public.tblsovereignapplicationssynclog`;
    assertEquals(running, { count: 1, status: "running" }, "the sync outlasts the requests");
    stack.occ?.configure({ latency: "0" });
    const run = await waitUntil("the run's end", 60_000, async () => {
      const [row] = await sql`
        select applications_upserted as upserted, fetch_failures as failed, passes
        from public.tblsovereignapplicationssynclog where status = 'completed'`;
      return row;
    });
    assertEquals(run, { upserted: APPLICATIONS, failed: 0, passes: 1 });
    assertEquals([...new Set(stack.occ?.fetchCounts().values())], [1]);
    const refusals = lines.filter((line) => line.includes("without a valid secret"));
    assert(refusals.length <= 1 + Math.ceil(seconds / 60), `${refusals.length} lines of refusals`);
  } catch (error) {
    console.log(lines.slice(-20).join("\n"));
    throw error;
  } finally {
    await sql.end({ timeout: 1 });
    await stack.stop();
  }
});

Deno.test("createHandler() refuses at the cost of an empty 401 of Deno.serve, secrets read and compared each time", async () => {
  const environment = new Map([
    ["CRON_SECRET", "x".repeat(44)],
    ["CRON_SECRET_PREVIOUS", "y".repeat(44)],
    ["SUPABASE_SECRET_KEYS", JSON.stringify({ default: "sb_secret_1" })],
  ]);
  const env = (name: string) => environment.get(name);
  const handler = createHandler({
    secrets: () => [env("CRON_SECRET") ?? "", env("CRON_SECRET_PREVIOUS") ?? "", ...readSecretKeys(env)],
    sync() {
      throw new Error("nobody is to get this far");
    },
    recordRefused() {
      throw new Error("nobody is to get this far");
    },
    waitUntil: () => {},
    clock: systemClock,
    log: () => {},
  });
  const bare = serve(0, () => new Response(null, { status: 401 }));
  const ours = serve(0, handler);
  const headers = { authorization: `Bearer ${"z".repeat(44)}`, "content-type": "application/json" };
  try {
    const round = async (url: string) => {
      const started = performance.now();
      await flood(500, 10, () => statusOf(url, headers));
      return performance.now() - started;
    };
    const times: { bare: number[]; ours: number[] } = { bare: [], ours: [] };
    // In turns, so that whatever else the machine does slows both; the fastest round is the one nothing disturbed.
    for (let turn = 0; turn < 20; turn++) {
      times.bare.push(await round(bare.url));
      times.ours.push(await round(ours.url));
    }
    const ratio = Math.min(...times.ours) / Math.min(...times.bare);
    console.log(`    a refusal costs ${ratio.toFixed(2)} times an empty 401`);
    assert(ratio <= MOST_EXPENSIVE_REFUSAL, `${ratio}: ${JSON.stringify(times)}`);
  } finally {
    await bare.stop();
    await ours.stop();
  }
});
