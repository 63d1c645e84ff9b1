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
    // The default one asks the operating system for its release, for every call.
    defaultUserAgentProvider: () => Promise.resolve([["aws-sdk-js", "3"], ["app", "sync-applications"]]),
    maxAttempts: 3,
  });
  // Inside the retries: sees each attempt.
  client.middlewareStack.add((next) => (args) =>
    gate.attempt(async () => {
      try {
        return await next(args);
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
    const { Payload, FunctionError } = await client.send(command, { abortSignal: signal });
    return {
      payload: Payload ?? new Uint8Array(),
      ...(FunctionError ? { functionError: FunctionError } : {}),
    };
  };
}
