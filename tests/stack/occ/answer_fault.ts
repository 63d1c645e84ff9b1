import { setTimeout as delay } from "node:timers/promises";
import type { Fault } from "./faults.ts";
import { envelope, lambdaError } from "./lambda_answers.ts";

const HANG_MS = 600_000;

/** OCC's answer with this body, or what the fault makes of it. */
export async function answerFault(fault: Fault | undefined, body: unknown, signal: AbortSignal): Promise<Response> {
  switch (fault) {
    case undefined:
    case "slow":
      return envelope(200, body);
    case "throttle":
    case "unavailable":
    case "denied":
      return lambdaError(fault);
    case "network":
      return brokenResponse();
    case "hang":
      await delay(HANG_MS, undefined, { signal });
      return envelope(504, "too late");
    case "crash":
      return Response.json({ errorType: "Runtime.ExitError", errorMessage: "RequestId: 1 Error: exited" }, {
        headers: { "x-amz-function-error": "Unhandled" },
      });
    case "empty":
      return new Response("");
    case "not-json":
      return new Response("<html><body>Service temporarily unavailable</body></html>");
    case "error":
      return envelope(503, "OCC is down for maintenance");
    case "not-found":
      return envelope(404, "application not found");
    case "wrong-id":
      return envelope(200, { ...Object(body), id: "G3-0" });
    case "wrong-shape":
      return envelope(200, { application: body });
    case "too-large":
      return envelope(200, withAttributes(body, { applicationTitle: "x".repeat(2_000_000) }));
    case "nul-text":
      return envelope(200, withAttributes(body, { applicationTitle: "Home\u0000loan \ud800" }));
    case "older":
      return envelope(200, withAttributes(body, { lastSavedDateTime: "2001-01-01T00:00:00Z" }));
  }
}

function withAttributes(body: unknown, attributes: Record<string, string>): unknown {
  const record = Object(body);
  return { ...record, attributes: { ...Object(record.attributes), ...attributes } };
}

/** Ends the connection in the middle of the answer. */
function brokenResponse(): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"statusCode": 200, "body": "{'));
      setTimeout(() => controller.error(new Error("connection lost")), 0);
    },
  });
  return new Response(body, { headers: { "content-type": "application/json" } });
}
