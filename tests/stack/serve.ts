import { StackError } from "./stack_error.ts";

export interface LocalServer {
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
    url: `http://127.0.0.1:${server.addr.port}`,
    stop() {
      abort.abort();
      return server.finished;
    },
  };
}
