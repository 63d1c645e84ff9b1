import { readStackEnv, stackFolder, STACKS } from "../../supabase/tools/local_stack.ts";
import { isStackRunning, listStates } from "./state.ts";

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
  /** Where the page is, of a stack that serves it. */
  DASHBOARD_URL?: string;
  /** Who may act and who may look, on the page. */
  OPERATOR_EMAIL: string;
  OPERATOR_PASSWORD: string;
  VIEWER_EMAIL: string;
  VIEWER_PASSWORD: string;
}

/** Writes the stack's own env file, and `.stack/env` for the stack that was started last. */
export function writeEnv(port: number, env: StackEnv): void {
  for (const path of [`${stackFolder(port)}/env`, `${STACKS}env`]) {
    Deno.writeTextFileSync(`${path}.new`, toLines(env), { mode: 0o600 });
    Deno.renameSync(`${path}.new`, path);
  }
}

/** Keeps the function's settings beside it, for the doctor. */
export function writeFunctionEnv(port: number, settings: Record<string, string>): void {
  Deno.writeTextFileSync(`${stackFolder(port)}/function.env`, toLines(settings), { mode: 0o600 });
}

/** Takes a stack's values out of `.stack/env`; another stack that still runs takes its place there. */
export function removeEnv(port: number): void {
  if (readStackEnv()?.API_URL !== `http://127.0.0.1:${port}`) return;
  Deno.removeSync(`${STACKS}env`);
  const other = listStates().filter((state) => state.port !== port && isStackRunning(state)).at(-1);
  try {
    if (other) Deno.copyFileSync(`${stackFolder(other.port)}/env`, `${STACKS}env`);
  } catch {
    // It is still starting, and writes the file itself.
  }
}

/** Fit for `source`, `--env-file` and parseEnv() alike: what one of them would read otherwise is quoted. */
function toLines(values: Record<string, string>): string {
  const quote = (value: string) => /^[\w./:@?=,+-]*$/.test(value) ? value : `'${value}'`;
  return Object.entries(values).map(([name, value]) => `${name}=${quote(value)}\n`).join("");
}
