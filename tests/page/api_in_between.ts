import { stackEnv } from "../support/stack_env.ts";

/** What the page asked for and what it was sent, in bytes. */
export interface Asked {
  path: string;
  bytes: number;
}

/** Stands between the page and the stack's API: can be away, and counts. */
export interface ApiInBetween {
  url: string;
  /** Since it was last emptied; preflights are left out, browsers keep their answers. */
  asked: Asked[];
  /** Refuses connections, as a machine that is off. */
  goAway(): Promise<void>;
  comeBack(): void;
  stop(): Promise<void>;
}

export function startApiInBetween(): ApiInBetween {
  const asked: Asked[] = [];
  const forward = async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url);
    const headers = new Headers(request.headers);
    headers.delete("host");
    headers.set("accept-encoding", "identity");
    const { method } = request;
    const init = method === "GET" || method === "OPTIONS" ? {} : { body: await request.arrayBuffer() };
    const response = await fetch(`${stackEnv("API_URL")}${pathname}${search}`, { method, headers, ...init });
    const body = await response.arrayBuffer();
    if (method !== "OPTIONS") asked.push({ path: pathname, bytes: body.byteLength });
    const answered = new Headers(response.headers);
    answered.delete("content-length");
    return new Response(response.status === 204 ? null : body, { status: response.status, headers: answered });
  };
  const listen = (port: number) => Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, forward);
  let server: ReturnType<typeof listen> | undefined = listen(0);
  const { port } = server.addr;
  const goAway = async () => {
    const leaving = server;
    server = undefined;
    await leaving?.shutdown();
  };
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    goAway,
    comeBack: () => void (server ??= listen(port)),
    stop: goAway,
  };
}
