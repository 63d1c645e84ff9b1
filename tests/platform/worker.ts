import { pathToFileURL } from "node:url";
import * as z from "zod";
import { forwardLines } from "../stack/forward_lines.ts";
import { hasDoneItsPart, type Limits, nearestLimit, type Reason, type Usage, WARN_AT } from "./limits.ts";
import { ownThreadMs, residentMb } from "./worker_usage.ts";

/** What became of an isolate. */
export interface WorkerEnd {
  /** The limit it was killed for; undefined when it was dropped, idle and retired, or ended by itself. */
  killed: Reason | undefined;
  usage: Usage;
  /** Between its birth and the port it listens on. */
  bootCpuMs: number;
}

/** One isolate: a process of its own that answers requests until it is retired. */
export interface Worker {
  /** Hands `work` the origin it listens at, undefined when it did not boot, and is not dropped meanwhile. */
  use<T>(work: (origin: string | undefined) => Promise<T>): Promise<T>;
  /** It gets no new requests. */
  retired(): boolean;
  ended: Promise<WorkerEnd>;
  /** Gives it no new requests, and drops it when it is idle. */
  retire(): void;
  kill(reason?: Reason): void;
}

export interface WorkerOptions {
  /** Path of the executable of Deno 2.1.4. */
  deno: string;
  /** The function's files; the isolate reads no others. */
  folder: string;
  entrypoint: string;
  importMap: string | undefined;
  env: Record<string, string>;
  limits: Limits;
  log: (line: string) => void;
}

const LOOK_EVERY_MS = 10;
const ISOLATE = new URL("isolate.ts", import.meta.url).href;

const messageSchema = z.object({
  booting: z.boolean().optional(),
  port: z.number().optional(),
  busy: z.boolean().optional(),
});

export function startWorker(options: WorkerOptions): Worker {
  const child = spawn(options);
  const input = child.stdin.getWriter();
  const tell = (message: unknown) =>
    void input.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`)).catch(() => {});
  const origin = Promise.withResolvers<string | undefined>();
  const bornAt = Date.now();
  let bornCpuMs = 0;
  let bootCpuMs = 0;
  let usage: Usage = { cpuMs: 0, memoryMb: 0, wallClockMs: 0 };
  let [retired, busy, warned] = [false, true, false];
  let callers = 0;
  let killed: Reason | undefined;

  function hear(line: string): void {
    if (!line.startsWith("\0")) return options.log(line);
    const message = messageSchema.parse(JSON.parse(line.slice(1)));
    if (message.booting) {
      bornCpuMs = ownThreadMs(child.pid);
      tell({ go: true });
    }
    if (message.port !== undefined) {
      look();
      bootCpuMs = usage.cpuMs;
      busy = false;
      origin.resolve(`http://127.0.0.1:${message.port}`);
    }
    if (message.busy !== undefined) busy = message.busy;
  }

  function look(): void {
    try {
      usage = {
        cpuMs: ownThreadMs(child.pid) - bornCpuMs,
        memoryMb: Math.max(usage.memoryMb, residentMb(child.pid)),
        wallClockMs: Date.now() - bornAt,
      };
    } catch {
      // It has just ended.
    }
  }

  function kill(reason?: Reason): void {
    killed ??= reason;
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }

  const watch = setInterval(() => {
    look();
    const { reason, share } = nearestLimit(usage, options.limits);
    if (hasDoneItsPart(usage, options.limits)) retired = true;
    if (share >= 1) return kill(reason);
    if (share >= WARN_AT && !warned) {
      warned = true;
      tell({ unload: reason });
    }
    if (!retired || busy || callers > 0) return;
    if (!warned) tell({ unload: "early_drop" });
    clearInterval(watch);
    // What listens for the event has a moment.
    setTimeout(kill, LOOK_EVERY_MS);
  }, LOOK_EVERY_MS);

  const drained = Promise.all([forwardLines(child.stdout, hear), forwardLines(child.stderr, options.log)]);
  const ended = child.status.then(async () => {
    clearInterval(watch);
    retired = true;
    origin.resolve(undefined);
    await drained;
    await input.abort().catch(() => {});
    return { killed, usage, bootCpuMs };
  });
  return {
    async use(work) {
      callers++;
      try {
        return await work(await origin.promise);
      } finally {
        callers--;
      }
    },
    retired: () => retired,
    ended,
    retire: () => void (retired = true),
    kill,
  };
}

/** With the permissions of the hosted runtime: network, environment, its own files; no other disk, no subprocess. */
function spawn({ deno, folder, entrypoint, importMap, env }: WorkerOptions): Deno.ChildProcess {
  return new Deno.Command(deno, {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--no-lock",
      "--no-config",
      // The platform keeps no compiled code of the last isolate.
      "--no-code-cache",
      ...importMap === undefined ? [] : [`--import-map=${folder}/${importMap}`],
      "--allow-net",
      "--allow-env",
      "--allow-sys",
      `--allow-read=${folder}`,
      ISOLATE,
      pathToFileURL(`${folder}/${entrypoint}`).href,
    ],
    cwd: folder,
    clearEnv: true,
    env: { ...ownEnvironment(), ...env },
    // Ctrl-C in the terminal is for the host.
    detached: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** What Deno itself needs on this machine, before any code of the function runs. */
function ownEnvironment(): Record<string, string> {
  const env: Record<string, string> = { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
  for (const name of ["DENO_DIR", "HOME", "XDG_CACHE_HOME"]) {
    const value = Deno.env.get(name);
    if (value !== undefined) env[name] = value;
  }
  env.DENO_TLS_CA_STORE = Deno.env.get("DENO_TLS_CA_STORE") ?? "system,mozilla";
  return env;
}
