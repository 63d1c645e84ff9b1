import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";

/** Where a local stack says how it is reached: `env`, of the one started last, and `<port>/` of each. */
export const STACKS = fileURLToPath(new URL("../../.stack/", import.meta.url));

/** What belongs to the stack whose API is at this port: `env`, and the function's settings in `function.env`. */
export function stackFolder(port: number): string {
  return `${STACKS}${port}`;
}

/** The values of `.stack/env`, or undefined when no stack runs. */
export function readStackEnv(): Record<string, string> | undefined {
  return readEnvFile(`${STACKS}env`);
}

/** How the project is reached: as the environment says, else as the running stack does; empty when neither does. */
export function readAccess(): Record<string, string> {
  const own = Deno.env.toObject();
  // What belongs to two projects is not mixed.
  return own.API_URL || own.DB_URL ? own : { ...readStackEnv(), ...own };
}

/** The settings of the function behind a local API; empty when there is no such stack. */
export function readFunctionEnv(apiUrl: string | undefined): Record<string, string> {
  const port = URL.parse(apiUrl ?? "")?.port;
  return port ? readEnvFile(`${stackFolder(Number(port))}/function.env`) ?? {} : {};
}

/** The `NAME=value` lines of a file, or undefined when there is none. */
export function readEnvFile(path: string): Record<string, string> | undefined {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  return Object.fromEntries(Object.entries(parseEnv(text)).map(([name, value]) => [name, value ?? ""]));
}
