import { fileURLToPath } from "node:url";
import { stackEnv } from "./stack_env.ts";

/** The process that serves the function of a stack, seen from outside. */
export interface FunctionProcess {
  /** Where it listens itself, without the gateway in front of it. */
  port: number;
  /** Its settings. */
  environment: Map<string, string>;
  /** Resident memory, in bytes. */
  residentBytes(): number;
}

/** Finds the function's process through the stack's notes and /proc. */
export function findFunctionProcess(apiUrl = stackEnv("API_URL")): FunctionProcess {
  const folder = fileURLToPath(new URL(`../../.stack/${new URL(apiUrl).port}/`, import.meta.url));
  const state: { function: { pid: number } } = JSON.parse(Deno.readTextFileSync(`${folder}state.json`));
  const proc = `/proc/${state.function.pid}`;
  const read = (name: string) => Deno.readTextFileSync(`${proc}/${name}`);
  const port = /--port=(\d+)/.exec(read("cmdline"))?.[1];
  if (port === undefined) throw new Error(`Process ${state.function.pid} is not the function's`);
  const settings = read("environ").split("\0").filter((line) => line !== "");
  return {
    port: Number(port),
    environment: new Map(settings.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)])),
    residentBytes: () => Number(/VmRSS:\s+(\d+) kB/.exec(read("status"))?.[1]) * 1024,
  };
}
