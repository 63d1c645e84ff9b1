import { StackError } from "./stack_error.ts";

const DEFAULT_PORT = 54_321;

/** A loopback port nobody listens on now. Somebody may take it before its user does: retry there. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** The port asked for; without one 54321, or a free one when that is taken. @throws StackError when it is taken */
export function choosePort(wanted: number | undefined): number {
  if (wanted !== undefined && !isFree(wanted)) {
    throw new StackError(`Port ${wanted} is taken: choose another with --port, or stop what listens there`);
  }
  return wanted ?? (isFree(DEFAULT_PORT) ? DEFAULT_PORT : freePort());
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch {
    return false;
  }
}
