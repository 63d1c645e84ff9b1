import { StackError } from "./stack_error.ts";

export interface LocalServer {
  port: number;
  url: string;
  stop(): Promise<void>;
}

/** Serves on a loopback port. @throws StackError when it is taken */
export function serve(port: number, handler: Deno.ServeHandler<Deno.NetAddr>): LocalServer {
  const abort = new AbortController();
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = Deno.serve({ hostname: "127.0.0.1", port, signal: abort.signal, onListen: () => {} }, handler);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.AddrInUse)) throw cause;
    throw new StackError(`Port ${port} is taken: choose another with --port, or stop what listens there`, { cause });
  }
  return {
    port: server.addr.port,
    url: `http://127.0.0.1:${server.addr.port}`,
    stop() {
      abort.abort();
      return server.finished;
    },
  };
}

const DEFAULT_PORT = 54_321;

/**
 * Serves on the port asked for; without one on that of the last start or 54321, or a free one when that is taken, which is
 * then said. @throws StackError
 */
export function serveApi(
  { wanted, kept = DEFAULT_PORT }: { wanted: number | undefined; kept: number | undefined },
  handler: Deno.ServeHandler<Deno.NetAddr>,
  report: (step: string) => void,
): LocalServer {
  if (wanted !== undefined) return serve(wanted, handler);
  try {
    return serve(kept, handler);
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    const server = serve(0, handler);
    report(`Port ${kept} is taken: the API is at ${server.port}`);
    return server;
  }
}
