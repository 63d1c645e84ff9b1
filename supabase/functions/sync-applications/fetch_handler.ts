/** What the SDK has made and signed: all that the Invoke call sends. It has no query. */
interface SignedRequest {
  protocol: string;
  hostname: string;
  port?: number;
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: BodyInit;
}

/**
 * Sends the SDK's requests with one plain `fetch`. The SDK's own handlers build a `Request` beside it, race it against a
 * second timer and read the answer as a stream; that is a quarter of what a call costs, and CPU is what a pass runs out
 * of first. Connections are kept by `fetch`, the timeout is the caller's signal.
 */
export function createFetchHandler() {
  return {
    async handle(request: SignedRequest, { abortSignal }: { abortSignal?: AbortSignal } = {}) {
      const { protocol, hostname, port, path, method, headers, body } = request;
      const response = await fetch(`${protocol}//${hostname}${port ? `:${port}` : ""}${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
        ...(abortSignal ? { signal: abortSignal } : {}),
      });
      return {
        response: {
          statusCode: response.status,
          reason: response.statusText,
          headers: Object.fromEntries(response.headers),
          body: new Uint8Array(await response.arrayBuffer()),
        },
      };
    },
  };
}
