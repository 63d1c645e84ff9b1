import { isAuthRoute } from "./auth.ts";
import type { DataApi } from "./data_api.ts";
import type { Supervisor } from "./supervisor.ts";

/** What stands behind the API's port, once it is up. */
export interface Backends {
  dataApi: DataApi | undefined;
  supervisor: Supervisor | undefined;
  /** Answers what goes to /functions/v1/, in place of the supervised function. */
  functions: ((request: Request) => Promise<Response>) | undefined;
}

const FUNCTION_PATH = "/functions/v1/sync-applications";
const BOOT_TIMEOUT_MS = 15_000;
const ANSWER_TIMEOUT_MS = 150_000;

// Of one connection, not of the message (RFC 9110, 7.6.1); and what fetch sets itself.
const HOP_BY_HOP = ["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];

/** The one handler behind the API's port: functions to the function's process, the rest to the Data API. */
export function createGateway(backends: Backends): (request: Request) => Promise<Response> {
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (backends.functions && pathname.startsWith("/functions/v1/")) return await backends.functions(request);
    if (pathname === FUNCTION_PATH) return await callFunction(request, backends.supervisor);
    if (pathname.startsWith("/functions/")) return failure(404, "NOT_FOUND", "Requested function was not found");
    return allowOrigins(request, await callDataApi(request, backends.dataApi));
  };
}

async function callDataApi(request: Request, dataApi: DataApi | undefined): Promise<Response> {
  const { pathname } = new URL(request.url);
  const known = pathname.startsWith("/rest/v1") || isAuthRoute(request);
  const preflight = request.method === "OPTIONS" && /^\/(rest|auth)\/v1/.test(pathname);
  if (preflight) return new Response(null, { status: 204 });
  // lite's own pages tell anybody how it is set up.
  if (!known) return failure(404, "NOT_FOUND", "no Route matched with those values");
  if (!dataApi) return failure(503, "STARTING", "The stack is still starting");
  // null: a request from this machine is nobody special, it needs a key as all others do.
  return await dataApi.fetch(request, null);
}

/** As Supabase's gateway does for the Data API and Auth: any page may ask, for the key and the token decide. */
function allowOrigins(request: Request, response: Response): Response {
  if (!request.headers.has("origin")) return response;
  const headers = new Headers(response.headers);
  headers.set("access-control-allow-origin", "*");
  headers.set("access-control-expose-headers", "*");
  if (request.method === "OPTIONS") {
    headers.set("access-control-allow-methods", "GET, POST, PATCH, PUT, DELETE, HEAD, OPTIONS");
    headers.set("access-control-allow-headers", request.headers.get("access-control-request-headers") ?? "*");
    headers.set("access-control-max-age", "3600");
  }
  return new Response(response.body, { status: response.status, headers });
}

async function callFunction(request: Request, supervisor: Supervisor | undefined): Promise<Response> {
  const origin = await supervisor?.origin(BOOT_TIMEOUT_MS);
  if (origin === undefined) return failure(503, "BOOT_ERROR", "Function failed to start (please check logs)");
  const { pathname, search } = new URL(request.url);
  const headers = withoutHopByHop(request.headers);
  headers.set("accept-encoding", "identity");
  const timeout = late();
  try {
    // Not request.signal: a client that hangs up does not abort the handler.
    const answer = fetch(`${origin}${pathname}${search}`, {
      method: request.method,
      headers,
      body: request.body,
      redirect: "manual",
    });
    const response = await Promise.race([answer, timeout.response]);
    return new Response(response.body, { status: response.status, headers: withoutHopByHop(response.headers) });
  } catch {
    return failure(503, "WORKER_ERROR", "Function exited before it answered (please check logs)");
  } finally {
    timeout.cancel();
  }
}

function late(): { response: Promise<Response>; cancel(): void } {
  const { promise, resolve } = Promise.withResolvers<Response>();
  const timer = setTimeout(
    () => resolve(failure(504, "IDLE_TIMEOUT", "No response from the function")),
    ANSWER_TIMEOUT_MS,
  );
  return { response: promise, cancel: () => clearTimeout(timer) };
}

function withoutHopByHop(original: Headers): Headers {
  const headers = new Headers(original);
  const named = (original.get("connection") ?? "").split(",").map((name) => name.trim()).filter((name) => name !== "");
  for (const name of [...HOP_BY_HOP, ...named, "host", "content-length"]) headers.delete(name);
  return headers;
}

function failure(status: number, code: string, message: string): Response {
  return Response.json({ code, message }, { status });
}
