import type { LambdaAnswer } from "../../../supabase/functions/sync-applications/occ/invoke_occ.ts";

/** What OCC's main Lambda answers: a status and a body of JSON. */
export function envelope(body: unknown, statusCode = 200): LambdaAnswer {
  return raw(JSON.stringify({ statusCode, body: typeof body === "string" ? body : JSON.stringify(body) }));
}

export function raw(text: string): LambdaAnswer {
  return { payload: new TextEncoder().encode(text) };
}

/** An error of the AWS SDK. */
export function named(name: string): Error {
  const error = new Error("of the simulation");
  error.name = name;
  return error;
}

export function serviceError(): Error {
  return named("ServiceException");
}

export function networkError(): Error {
  return new TypeError("connection reset");
}

export function tooLargeError(): LambdaAnswer {
  return { ...raw('{"errorType": "Function.ResponseSizeTooLarge"}'), functionError: "Unhandled" };
}
