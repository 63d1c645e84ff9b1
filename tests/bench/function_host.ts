// A child process of the bench: the real function, served as the platform serves it, with what it costs to boot and
// how often it calls the Data API made visible. Runs on every version of Deno the bench knows.
import { cpuMs } from "./process_usage.ts";

let databaseCalls = 0;
const plainFetch = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const url = input instanceof Request ? input.url : String(input);
  if (url.includes("/rest/v1/")) databaseCalls++;
  return plainFetch(input, init);
};

const wallBefore = performance.now();
const cpuBefore = cpuMs("self");
const { default: syncFunction } = await import("../../supabase/functions/sync-applications/index.ts");
const boot = { cpuMs: cpuMs("self") - cpuBefore, wallMs: performance.now() - wallBefore };

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
