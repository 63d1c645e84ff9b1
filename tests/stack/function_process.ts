import { homedir } from "node:os";
import { markProcess, type ProcessMark } from "./processes.ts";
import { freePort } from "./ports.ts";
import { readableVariables } from "./readable_variables.ts";
import { forwardLines } from "./forward_lines.ts";
import { StackError } from "./stack_error.ts";

export interface FunctionOptions {
  /** Path of the deno executable. */
  deno: string;
  /** The project's folder, with deno.json. */
  project: string;
  /** Origins the function may connect to. */
  reachable: string[];
  log: (line: string) => void;
}

/** A running function: one Deno process, serving on a port of its own. */
export interface FunctionProcess {
  origin: string;
  mark: ProcessMark | undefined;
  /** Resolves when the process has ended, however it did. */
  ended: Promise<string>;
  kill(signal: Deno.Signal): void;
}

/** Starts the function with the permissions it needs and no others, and an environment of nothing but its settings. */
export function startFunction(options: FunctionOptions, settings: Record<string, string>): FunctionProcess {
  const port = freePort();
  const child = new Deno.Command(options.deno, {
    args: [
      "serve",
      `--config=${options.project}/deno.json`,
      "--frozen",
      "--cached-only",
      "--no-prompt",
      "--quiet",
      `--host=127.0.0.1`,
      `--port=${port}`,
      `--allow-net=${options.reachable.map((origin) => new URL(origin).host).join(",")}`,
      `--allow-env=${readableVariables(settings).join(",")}`,
      // The AWS SDK puts it in its user agent.
      "--allow-sys=osRelease",
      `${options.project}/supabase/functions/sync-applications/index.ts`,
    ],
    cwd: options.project,
    clearEnv: true,
    env: { ...runtimeEnvironment(), ...settings },
    // Its own process group: Ctrl-C in the terminal is for the stack.
    detached: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const drained = Promise.all([forwardLines(child.stdout, options.log), forwardLines(child.stderr, options.log)]);
  return {
    origin: `http://127.0.0.1:${port}`,
    mark: markProcess(child.pid),
    ended: child.status.then(async ({ code, signal }) => {
      await drained;
      return signal ?? `exit code ${code}`;
    }),
    kill(signal) {
      try {
        child.kill(signal);
      } catch {
        // It has ended already.
      }
    },
  };
}

/** Downloads what the function imports, so that its process starts from the cache. */
export async function prepareFunction(project: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", `--config=${project}/deno.json`, `${project}/supabase/functions/sync-applications/index.ts`],
    stdin: "null",
    stdout: "null",
  }).output();
  if (success) return;
  const said = new TextDecoder().decode(stderr).trim();
  throw new StackError(`Cannot download the function's dependencies: deno cache failed:\n${said}`);
}

/** Where Deno finds its cache: needed before any of the function's code runs. */
function runtimeEnvironment(): Record<string, string> {
  const names = ["DENO_DIR", "XDG_CACHE_HOME", "DENO_TLS_CA_STORE"];
  const found = names.map((name) => [name, Deno.env.get(name)] as const);
  // Without HOME the AWS SDK would ask the system for it, which the function may not.
  const env: Record<string, string> = { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", HOME: homedir() };
  for (const [name, value] of found) if (value !== undefined) env[name] = value;
  return env;
}
