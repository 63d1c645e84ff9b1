export interface RawAnswer {
  /** 0 when the connection ended without an answer. */
  status: number;
  /** Names in lower case. */
  headers: Map<string, string>;
  body: string;
}

/**
 * Sends exactly these parts over TCP, which fetch would mend or refuse, and reads what comes until the other side is
 * done or `timeoutMs` have passed.
 */
export async function sendRaw(port: number, parts: (string | Uint8Array)[], timeoutMs = 20_000): Promise<RawAnswer> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const timer = setTimeout(() => connection.close(), timeoutMs);
  let received = "";
  const decoder = new TextDecoder();
  try {
    const reading = (async () => {
      const buffer = new Uint8Array(65_536);
      for (;;) {
        const count = await connection.read(buffer);
        if (count === null) return;
        received += decoder.decode(buffer.subarray(0, count), { stream: true });
        if (isComplete(received)) return;
      }
    })();
    for (const part of parts) await writeAll(connection, part);
    await reading;
  } catch {
    // Cut off: what came until then is the answer.
  } finally {
    clearTimeout(timer);
    try {
      connection.close();
    } catch {
      // The timer has closed it.
    }
  }
  return parse(received);
}

async function writeAll(connection: Deno.Conn, part: string | Uint8Array): Promise<void> {
  const bytes = typeof part === "string" ? new TextEncoder().encode(part) : part;
  for (let offset = 0; offset < bytes.length;) offset += await connection.write(bytes.subarray(offset));
}

/** The function's answers all have a Content-Length. */
function isComplete(received: string): boolean {
  const { headers, body } = parse(received);
  return headers.has("content-length") && body.length >= Number(headers.get("content-length"));
}

function parse(received: string): RawAnswer {
  const end = received.indexOf("\r\n\r\n");
  const [first = "", ...lines] = received.slice(0, end === -1 ? received.length : end).split("\r\n");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return {
    status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1] ?? 0),
    headers: new Map(headers),
    body: end === -1 ? "" : received.slice(end + 4),
  };
}
