import { App } from "@supabase/lite";
import { createPostgresConnection } from "@supabase/lite/postgres";
import { completeTokens, isAuthRoute } from "./auth.ts";
import type { Cluster } from "./cluster.ts";
import { nameTimeouts } from "./name_timeouts.ts";
import { refuseUnfiltered } from "./safe_update.ts";
import type { StackSecrets } from "./secrets.ts";

// postgres.js throws this from a socket's callback when PostgreSQL is killed with queries in flight; they are rejected too.
addEventListener("error", (event) => {
  if (String(event.error?.message).includes("null (reading 'write')")) event.preventDefault();
});

/** A PostgREST-compatible Data API in front of the cluster, with Supabase Auth beside it. */
export interface DataApi {
  /** Creates the schema `auth`, which a hosted project has from its beginning. */
  createAuth(): Promise<void>;
  fetch(request: Request, peerAddress: string | null): Promise<Response>;
  close(): Promise<void>;
}

const MAX_ROWS = 1000;
// As on Supabase: what its authenticator has, and of the roles it switches to only anon has less.
const STATEMENT_TIMEOUT_MS = 8000;
const ANON_STATEMENT_TIMEOUT_MS = 3000;
const LOCK_TIMEOUT_MS = 8000;

/**
 * The Data API of the stack. With `studio` it also serves lite's studio, and keyless requests from loopback run as
 * service_role ("admin mode"): that belongs on a port of its own, never on the API's. With `signUp` anybody can become a
 * user: that belongs on none.
 */
export function createDataApi(
  cluster: Cluster,
  secrets: StackSecrets,
  options: { studio: boolean; signUp?: boolean },
): DataApi {
  const connection = createPostgresConnection({
    // It must see everything to find the tables; it switches to the request's role in each transaction.
    url: `postgresql://supabase_admin@127.0.0.1:${cluster.port}/postgres`,
    postgresOptions: {
      // A function, so that no answer of lite's can print it.
      password: () => secrets.superuserPassword,
      max: options.studio ? 2 : 10,
      onnotice: () => {},
      connection: {
        TimeZone: "UTC",
        statement_timeout: STATEMENT_TIMEOUT_MS,
        lock_timeout: LOCK_TIMEOUT_MS,
        application_name: "data api",
      },
      types: { json: jsonType(114), jsonb: jsonType(3802) },
    },
  });
  // Otherwise the first request grants everything on all tables to anon, which undoes the migrations' revokes.
  Reflect.set(connection, "rlsState", "active");
  limitAnon(connection);
  const app = new App({
    connection,
    api: { max_rows: MAX_ROWS, schemas: ["public"] },
    auth: {
      enabled: !options.studio,
      enable_signup: options.signUp ?? false,
      email: { enable_signup: options.signUp ?? false, enable_confirmations: false },
      secret_key: secrets.secretKey,
      publishable_key: secrets.publishableKey,
      jwt_secret: secrets.jwtSecret,
    },
    studio: { enabled: options.studio },
    options: { server: { admin: options.studio, disableStudio: !options.studio } },
  });
  return {
    createAuth: () => app.ensureSystemSchema(),
    async fetch(request, peerAddress) {
      // Of a caller nobody knows lite says so itself.
      const known = [secrets.secretKey, secrets.publishableKey].includes(request.headers.get("apikey") ?? "");
      const refusal = known ? refuseUnfiltered(request) : undefined;
      if (refusal) return refusal;
      const response = await nameTimeouts(await app.fetch(request, { peerAddress }));
      return isAuthRoute(request) ? await completeTokens(response, secrets) : response;
    },
    close: () => connection.driver.end({ timeout: 1 }),
  };
}

interface Session {
  executeQuery(query: { sql: string; parameters: []; query: { kind: "RawNode" } }): Promise<unknown>;
}

/** lite switches to the request's role, but not to that role's settings. */
function limitAnon(connection: object): void {
  const original: (session: Session, context: { auth?: { role?: string } }, ...rest: unknown[]) => Promise<void> =
    Reflect.get(connection, "applyJwtSessionContext");
  Reflect.set(connection, "applyJwtSessionContext", async (...args: Parameters<typeof original>) => {
    await Reflect.apply(original, connection, args);
    const [session, { auth }] = args;
    if ((auth?.role ?? "anon") !== "anon") return;
    const sql = `set local statement_timeout = ${ANON_STATEMENT_TIMEOUT_MS}`;
    await session.executeQuery({ sql, parameters: [], query: { kind: "RawNode" } });
  });
}

/** lite's own serializers encode rpc() arguments a second time, although they are JSON text already. */
function jsonType(oid: number) {
  return {
    to: oid,
    from: [oid],
    serialize: (value: unknown) => typeof value === "string" ? value : JSON.stringify(value),
    parse: (text: string): unknown => JSON.parse(text),
  };
}
