import { InvokeCommand, LambdaClient, TooManyRequestsException } from "@aws-sdk/client-lambda";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import type { InvokeLambda } from "./invoke_occ.ts";
import type { Settings } from "../settings.ts";

/** Makes the call of OCC's dispatcher Lambda; one client serves the whole isolate and retries in place. */
export function createLambdaInvoker({ aws, occ }: Settings): InvokeLambda {
  const client = new LambdaClient({
    region: aws.region,
    credentials: {
      accessKeyId: aws.accessKeyId,
      secretAccessKey: aws.secretAccessKey,
      ...(aws.sessionToken ? { sessionToken: aws.sessionToken } : {}),
    },
    ...(aws.endpoint ? { endpoint: aws.endpoint } : {}),
    // Without a timer of its own: the caller's signal ends a call that takes too long.
    requestHandler: new FetchHttpHandler(),
    // The default one asks the operating system for its release, for every call.
    defaultUserAgentProvider: () => Promise.resolve([["aws-sdk-js", "3"], ["app", "sync-applications"]]),
    maxAttempts: 3,
  });
  return async (payload, signal, onThrottle) => {
    const command = new InvokeCommand({
      FunctionName: occ.dispatcher,
      InvocationType: "RequestResponse",
      Payload: payload,
    });
    // Inside the retries: sees each attempt.
    command.middlewareStack.add((next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (error instanceof TooManyRequestsException) onThrottle();
        throw error;
      }
    }, { step: "finalizeRequest", priority: "low" });
    const { Payload, FunctionError } = await client.send(command, { abortSignal: signal });
    return {
      payload: Payload ?? new Uint8Array(),
      ...(FunctionError ? { functionError: FunctionError } : {}),
    };
  };
}
