import { InvokeCommand, LambdaClient, TooManyRequestsException } from "@aws-sdk/client-lambda";
import { fetchHandler } from "./fetch_handler.ts";
import type { InvokeLambda } from "./invoke_occ.ts";
import type { Settings } from "../settings.ts";

/** What lets calls to Lambda pass. */
export interface AttemptGate {
  attempt<T>(send: () => Promise<T>): Promise<T>;
  throttled(): void;
}

/**
 * Makes the call of OCC's main function; one client serves the whole isolate and retries in place. `gate` lets each attempt
 * pass, and is told of those that Lambda throttles, at once, while the SDK is still waiting to try again.
 */
export function createLambdaInvoker(
  aws: Settings["aws"],
  functionName: string,
  gate: AttemptGate,
): InvokeLambda {
  const client = new LambdaClient({
    region: aws.region,
    credentials: {
      accessKeyId: aws.accessKeyId,
      secretAccessKey: aws.secretAccessKey,
      ...(aws.sessionToken ? { sessionToken: aws.sessionToken } : {}),
    },
    ...(aws.endpoint ? { endpoint: aws.endpoint } : {}),
    // Without a timer of its own: the caller's signal ends a call that takes too long.
    requestHandler: fetchHandler,
    maxAttempts: 3,
    // Put together once: for each call it would be a seventh of an application's CPU.
    cacheMiddleware: true,
  });
  // Headers for Lambdas that call Lambdas, and for AWS's statistics: to make them asks the environment and the system each time.
  for (const name of ["recursionDetectionMiddleware", "getUserAgentMiddleware"]) client.middlewareStack.remove(name);
  // By each call's input: to a call with options of its own the SDK would not give the cached middleware.
  const signals = new WeakMap<object, AbortSignal>();
  // Inside the retries: sees each attempt.
  client.middlewareStack.add((next) => (args) =>
    gate.attempt(async () => {
      try {
        return await next({
          ...args,
          request: Object.assign(args.request as object, { signal: signals.get(args.input) }),
        });
      } catch (error) {
        if (error instanceof TooManyRequestsException) gate.throttled();
        throw error;
      }
    }), { step: "finalizeRequest", priority: "low" });
  return async (payload, signal) => {
    const command = new InvokeCommand({
      FunctionName: functionName,
      InvocationType: "RequestResponse",
      Payload: payload,
    });
    signals.set(command.input, signal);
    const { Payload, FunctionError } = await client.send(command);
    return {
      payload: Payload ?? new Uint8Array(),
      ...(FunctionError ? { functionError: FunctionError } : {}),
    };
  };
}
