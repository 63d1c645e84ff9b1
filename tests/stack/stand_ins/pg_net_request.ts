// One request as pg_net makes it with libcurl: header lines go out as they are, redirects are followed, and what went
// wrong is said in libcurl's words.

import { type Answer, exchange, header, TransferError } from "./http_exchange.ts";

export interface NetRequest {
  method: string;
  url: string;
  /** `Name: value`. */
  lines: string[];
  body: Uint8Array<ArrayBuffer> | null;
  timeout_milliseconds: number;
}

/** A row of net._http_response, but for the id. */
export interface NetResponse {
  status_code: number | null;
  content_type: string | null;
  headers: Record<string, string> | null;
  content: string | null;
  timed_out: boolean;
  error_msg: string | null;
}

const REDIRECTS = 50;
const UNREADABLE_URL = "URL using bad/illegal format or missing URL";

/** Throws only when `stopping` aborts. */
export async function sendRequest(request: NetRequest, stopping: AbortSignal): Promise<NetResponse> {
  const nothing = { status_code: null, content_type: null, headers: null, content: null };
  const timeout = request.timeout_milliseconds;
  const began = performance.now();
  // 0 is no limit.
  const expired = timeout > 0 ? AbortSignal.timeout(timeout) : new AbortController().signal;
  try {
    return await follow(request, AbortSignal.any([expired, stopping]));
  } catch (error) {
    if (stopping.aborted) throw error;
    if (expired.aborted) {
      const total = (performance.now() - began).toFixed(6);
      const message = `Timeout of ${timeout} ms reached. Total time: ${total} ms (DNS time: 0.000000 ms, ` +
        `TCP/SSL handshake time: 0.000000 ms, HTTP Request/Response time: ${total} ms)`;
      return { ...nothing, timed_out: true, error_msg: message };
    }
    const known = error instanceof TransferError;
    return { ...nothing, timed_out: false, error_msg: known ? error.message : UNREADABLE_URL };
  }
}

/** Status, content and its type are the last answer's; the headers are the first one's. */
async function follow(request: NetRequest, signal: AbortSignal): Promise<NetResponse> {
  let url = new URL(request.url);
  let { method, body } = request;
  method = method.toUpperCase();
  const { origin } = url;
  let first: Answer | undefined;
  for (let redirects = 0; redirects <= REDIRECTS; redirects++) {
    const answer = await exchange(url, method, headerLines({ ...request, method, body }, url, origin), body, signal);
    first ??= answer;
    const location = header(answer, "location");
    if (answer.status < 300 || answer.status > 399 || location === undefined) {
      return {
        status_code: answer.status,
        content_type: header(answer, "content-type") ?? null,
        headers: first.headers,
        content: answer.content.split("\0")[0] || null,
        timed_out: false,
        error_msg: null,
      };
    }
    url = new URL(location, url);
    // As browsers do, and libcurl with them.
    if (method === "POST" && [301, 302, 303].includes(answer.status)) [method, body] = ["GET", null];
  }
  throw new TransferError("Number of redirects hit maximum amount");
}

function headerLines({ lines: given, method, body }: NetRequest, url: URL, origin: string): string[] {
  const lines = given.filter((line) => {
    // libcurl takes a header without a value for one that is not to be sent, and keeps secrets from other hosts.
    return !/^[^:]*:\s*$/.test(line) && (url.origin === origin || !/^authorization:/i.test(line));
  });
  const has = (name: string) => lines.some((line) => line.toLowerCase().startsWith(`${name}:`));
  if (url.username + url.password !== "" && !has("authorization")) {
    const login = [url.username, url.password].map(decodeURIComponent).join(":");
    lines.push(`Authorization: Basic ${btoa(login)}`);
  }
  if (body !== null && !has("content-type")) lines.push("Content-Type: application/x-www-form-urlencoded");
  if (body !== null || method === "POST") lines.push(`Content-Length: ${body?.length ?? 0}`);
  return [`Host: ${url.host}`, "Accept: */*", ...lines, "User-Agent: pg_net/0 (stand-in)"];
}
