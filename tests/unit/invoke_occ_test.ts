import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { createFakeClock } from "../support/fake_clock.ts";
import { createFakeOcc, envelope, type FakeAnswer } from "../support/fake_lambda.ts";
import { invokeOcc } from "../../supabase/functions/sync-applications/occ/invoke_occ.ts";
import { OccError, type OccErrorKind } from "../../supabase/functions/sync-applications/occ/occ_error.ts";

const ACTION = "fetch application G3-1042";

interface Failure {
  name: string;
  answer: () => FakeAnswer;
  message: string;
  /** "other" unless said. */
  kind?: OccErrorKind;
}

function raise(error: unknown): never {
  throw error;
}

/** An error as the SDK throws it: its name says what happened, its message may quote the request. */
function sdkError(name: string): Error {
  return Object.assign(new Error("secret of the applicant"), { name });
}

const FAILURES: Failure[] = [
  {
    name: "throttling",
    answer: () => raise(sdkError("TooManyRequestsException")),
    message: "OCC is throttled",
  },
  {
    name: "a 5xx of Lambda",
    answer: () => raise(sdkError("ServiceException")),
    message: "AWS Lambda answered ServiceException",
  },
  {
    name: "refused credentials",
    answer: () => raise(sdkError("AccessDeniedException")),
    message: "AWS Lambda answered AccessDeniedException",
  },
  {
    name: "a broken connection",
    answer: () => raise(new TypeError("error sending request for url https://secret")),
    message: "OCC cannot be reached",
  },
  {
    name: "FunctionError",
    answer: () => ({ functionError: "Unhandled", payload: '{"errorType":"KeyError","errorMessage":"secret"}' }),
    message: "OCC's function failed",
  },
  {
    name: "an answer that Lambda finds too large",
    answer: () => ({ functionError: "Unhandled", payload: '{"errorType":"Function.ResponseSizeTooLarge"}' }),
    message: "OCC's answer is too large",
    kind: "too large",
  },
  {
    name: "an answer above 6 MB",
    answer: () => ({ payload: "x".repeat(6 * 1024 * 1024 + 1) }),
    message: "OCC's answer is too large",
    kind: "too large",
  },
  { name: "an empty payload", answer: () => ({}), message: "Empty response from Lambda function" },
  {
    name: "a payload that is not JSON",
    answer: () => ({ payload: "<html>secret" }),
    message: "OCC's payload is not JSON",
  },
  { name: "a payload of null", answer: () => ({ payload: "null" }), message: "no statusCode" },
  { name: "statusCode 404", answer: () => envelope("secret", 404), message: "OCC answered 404", kind: "not found" },
  { name: "statusCode 410", answer: () => envelope("secret", 410), message: "OCC answered 410", kind: "not found" },
  { name: "statusCode 413", answer: () => envelope("secret", 413), message: "OCC answered 413", kind: "too large" },
  { name: "statusCode 500", answer: () => envelope("secret", 500), message: "OCC answered 500" },
  { name: "statusCode 400", answer: () => envelope("secret", 400), message: "OCC answered 400" },
  {
    name: "statusCode 429",
    answer: () => envelope("secret", 429),
    message: "OCC answered 429",
  },
  {
    name: "a body that is not JSON",
    answer: () => envelope("secret"),
    message: "OCC's body is not JSON",
  },
];

for (const { name, answer, message, kind = "other" } of FAILURES) {
  Deno.test(`invokeOcc() fails with ${name}, kind ${kind}`, async () => {
    const error = await assertRejects(() => invokeOcc(createFakeOcc(answer), ACTION, {}), OccError, message);
    assert(error.message.startsWith(`Cannot ${ACTION}: `), error.message);
    assertEquals([error.kind, error.message], [kind, `Cannot ${ACTION}: ${error.state}`]);
    assert(!error.message.includes("secret"), "the message quotes what OCC sent");
  });
}

Deno.test("invokeOcc() returns the body parsed", async () => {
  assertEquals(await invokeOcc(createFakeOcc(() => envelope({ id: "G3-1042" })), ACTION, {}), { id: "G3-1042" });
});

Deno.test("invokeOcc() reports throttling, also when a retry in place succeeded", async () => {
  let throttled = 0;
  const overrides = { onThrottled: () => void throttled++ };
  await invokeOcc(createFakeOcc(() => ({ ...envelope({}), throttled: true }), overrides), ACTION, {});
  assertEquals(throttled, 1);
  await invokeOcc(createFakeOcc(() => envelope({}), overrides), ACTION, {});
  assertEquals(throttled, 1);
  await assertRejects(() => invokeOcc(createFakeOcc(() => envelope("", 429), overrides), ACTION, {}), OccError);
  assertEquals(throttled, 2);
});

Deno.test("invokeOcc() gives up when OCC does not answer in time", async () => {
  const clock = createFakeClock();
  const occ = createFakeOcc(
    (_, signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    { clock, timeoutMs: 30_000 },
  );
  const call = assertRejects(() => invokeOcc(occ, ACTION, {}), OccError, "OCC did not answer in 30 s");
  await clock.advance(30_000);
  assertEquals((await call).kind, "timed out");
});

Deno.test("invokeOcc() ends with the caller's reason when the pass is aborted", async () => {
  const pass = new AbortController();
  const occ = createFakeOcc((_, signal) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
  );
  const call = assertRejects(() => invokeOcc(occ, ACTION, {}, pass.signal), RangeError, "shutdown");
  pass.abort(new RangeError("shutdown"));
  await call;
});
