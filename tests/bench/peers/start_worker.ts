import { fileURLToPath } from "node:url";
import { forwardLines } from "../../stack/forward_lines.ts";
import { cpuMs } from "../process_usage.ts";
import type { Tick } from "./sync_work.ts";

/** A peer's process, as the bench sees it. */
export interface WorkerProcess {
  tick(tick: Tick): Promise<void>;
  recover(): Promise<void>;
  /** Sent to Postgres so far. */
  statements(): Promise<number>;
  cpuMs(): number;
  /** SIGKILL. */
  kill(): Promise<void>;
}

const HOST = fileURLToPath(new URL("worker_host.ts", import.meta.url));
const PROJECT = fileURLToPath(new URL("../../..", import.meta.url));

/** @throws when the process ends before it works */
export async function startWorker(peer: string, settings: Record<string, string>): Promise<WorkerProcess> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-prompt", HOST, peer],
    cwd: PROJECT,
    env: settings,
    stdout: "piped",
  }).spawn();
  const { promise, resolve, reject } = Promise.withResolvers<{ port: number; pid: number }>();
  const drained = forwardLines(child.stdout, (line) => line.startsWith('{"port"') && resolve(JSON.parse(line)));
  child.status.then(({ code }) => reject(new Error(`The process of ${peer} ended (exit code ${code})`)));
  const { port, pid } = await promise;

  async function ask(path: string, body?: unknown) {
    const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${peer}: ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text);
  }
  return {
    tick: (tick) => ask("/tick", tick),
    recover: () => ask("/recover"),
    statements: () => ask("/statements"),
    cpuMs: () => cpuMs(pid),
    async kill() {
      child.kill("SIGKILL");
      await child.status;
      await drained;
    },
  };
}
