import * as z from "zod";
import { type Clock, TimeoutError, withTimeout } from "../clock.ts";
import type { TimeZone } from "../time_zone.ts";
import { describeLambdaError } from "./lambda_error.ts";
import { OccError, type OccErrorKind } from "./occ_error.ts";

export interface LambdaAnswer {
  payload: Uint8Array;
  /** Set when the Lambda's own code crashed: the call itself then succeeds. */
  functionError?: string;
}

/** Invokes OCC's main function with a JSON payload. Rejects with the SDK's errors. */
export type InvokeLambda = (payload: string, signal: AbortSignal) => Promise<LambdaAnswer>;

/** How OCC is reached: one main Lambda, which the payload's `functionName` sends on to the OCC function it names. */
export interface Occ {
  invokeLambda: InvokeLambda;
  byDateFunction: string;
  mediumFunction: string;
  clientNumber: string;
  /** Zone of dates, and of times that carry no offset. */
  timeZone: TimeZone;
  /** For one call, its retries in place included. */
  timeoutMs: number;
  /** OCC itself answered that it is throttled. (What Lambda throttles, the invoker hears.) */
  onThrottled: () => void;
  clock: Clock;
}

/** Lambda's limit for a synchronous answer. */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

/** The statuses somebody acts on. */
const KINDS = new Map<number, OccErrorKind>([[404, "not found"], [410, "not found"], [413, "too large"]]);

const envelopeSchema = z.object({ statusCode: z.number(), body: z.unknown() });
const functionErrorSchema = z.object({ errorType: z.string() });

/**
 * Invokes one OCC function and returns the parsed JSON of its body.
 *
 * @throws OccError, its message beginning with "Cannot" and `action`; the signal's reason when that is aborted
 */
export async function invokeOcc(
  occ: Occ,
  action: string,
  payload: Record<string, string>,
  signal?: AbortSignal,
): Promise<unknown> {
  // Nothing holds the payload any more while the body is parsed: a list may be 6 MB, and so is each of its forms.
  const { statusCode, body } = readEnvelope(action, await send(occ, action, payload, signal));
  if (statusCode !== 200) {
    if (statusCode === 429) occ.onThrottled();
    throw new OccError(action, `OCC answered ${statusCode}`, KINDS.get(statusCode));
  }
  if (typeof body !== "string") return body;
  return parseJson(body, () => unusable(action, "OCC's body is not JSON"));
}

async function send(
  occ: Occ,
  action: string,
  payload: Record<string, string>,
  signal: AbortSignal | undefined,
): Promise<LambdaAnswer> {
  const invoke = (either: AbortSignal) => occ.invokeLambda(JSON.stringify(payload), either);
  try {
    return await withTimeout(occ.clock, occ.timeoutMs, signal, invoke);
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    const timedOut = cause instanceof TimeoutError;
    const state = timedOut ? `OCC did not answer in ${occ.timeoutMs / 1000} s` : describeLambdaError(cause);
    throw new OccError(action, state, timedOut ? "timed out" : "other", { cause });
  }
}

function readEnvelope(action: string, answer: LambdaAnswer): z.infer<typeof envelopeSchema> {
  const payload = parseJson(readPayload(action, answer), () => unusable(action, "OCC's payload is not JSON"));
  const envelope = envelopeSchema.safeParse(payload);
  if (!envelope.success) throw unusable(action, "OCC's payload has no statusCode");
  return envelope.data;
}

function readPayload(action: string, { payload, functionError }: LambdaAnswer): string {
  if (functionError) {
    const details = functionErrorSchema.safeParse(parseJson(decode(payload), () => undefined));
    if (details.data?.errorType === "Function.ResponseSizeTooLarge") {
      throw unusable(action, "OCC's answer is too large", "too large");
    }
    throw unusable(action, "OCC's function failed");
  }
  if (payload.length === 0) throw unusable(action, "Empty response from Lambda function");
  if (payload.length > MAX_PAYLOAD_BYTES) throw unusable(action, "OCC's answer is too large", "too large");
  return decode(payload);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function unusable(action: string, state: string, kind?: OccErrorKind): OccError {
  return new OccError(action, state, kind);
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
