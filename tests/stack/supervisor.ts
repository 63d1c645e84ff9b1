import { setTimeout as delay } from "node:timers/promises";
import { type FunctionOptions, type FunctionProcess, startFunction } from "./function_process.ts";
import type { ProcessMark } from "./processes.ts";
import { StackError } from "./stack_error.ts";

/** Keeps one function process alive, as the platform does. */
export interface Supervisor {
  /** Origin of the process that serves now; waits for one that is starting, and is undefined when none comes up. */
  origin(timeoutMs: number): Promise<string | undefined>;
  /** Resolves when the function serves. @throws StackError when it does not come up */
  ready(): Promise<void>;
  /** SIGKILL; the next process is started at once. */
  kill(): void;
  /** Ends the process and waits for the next one, with changed settings. */
  restart(settings: Record<string, string>): Promise<void>;
  stop(): Promise<void>;
}

// A process that cannot live is not started again at full speed.
const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 5_000;
const READY_MS = 30_000;
const HEALTHY_AFTER_MS = 5_000;

/** Starts the function and starts it again whenever it ends. `changed` hears of every new process. */
export function superviseFunction(
  options: FunctionOptions,
  firstSettings: Record<string, string>,
  changed: (mark: ProcessMark | undefined) => void,
): Supervisor {
  let settings = firstSettings;
  let stopped = false;
  let pauseMs = FIRST_DELAY_MS;
  let current: FunctionProcess;
  let listening: Promise<boolean>;
  let running: Promise<void>;

  function start(): void {
    const startedAt = Date.now();
    const process = startFunction(options, settings);
    current = process;
    listening = waitForListener(process);
    running = process.ended.then(async (how) => {
      if (stopped) return;
      if (current === process) listening = Promise.resolve(false);
      options.log(`the function's process ended (${how}) and is started again`);
      pauseMs = Date.now() - startedAt > HEALTHY_AFTER_MS ? FIRST_DELAY_MS : Math.min(pauseMs * 2, LONGEST_DELAY_MS);
      await delay(pauseMs);
      if (!stopped) start();
    });
    changed(process.mark);
  }

  async function origin(timeoutMs: number): Promise<string | undefined> {
    const deadline = Date.now() + timeoutMs;
    while (!stopped && Date.now() < deadline) {
      const process = current;
      if (await listening && current === process) return process.origin;
      await delay(20);
    }
    return undefined;
  }

  function end(signal: Deno.Signal): void {
    listening = Promise.resolve(false);
    current.kill(signal);
  }

  start();
  return {
    origin,
    async ready() {
      if (await origin(READY_MS) === undefined) throw new StackError("The function does not start: see its log above");
    },
    kill() {
      // Not its own fault.
      pauseMs = FIRST_DELAY_MS / 2;
      end("SIGKILL");
    },
    async restart(changes) {
      settings = { ...settings, ...changes };
      pauseMs = FIRST_DELAY_MS / 2;
      end("SIGKILL");
      await running;
      await origin(READY_MS);
    },
    async stop() {
      stopped = true;
      end("SIGKILL");
      await running;
    },
  };
}

async function waitForListener(process: FunctionProcess): Promise<boolean> {
  let ended = false;
  process.ended.then(() => ended = true);
  const { hostname, port } = new URL(process.origin);
  while (!ended) {
    try {
      (await Deno.connect({ hostname, port: Number(port) })).close();
      return true;
    } catch {
      await delay(20);
    }
  }
  return false;
}
