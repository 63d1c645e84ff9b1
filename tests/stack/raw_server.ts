/** An HTTP server that keeps requests as they came over the wire, and answers with text that goes out as it is. */
export interface RawServer {
  url: string;
  /** Head and body of each request. */
  requests: string[];
  stop(): void;
}

/** `answer` gets the request's target, such as `/x?y=z`; undefined leaves the client waiting. */
export function startRawServer(answer: (target: string) => string | undefined | Promise<string>): RawServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const requests: string[] = [];
  const connections = new Set<Deno.Conn>();
  const handle = async (connection: Deno.Conn) => {
    connections.add(connection);
    const bytes = new Uint8Array(65_536);
    const read = await connection.read(bytes);
    const request = new TextDecoder().decode(bytes.subarray(0, read ?? 0));
    requests.push(request);
    const text = await answer(request.split(" ")[1] ?? "");
    if (text === undefined) return;
    await connection.write(new TextEncoder().encode(text));
    connection.close();
    connections.delete(connection);
  };
  (async () => {
    for await (const connection of listener) handle(connection).catch(() => {});
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    requests,
    stop() {
      listener.close();
      for (const connection of connections) {
        try {
          connection.close();
        } catch {
          // The client was first.
        }
      }
    },
  };
}

export function http(status: number, headers: Record<string, string> = {}, body = ""): string {
  const lines = Object.entries({ ...headers, "Content-Length": String(body.length), Connection: "close" })
    .map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} Status`, ...lines, "", body].join("\r\n");
}
