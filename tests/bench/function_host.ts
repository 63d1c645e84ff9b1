// A child process of the bench: the function as it is deployed, with what it costs to boot and how often it calls the Data
// API made visible. Runs on every version of Deno the bench knows.
import { ownThreadMs } from "../platform/worker_usage.ts";

// Not a literal: it is not there before `deno task bundle` has written it.
const BUNDLE = new URL("../../supabase/functions/sync-applications/bundle.js", import.meta.url).href;

let databaseCalls = 0;
const plainFetch = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const url = input instanceof Request ? input.url : String(input);
  if (url.includes("/rest/v1/")) databaseCalls++;
  return plainFetch(input, init);
};

const wallBefore = performance.now();
const cpuBefore = ownThreadMs(Deno.pid);
const { default: syncFunction } = await import(BUNDLE);
const boot = { cpuMs: ownThreadMs(Deno.pid) - cpuBefore, wallMs: performance.now() - wallBefore };

// Only on request: what the baseline imports is no part of the function's boot.
async function runBaseline(request: Request): Promise<Response> {
  const { createBaseline } = await import("./create_baseline.ts");
  const { pauseMs }: { pauseMs: number } = await request.json();
  return Response.json(await createBaseline((name) => Deno.env.get(name), pauseMs)());
}

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(JSON.stringify({ port, pid: Deno.pid, boot })),
}, (request) => {
  const { pathname } = new URL(request.url);
  if (pathname === "/database-calls") return Response.json(databaseCalls);
  if (pathname === "/baseline") return runBaseline(request);
  return syncFunction.fetch(request);
});
