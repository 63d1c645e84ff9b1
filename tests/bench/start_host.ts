import { fileURLToPath } from "node:url";
import { forwardLines } from "../stack/forward_lines.ts";
import { ownThreadMs, peakResidentMb } from "../platform/worker_usage.ts";
import type { BaselineResult } from "./baseline.ts";
import { cpuMs } from "./process_usage.ts";

/** A Deno that can run the function. */
export interface Runtime {
  version: string;
  path: string;
  args: string[];
}

/** The function in a process of its own. */
export interface Host {
  origin: string;
  /** Of loading the function's bundle, of the process's own thread. */
  boot: { cpuMs: number; wallMs: number };
  /** What the platform counts: see worker_usage.ts. */
  ownThreadMs(): number;
  /** CPU of all its threads, as that of the peers is counted, which have no platform. */
  processMs(): number;
  peakRssMb(): number;
  databaseCalls(): Promise<number>;
  /** One invocation, as the schedule makes it; resolves with the finished result, or the accepted pass. */
  sync(options?: { respondAsync: boolean }): Promise<Record<string, unknown>>;
  baseline(pauseMs: number): Promise<BaselineResult>;
  stop(): Promise<void>;
}

const HOST = fileURLToPath(new URL("function_host.ts", import.meta.url));
const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
/** What the hosted platform runs. */
const HOSTED = "2.1.4";

/** A new isolate of the platform has nothing compiled, and a heap as V8 lays it out for 256 MB. */
const AS_HOSTED = ["--no-code-cache", "--v8-flags=--max-heap-size=256"];

export function currentRuntime(): Runtime {
  return { version: Deno.version.deno, path: Deno.execPath(), args: ["--cached-only"] };
}

/** From npm; its executable is run directly, because npx would stand between us and its process. */
export async function hostedRuntime(): Promise<Runtime> {
  // A newer lock file makes this version panic, and the function needs no node_modules folder.
  const args = ["--no-lock", "--no-config", `--import-map=${PROJECT}import_map.json`];
  const { success, stdout } = await new Deno.Command("npx", {
    args: ["-y", `deno@${HOSTED}`, "eval", "--no-lock", "--no-config", "console.log(Deno.execPath())"],
    stderr: "null",
  }).output();
  if (!success) throw new Error(`Cannot measure on Deno ${HOSTED}: npx cannot get it`);
  return { version: HOSTED, path: new TextDecoder().decode(stdout).trim(), args };
}

/** `deno task bundle`: what is measured is what is deployed. */
export async function writeBundle(): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args: ["task", "bundle"], cwd: PROJECT })
    .output();
  if (!success) throw new Error(`Cannot write the bundle: ${new TextDecoder().decode(stderr)}`);
}

export async function startHost(runtime: Runtime, settings: Record<string, string>): Promise<Host> {
  const child = new Deno.Command(runtime.path, {
    args: ["run", "-A", "--quiet", "--no-prompt", ...AS_HOSTED, ...runtime.args, HOST],
    cwd: PROJECT,
    env: { DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "system,mozilla", ...settings },
    stdout: "piped",
  }).spawn();
  const { promise, resolve, reject } = Promise.withResolvers<{ port: number; pid: number; boot: Host["boot"] }>();
  const drained = forwardLines(child.stdout, (line) => line.startsWith('{"port"') && resolve(JSON.parse(line)));
  child.status.then(({ code }) => reject(new Error(`The function's process ended (exit code ${code})`)));
  const { port, pid, boot } = await promise;
  const origin = `http://127.0.0.1:${port}`;

  async function ask(path: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(origin + path, {
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      headers: { "content-type": "application/json", ...headers },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
    return JSON.parse(text);
  }
  return {
    origin,
    boot,
    ownThreadMs: () => ownThreadMs(pid),
    processMs: () => cpuMs(pid),
    peakRssMb: () => peakResidentMb(pid),
    databaseCalls: () => ask("/database-calls"),
    sync: ({ respondAsync } = { respondAsync: false }) =>
      ask("/functions/v1/sync-applications", { trigger: "schedule" }, {
        authorization: `Bearer ${settings.CRON_SECRET}`,
        ...(respondAsync ? { prefer: "respond-async" } : {}),
      }),
    baseline: (pauseMs) => ask("/baseline", { pauseMs }),
    async stop() {
      child.kill("SIGKILL");
      await child.status;
      await drained;
    },
  };
}
