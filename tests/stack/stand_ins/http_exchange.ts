export interface Answer {
  status: number;
  /** Of a name that comes twice, the last. */
  headers: Record<string, string>;
  content: string;
}

/** The wording is libcurl's. */
export class TransferError extends Error {
  override name = "TransferError";
}

export function header({ headers }: Answer, wanted: string): string | undefined {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === wanted)?.[1];
}

/** Sends one request on a connection of its own and reads the answer to its end; `lines` are sent as they are. */
export async function exchange(
  url: URL,
  method: string,
  lines: string[],
  body: Uint8Array | null,
  signal: AbortSignal,
): Promise<Answer> {
  signal.throwIfAborted();
  const connection = await connect(url);
  const hangUp = () => connection.close();
  signal.addEventListener("abort", hangUp, { once: true });
  try {
    const head = [`${method} ${url.pathname}${url.search} HTTP/1.1`, ...lines, "", ""].join("\r\n");
    await writeAll(connection, new TextEncoder().encode(head));
    if (body !== null) await writeAll(connection, body);
    return await readAnswer(connection);
  } catch (error) {
    if (error instanceof TransferError) throw error;
    throw new TransferError("Failure when receiving data from the peer", { cause: error });
  } finally {
    signal.removeEventListener("abort", hangUp);
    if (!signal.aborted) hangUp();
  }
}

async function connect({ protocol, hostname, port }: URL): Promise<Deno.Conn> {
  if (protocol !== "http:" && protocol !== "https:") throw new TransferError("Unsupported protocol");
  const address = {
    hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(port || (protocol === "http:" ? 80 : 443)),
  };
  try {
    return protocol === "http:" ? await Deno.connect(address) : await connectTls(address);
  } catch (error) {
    if (error instanceof TransferError) throw error;
    const unknown = /failed to lookup address|No address associated/.test(String(error));
    throw new TransferError(unknown ? "Couldn't resolve host name" : "Couldn't connect to server", { cause: error });
  }
}

async function connectTls(address: { hostname: string; port: number }): Promise<Deno.Conn> {
  const connection = await Deno.connectTls(address);
  try {
    await connection.handshake();
    return connection;
  } catch (cause) {
    connection.close();
    throw new TransferError("SSL connect error", { cause });
  }
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

async function readAnswer(connection: Deno.Conn): Promise<Answer> {
  // Bytes as characters, so that lengths are lengths.
  let text = "";
  const buffer = new Uint8Array(16_384);
  const more = async () => {
    const read = await connection.read(buffer);
    text += String.fromCharCode(...buffer.subarray(0, read ?? 0));
    return read !== null;
  };
  while (!text.includes("\r\n\r\n")) {
    if (await more()) continue;
    throw new TransferError(text === "" ? "Server returned nothing (no headers, no data)" : "Unsupported protocol");
  }
  const [statusLine = "", ...lines] = text.slice(0, text.indexOf("\r\n\r\n")).split("\r\n");
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1] ?? NaN);
  if (Number.isNaN(status)) throw new TransferError("Unsupported protocol");
  const headers = Object.fromEntries(lines.map((line) => [line.split(":")[0], line.replace(/^[^:]*: */, "")]));
  const answer = { status, headers, content: "" };
  text = text.slice(text.indexOf("\r\n\r\n") + 4);
  if (status === 204 || status === 304) return answer;
  const length = header(answer, "content-length");
  const chunked = header(answer, "transfer-encoding")?.toLowerCase() === "chunked";
  const isWhole = () =>
    chunked ? /(^|\r\n)0\r\n\r\n$/.test(text) : length !== undefined && text.length >= Number(length);
  while (!isWhole()) {
    if (await more()) continue;
    if (length !== undefined || chunked) throw new TransferError("Transferred a partial file");
    break;
  }
  const bytes = Uint8Array.from(chunked ? unchunk(text) : text, (character) => character.charCodeAt(0));
  answer.content = new TextDecoder().decode(bytes);
  return answer;
}

function unchunk(text: string): string {
  let content = "";
  for (let at = 0;;) {
    const end = text.indexOf("\r\n", at);
    const size = parseInt(text.slice(at, end), 16);
    if (!(size > 0)) return content;
    content += text.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}
