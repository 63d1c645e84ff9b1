import { fileURLToPath } from "node:url";

const PROJECT = new URL("../..", import.meta.url);

export interface Said {
  code: number;
  stdout: string;
  stderr: string;
}

/** The file that a task of deno.json runs. */
export function taskFile(command: string): string {
  const [, file] = /^deno run -A(?: --frozen)? (\S+\.ts)$/.exec(command) ?? [];
  if (!file) throw new Error(`Cannot tell which file this runs: ${command}`);
  return file;
}

let calls = 0;

/**
 * Runs a task's file in this process until it exits. Tasks share most of their modules, which a process for each call
 * would load again. Only for command lines that end the task before it starts any work.
 */
export async function callTask(file: string, args: string[]): Promise<Said> {
  const said: Said = { code: -1, stdout: "", stderr: "" };
  const real = { args: Deno.args, exit: Deno.exit, log: console.log, error: console.error };
  // After Deno.exit() nothing runs any more; here the task may still catch what stands for it.
  const isRunning = () => said.code === -1;
  const exit = (code = 0): never => {
    if (isRunning()) said.code = code;
    throw new Error("the task has exited");
  };
  Object.defineProperty(Deno, "args", { value: args, configurable: true });
  Deno.exit = exit;
  console.log = (text) => void (said.stdout += isRunning() ? `${text}\n` : "");
  console.error = (text) => void (said.stderr += isRunning() ? `${text}\n` : "");
  // Deno takes an import that throws for one that hangs, unless something else is under way.
  const busy = setInterval(() => {}, 1);
  try {
    // Each import runs the file again.
    await import(`${new URL(file, PROJECT)}?call=${++calls}`);
    throw new Error(`${file} ${args.join(" ")} did not exit`);
  } catch (error) {
    if (isRunning()) throw error;
  } finally {
    clearInterval(busy);
    Object.defineProperty(Deno, "args", { value: real.args, configurable: true });
    Deno.exit = real.exit;
    console.log = real.log;
    console.error = real.error;
  }
  return said;
}

/** Runs `deno task` as a process of its own, as wide as a pipe. */
export async function runTask(args: string[], env: Record<string, string> = {}): Promise<Said> {
  const { COLUMNS: _, ...own } = Deno.env.toObject();
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", ...args],
    cwd: fileURLToPath(PROJECT),
    clearEnv: true,
    env: { ...own, NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}
