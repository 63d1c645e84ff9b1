import { isStackRunning, listStates, stackFolder, STACKS } from "./state.ts";

/** What a caller of the stack needs to know, one `NAME=value` a line in `.stack/env`. */
export interface StackEnv extends Record<string, string> {
  /** As `postgres`, who owns the schema. */
  DB_URL: string;
  /** As the superuser, for tests only. */
  ADMIN_DB_URL: string;
  API_URL: string;
  FUNCTION_URL: string;
  CRON_SECRET: string;
  SECRET_KEY: string;
  PUBLISHABLE_KEY: string;
  OCC_URL: string;
  STUDIO_URL: string;
}

/** Writes the stack's own env file, and `.stack/env` for the stack that was started last. */
export function writeEnv(port: number, env: StackEnv): void {
  const text = Object.entries(env).map(([name, value]) => `${name}=${value}\n`).join("");
  for (const path of [`${stackFolder(port)}/env`, `${STACKS}env`]) {
    Deno.writeTextFileSync(`${path}.new`, text, { mode: 0o600 });
    Deno.renameSync(`${path}.new`, path);
  }
}

/** Keeps the function's settings beside it, for the doctor. */
export function writeFunctionEnv(port: number, settings: Record<string, string>): void {
  const text = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`).join("");
  Deno.writeTextFileSync(`${stackFolder(port)}/function.env`, text, { mode: 0o600 });
}

/** The settings of the function behind a local API; empty when there is no such stack. */
export function readFunctionEnv(apiUrl: string | undefined): Record<string, string> {
  try {
    return parse(Deno.readTextFileSync(`${stackFolder(Number(new URL(apiUrl ?? "").port))}/function.env`));
  } catch {
    return {};
  }
}

/** Takes a stack's values out of `.stack/env`; another stack that still runs takes its place there. */
export function removeEnv(port: number): void {
  if (readEnv()?.API_URL !== `http://127.0.0.1:${port}`) return;
  Deno.removeSync(`${STACKS}env`);
  const other = listStates().filter((state) => state.port !== port && isStackRunning(state)).at(-1);
  try {
    if (other) Deno.copyFileSync(`${stackFolder(other.port)}/env`, `${STACKS}env`);
  } catch {
    // It is still starting, and writes the file itself.
  }
}

/** The values of `.stack/env`, or undefined when no stack runs. */
export function readEnv(): Record<string, string> | undefined {
  let text: string;
  try {
    text = Deno.readTextFileSync(`${STACKS}env`);
  } catch {
    return undefined;
  }
  return parse(text);
}

function parse(text: string): Record<string, string> {
  const lines = text.split("\n").filter((line) => line !== "");
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}
