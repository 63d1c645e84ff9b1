import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { systemClock } from "../../supabase/functions/sync-applications/clock.ts";
import { invokeOcc, type Occ } from "../../supabase/functions/sync-applications/occ/invoke_occ.ts";
import { createLambdaInvoker } from "../../supabase/functions/sync-applications/occ/lambda_invoker.ts";
import { OccError, type OccErrorKind } from "../../supabase/functions/sync-applications/occ/occ_error.ts";
import { createTimeZone } from "../../supabase/functions/sync-applications/time_zone.ts";
import { waitUntil } from "../support/wait_until.ts";

const ACTION = "fetch application G3-1042";
/** Of one call, its retries included: more than a busy machine needs. */
const TIMEOUT_MS = 20_000;
/** Of a call that is never answered: real time, so it is short. */
const SHORT_TIMEOUT_MS = 500;
const MEGABYTE = "x".repeat(1024 * 1024);

function answer(status: number, body: string, headers: Record<string, string> = {}): string {
  const all = { "content-type": "application/json", "content-length": `${body.length}`, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} -\r\n${lines.join("")}\r\n${body}`;
}

function lambdaError(status: number, type: string): string {
  return answer(status, '{"Type":"User","message":"secret"}', { "x-amzn-errortype": type });
}

const CRASHED = { "x-amz-function-error": "Unhandled" };

/** Bytes that come back, and whether the connection ends with them. */
interface Wire {
  text: string;
  end?: boolean;
  /** They come back to the first bytes that arrive, whether these are a request or not. */
  early?: boolean;
}

interface Failure extends Wire {
  name: string;
  state: string;
  kind?: OccErrorKind;
  /** The SDK's own retries among them. */
  attempts?: number;
}

const FAILURES: Failure[] = [
  { name: "a connection that ends without an answer", text: "", end: true, state: "OCC cannot be reached" },
  { name: "what is no HTTP", text: "SSH-2.0-x\r\n\r\n", end: true, state: "OCC cannot be reached" },
  {
    name: "half a body",
    text: answer(200, '{"statusCode":', { "content-length": "100" }),
    end: true,
    state: "OCC cannot be reached",
  },
  {
    name: "half a chunked body",
    text: 'HTTP/1.1 200 -\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"sta\r\n',
    end: true,
    state: "OCC cannot be reached",
  },
  { name: "an empty body", text: answer(200, ""), state: "Empty response from Lambda function" },
  { name: "204", text: "HTTP/1.1 204 -\r\n\r\n", state: "Empty response from Lambda function" },
  {
    name: "a request that is too large",
    text: lambdaError(413, "RequestTooLargeException"),
    state: "AWS Lambda answered RequestTooLargeException",
  },
  {
    name: "refused credentials",
    text: lambdaError(403, "AccessDeniedException"),
    state: "AWS Lambda answered AccessDeniedException",
  },
  {
    name: "throttling",
    text: lambdaError(429, "TooManyRequestsException"),
    state: "OCC is throttled",
    attempts: 3,
  },
  {
    name: "an error of Lambda",
    text: lambdaError(500, "ServiceException"),
    state: "AWS Lambda answered ServiceException",
    attempts: 3,
  },
  {
    name: "a gateway's page",
    text: answer(502, "<html>secret", { "content-type": "text/html" }),
    state: "OCC cannot be reached",
    attempts: 3,
  },
  {
    name: "a function that crashed",
    text: answer(200, '{"errorType":"KeyError","errorMessage":"secret"}', CRASHED),
    state: "OCC's function failed",
  },
  {
    name: "a function whose answer is too large",
    text: answer(200, '{"errorType":"Function.ResponseSizeTooLarge"}', CRASHED),
    state: "OCC's answer is too large",
    kind: "too large",
  },
  {
    name: "more than 6 MB",
    text: answer(200, MEGABYTE.repeat(6) + "x"),
    state: "OCC's answer is too large",
    kind: "too large",
  },
  { name: "no answer", text: "", state: "OCC did not answer in 0.5 s", kind: "timed out" },
  {
    name: "a body that never ends",
    text: answer(200, '{"statusCode":', { "content-length": "100" }),
    state: "OCC did not answer in 0.5 s",
    kind: "timed out",
  },
];

/** A Lambda that says these bytes to every request, and sees who is still connected. */
async function withLambda(
  wire: Wire,
  test: (lambda: { port: number; requests: string[]; open: () => number }) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections = new Set<Deno.Conn>();
  const requests: string[] = [];

  async function answerAll(connection: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(65_536);
    let received = "";
    for (;;) {
      const count = await connection.read(buffer);
      if (count === null) return;
      received += new TextDecoder().decode(buffer.subarray(0, count));
      if (!wire.early && !received.includes("}")) continue;
      requests.push(received);
      received = "";
      const bytes = new TextEncoder().encode(wire.text);
      for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
      if (wire.end) return;
    }
  }
  const accepting = (async () => {
    for await (const connection of listener) {
      connections.add(connection);
      answerAll(connection).catch(() => {}).finally(() => {
        if (connections.delete(connection)) connection.close();
      });
    }
  })();
  try {
    await test({ port: listener.addr.port, requests, open: () => connections.size });
  } finally {
    listener.close();
    for (const connection of connections) connection.close();
    connections.clear();
    await accepting;
  }
}

interface OccOptions {
  /** Called after each attempt, before the SDK tries again. */
  after?: () => void;
  timeoutMs?: number;
}

function createOcc(endpoint: string, { after = () => {}, timeoutMs = TIMEOUT_MS }: OccOptions = {}): Occ {
  const gate = { attempt: <T>(send: () => Promise<T>) => send().finally(after), throttled: () => {} };
  const aws = { accessKeyId: "AKIA-secret", secretAccessKey: "secret", region: "ap-southeast-2", endpoint };
  return {
    invokeLambda: createLambdaInvoker(aws, "main", gate),
    byDateFunction: "by-date",
    mediumFunction: "medium",
    clientNumber: "4711",
    timeZone: createTimeZone("UTC"),
    timeoutMs,
    onThrottled: () => {},
    clock: systemClock,
  };
}

/** Keep-alive outlives a test. */
const LASTING = { sanitizeResources: false, sanitizeOps: false };

for (const { name, state, kind = "other", attempts = 1, ...wire } of FAILURES) {
  Deno.test({
    name: `invokeOcc() fails with ${name} on the wire, after ${attempts} attempts`,
    ...LASTING,
    fn: () =>
      withLambda(wire, async ({ port, requests, open }) => {
        const timeoutMs = kind === "timed out" ? SHORT_TIMEOUT_MS : TIMEOUT_MS;
        const occ = createOcc(`http://127.0.0.1:${port}`, { timeoutMs });
        const error = await assertRejects(() => invokeOcc(occ, ACTION, { functionName: "medium" }), OccError);
        assertEquals([error.message, error.kind], [`Cannot ${ACTION}: ${state}`, kind]);
        assertEquals(requests.length, attempts);
        // Who waits no more has hung up: nothing goes on being read.
        if (kind === "timed out") await waitUntil("the connection to end", 30_000, () => Promise.resolve(open() === 0));
      }),
  });
}

Deno.test({
  name: "invokeOcc() hangs up when the pass is aborted, also in the middle of a body",
  ...LASTING,
  fn: () =>
    withLambda({ text: answer(200, "{", { "content-length": "100" }) }, async ({ port, requests, open }) => {
      const pass = new AbortController();
      const occ = createOcc(`http://127.0.0.1:${port}`);
      const call = invokeOcc(occ, ACTION, {}, pass.signal);
      await waitUntil("the call to arrive", 30_000, () => Promise.resolve(requests.length === 1));
      pass.abort(new Error("the worker is shutting down"));
      await assertRejects(() => call, Error, "the worker is shutting down");
      await waitUntil("the connection to end", 30_000, () => Promise.resolve(open() === 0));
    }),
});

Deno.test({
  name: "invokeOcc() asks no more when the pass is aborted while the SDK waits to try again",
  ...LASTING,
  fn: () =>
    withLambda({ text: lambdaError(500, "ServiceException") }, async ({ port, requests }) => {
      const pass = new AbortController();
      let attempts = 0;
      const after = () => {
        attempts++;
        pass.abort(new Error("the worker is shutting down"));
      };
      const occ = createOcc(`http://127.0.0.1:${port}`, { after });
      await assertRejects(() => invokeOcc(occ, ACTION, {}, pass.signal), Error, "the worker is shutting down");
      // The SDK does not know; what it tries next is not sent.
      await waitUntil("the SDK's next attempt to end", 30_000, () => Promise.resolve(attempts === 2));
      assertEquals(requests.length, 1);
    }),
});

for (const status of [301, 302, 307, 308]) {
  Deno.test({
    name: `invokeOcc() follows no redirect: ${status}`,
    ...LASTING,
    fn: () =>
      withLambda({ text: answer(200, '{"statusCode":200,"body":"{}"}') }, async (elsewhere) => {
        const text = answer(status, "", { location: `http://127.0.0.1:${elsewhere.port}/elsewhere` });
        await withLambda({ text }, async ({ port, requests }) => {
          const occ = createOcc(`http://127.0.0.1:${port}`);
          await assertRejects(() => invokeOcc(occ, ACTION, {}), OccError, "OCC cannot be reached");
          assertEquals([requests.length, elsewhere.requests.length], [1, 0]);
        });
      }),
  });
}

Deno.test({
  name: "invokeOcc() cannot reach an OCC that is not there, nor one that does not speak TLS",
  ...LASTING,
  fn: () =>
    withLambda({ text: "HTTP/1.1 400 -\r\n\r\n", end: true, early: true }, async ({ port }) => {
      for (const endpoint of ["http://nowhere.invalid", "http://127.0.0.1:9", `https://127.0.0.1:${port}`]) {
        const error = await assertRejects(() => invokeOcc(createOcc(endpoint), ACTION, {}), OccError);
        assert(/OCC (cannot be reached|did not answer in 20 s)$/.test(error.message), error.message);
      }
    }),
});
