import { App } from "@supabase/lite";
import { createPostgresConnection } from "@supabase/lite/postgres";
import type { Cluster } from "./cluster.ts";
import type { StackSecrets } from "./secrets.ts";

// postgres.js throws this from a socket's callback when PostgreSQL is killed with queries in flight; they are rejected too.
addEventListener("error", (event) => {
  if (String(event.error?.message).includes("null (reading 'write')")) event.preventDefault();
});

/** A PostgREST-compatible Data API in front of the cluster. */
export interface DataApi {
  fetch(request: Request, peerAddress: string | null): Promise<Response>;
  close(): Promise<void>;
}

const MAX_ROWS = 1000;
// What PostgREST's authenticator has on Supabase; the roles it switches to do not bring their own along.
const STATEMENT_TIMEOUT_MS = 8000;

/**
 * The Data API of the stack. With `studio` it also serves lite's studio, and keyless requests from loopback run as
 * service_role ("admin mode"): that belongs on a port of its own, never on the API's.
 */
export function createDataApi(cluster: Cluster, secrets: StackSecrets, options: { studio: boolean }): DataApi {
  const connection = createPostgresConnection({
    // It must see everything to find the tables; it switches to the request's role in each transaction.
    url: `postgresql://supabase_admin@127.0.0.1:${cluster.port}/postgres`,
    postgresOptions: {
      // A function, so that no answer of lite's can print it.
      password: () => secrets.superuserPassword,
      max: options.studio ? 2 : 10,
      onnotice: () => {},
      connection: { TimeZone: "UTC", statement_timeout: STATEMENT_TIMEOUT_MS, application_name: "data api" },
      types: { json: jsonType(114), jsonb: jsonType(3802) },
    },
  });
  // Otherwise the first request grants everything on all tables to anon, which undoes the migrations' revokes.
  Reflect.set(connection, "rlsState", "active");
  const app = new App({
    connection,
    api: { max_rows: MAX_ROWS, schemas: ["public"] },
    auth: {
      enabled: false,
      secret_key: secrets.secretKey,
      publishable_key: secrets.publishableKey,
      jwt_secret: secrets.jwtSecret,
    },
    studio: { enabled: options.studio },
    options: { server: { admin: options.studio, disableStudio: !options.studio } },
  });
  return {
    fetch: (request, peerAddress) => app.fetch(request, { peerAddress }),
    close: () => connection.driver.end({ timeout: 1 }),
  };
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
