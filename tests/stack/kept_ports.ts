import { STACKS } from "../../supabase/tools/local_stack.ts";
import { freePort } from "./ports.ts";

/** Where a stack listens, for those who come from outside. */
export interface StackPorts {
  api: number;
  database: number;
  studio: number;
  occ: number;
  /** Of a stack that serves the page. */
  dashboard?: number;
}

const PATH = `${STACKS}ports.json`;

/** The ports of this folder's last start, as far as they are known. */
export function readKeptPorts(): Partial<StackPorts> {
  try {
    const kept: Partial<Record<keyof StackPorts, unknown>> = JSON.parse(Deno.readTextFileSync(PATH));
    const isPort = (value: unknown) => Number.isInteger(value) && Number(value) > 0 && Number(value) < 65_536;
    return Object.fromEntries(Object.entries(kept).filter(([, value]) => isPort(value)));
  } catch {
    // There was no start, or somebody wrote something else into it.
    return {};
  }
}

export function keepPorts(ports: StackPorts): void {
  Deno.writeTextFileSync(`${PATH}.new`, `${JSON.stringify(ports)}\n`);
  Deno.renameSync(`${PATH}.new`, PATH);
}

/** The port of the last start if it is still free, which is said otherwise; else any. */
export function chooseKept(name: string, kept: number | undefined, report: (step: string) => void): number {
  if (kept === undefined || isFree(kept)) return kept ?? freePort();
  const port = freePort();
  report(`Port ${kept}, where the ${name} was, is taken: it is at ${port} now`);
  return port;
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch {
    return false;
  }
}
