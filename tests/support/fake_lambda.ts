import { systemClock } from "../../supabase/functions/sync-applications/clock.ts";
import { createTimeZone } from "../../supabase/functions/sync-applications/time_zone.ts";
import type { LambdaAnswer, Occ } from "../../supabase/functions/sync-applications/occ/invoke_occ.ts";

export interface FakeAnswer extends Partial<Omit<LambdaAnswer, "payload">> {
  payload?: string;
  /** An attempt was throttled on the way. */
  throttled?: boolean;
}

/** OCC behind an invoker that answers what the test says; only the SDK and the network are missing. */
export function createFakeOcc(
  answer: (payload: Record<string, string>, signal: AbortSignal) => FakeAnswer | Promise<FakeAnswer>,
  overrides: Partial<Occ> = {},
): Occ {
  const onThrottled = overrides.onThrottled ?? (() => {});
  return {
    invokeLambda: async (text, signal) => {
      const { payload = "", throttled, ...rest } = await answer(JSON.parse(text), signal);
      if (throttled) onThrottled();
      return { ...rest, payload: new TextEncoder().encode(payload) };
    },
    byDateFunction: "by-date",
    mediumFunction: "medium",
    clientNumber: "4711",
    timeZone: createTimeZone("UTC"),
    timeoutMs: 30_000,
    onThrottled,
    clock: systemClock,
    ...overrides,
  };
}

/** What OCC's main function answers when all is well. */
export function envelope(body: unknown, statusCode = 200): FakeAnswer {
  return { payload: JSON.stringify({ statusCode, body: typeof body === "string" ? body : JSON.stringify(body) }) };
}
