import { z } from "zod";
import type { Clock } from "../clock.ts";
import { OccError } from "./occ_error.ts";

export interface LambdaAnswer {
  payload: Uint8Array;
  /** Set when the Lambda's own code crashed: the call itself then succeeds. */
  functionError?: string;
}

/**
 * Invokes the dispatcher with a JSON payload. Rejects with the SDK's errors. `onThrottle` is told of each attempt that is
 * throttled, at once, while the SDK is still waiting to try again.
 */
export type InvokeLambda = (payload: string, signal: AbortSignal, onThrottle: () => void) => Promise<LambdaAnswer>;

/** How OCC is reached: one dispatcher Lambda, which the payload's `functionName` sends on to the real function. */
export interface Occ {
  invokeLambda: InvokeLambda;
  applicationsByDate: string;
  applicationMedium: string;
  clientNumber: string;
  /** Zone of dates, and of times that carry no offset. */
  timeZone: string;
  /** For one call, its retries in place included. */
  timeoutMs: number;
  clock: Clock;
}

/** Lambda's limit for a synchronous answer. */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

const envelopeSchema = z.object({ statusCode: z.number(), body: z.unknown() });
const functionErrorSchema = z.object({ errorType: z.string() });

/**
 * Invokes one OCC function and returns the parsed JSON of its body.
 *
 * @throws OccError, its message beginning with "Cannot" and `action`
 */
export async function invokeOcc(
  occ: Occ,
  action: string,
  payload: Record<string, string>,
  options: { signal?: AbortSignal; onThrottle?: () => void } = {},
): Promise<unknown> {
  const answer = await send(occ, action, payload, options);
  const text = readPayload(action, answer);

  const envelope = envelopeSchema.safeParse(parseJson(text, () => unusable(action, "OCC's payload is not JSON", true)));
  if (!envelope.success) throw unusable(action, "OCC's payload has no statusCode", true);
  const { statusCode, body } = envelope.data;
  if (statusCode !== 200) {
    if (statusCode === 429) options.onThrottle?.();
    const permanent = statusCode === 404 || statusCode === 410;
    throw new OccError(`Cannot ${action}: OCC answered ${statusCode}`, !permanent);
  }
  if (typeof body !== "string") return body;
  return parseJson(body, () => unusable(action, "OCC's body is not JSON", true));
}

async function send(
  occ: Occ,
  action: string,
  payload: Record<string, string>,
  { signal, onThrottle }: { signal?: AbortSignal; onThrottle?: () => void },
): Promise<LambdaAnswer> {
  const controller = new AbortController();
  let timedOut = false;
  const cancelTimeout = occ.clock.after(occ.timeoutMs, () => {
    timedOut = true;
    controller.abort();
  });
  const abort = () => controller.abort();
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort);
  try {
    return await occ.invokeLambda(JSON.stringify(payload), controller.signal, () => onThrottle?.());
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (timedOut) throw new OccError(`Cannot ${action}: OCC did not answer in ${occ.timeoutMs / 1000} s`, true);
    throw toOccError(action, error);
  } finally {
    cancelTimeout();
    signal?.removeEventListener("abort", abort);
  }
}

/** The SDK's errors name the AWS exception; their texts may quote the request and stay behind in `cause`. */
function toOccError(action: string, cause: unknown): OccError {
  const name = cause instanceof Error ? cause.name : "";
  if (name === "TooManyRequestsException") {
    return new OccError(`Cannot ${action}: OCC is throttled`, true, { cause });
  }
  if (/^[A-Z]\w{1,60}(Exception|Failure)$/.test(name)) {
    // Refused credentials or a wrong name concern every application alike: none of them may be parked for it.
    return new OccError(`Cannot ${action}: AWS Lambda answered ${name}`, true, { cause });
  }
  return new OccError(`Cannot ${action}: OCC cannot be reached`, true, { cause });
}

function readPayload(action: string, { payload, functionError }: LambdaAnswer): string {
  if (functionError) {
    const details = functionErrorSchema.safeParse(parseJson(decode(payload), () => undefined));
    if (details.data?.errorType === "Function.ResponseSizeTooLarge") {
      throw unusable(action, "OCC's answer is too large", false);
    }
    throw unusable(action, "OCC's function failed", true);
  }
  if (payload.length === 0) throw unusable(action, "Empty response from Lambda function", true);
  if (payload.length > MAX_PAYLOAD_BYTES) throw unusable(action, "OCC's answer is too large", false);
  return decode(payload);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function unusable(action: string, state: string, retriable: boolean): OccError {
  return new OccError(`Cannot ${action}: ${state}`, retriable);
}

/** `failure` makes the error to throw, or undefined to read broken JSON as undefined. */
function parseJson(text: string, failure: () => OccError | undefined): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const error = failure();
    if (error) throw error;
    return undefined;
  }
}
