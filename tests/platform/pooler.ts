/** The session pooler: what people without IPv6 connect to, as `postgres.<ref>`. */
export interface Pooler {
  port: number;
  stop(): void;
}

const PROTOCOL_3 = 196_608;
/** SSLRequest and GSSENCRequest: the only other messages that come first and expect an answer. */
const ENCRYPTION_REQUESTS = [80_877_103, 80_877_104];
const NO = new TextEncoder().encode("N");

/** Passes connections on to PostgreSQL at `port`, with the project's ref taken off the user's name. */
export function startPooler(ref: string, port: number): Pooler {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  (async () => {
    for await (const client of listener) {
      open.add(client);
      passOn(client, ref, port, open).catch(() => {}).finally(() => close(client, open));
    }
  })().catch(() => {});
  return {
    port: listener.addr.port,
    stop() {
      listener.close();
      for (const connection of open) close(connection, open);
    },
  };
}

async function passOn(client: Deno.TcpConn, ref: string, port: number, open: Set<Deno.Conn>): Promise<void> {
  let message = await readMessage(client);
  while (ENCRYPTION_REQUESTS.includes(codeOf(message))) {
    await client.write(NO);
    message = await readMessage(client);
  }
  const startup = codeOf(message) === PROTOCOL_3 ? withoutRef(message, ref) : message;
  if (!startup) return void await client.write(errorMessage("Tenant or user not found"));
  const server = await Deno.connect({ hostname: "127.0.0.1", port });
  open.add(server);
  await server.write(startup);
  await Promise.allSettled([client.readable.pipeTo(server.writable), server.readable.pipeTo(client.writable)]);
  close(server, open);
}

/** The first messages have no type: length, code, the rest. */
async function readMessage(connection: Deno.Conn): Promise<Uint8Array> {
  const head = await readExactly(connection, 4);
  const length = new DataView(head.buffer).getUint32(0);
  if (length < 8 || length > 10_000) throw new Error("no PostgreSQL client");
  const message = new Uint8Array(length);
  message.set(head);
  message.set(await readExactly(connection, length - 4), 4);
  return message;
}

async function readExactly(connection: Deno.Conn, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const read = await connection.read(bytes.subarray(at));
    if (read === null) throw new Error("the client is gone");
    at += read;
  }
  return bytes;
}

function codeOf(message: Uint8Array): number {
  return new DataView(message.buffer).getUint32(4);
}

/** The same startup message for the plain user, or undefined when the user is not one of this project. */
function withoutRef(message: Uint8Array, ref: string): Uint8Array | undefined {
  const fields = new TextDecoder().decode(message.subarray(8)).split("\0");
  const user = fields.indexOf("user") + 1;
  if (!fields[user]?.endsWith(`.${ref}`)) return undefined;
  fields[user] = fields[user].slice(0, -ref.length - 1);
  const rest = new TextEncoder().encode(fields.join("\0"));
  const changed = new Uint8Array(8 + rest.length);
  new DataView(changed.buffer).setUint32(0, changed.length);
  new DataView(changed.buffer).setUint32(4, PROTOCOL_3);
  changed.set(rest, 8);
  return changed;
}

function errorMessage(text: string): Uint8Array {
  const fields = new TextEncoder().encode(`SFATAL\0C28000\0M${text}\0\0`);
  const message = new Uint8Array(5 + fields.length);
  message[0] = "E".charCodeAt(0);
  new DataView(message.buffer).setUint32(1, 4 + fields.length);
  message.set(fields, 5);
  return message;
}

function close(connection: Deno.Conn, open: Set<Deno.Conn>): void {
  open.delete(connection);
  try {
    connection.close();
  } catch {
    // The other side was first.
  }
}
