import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { type Check, fail, ok, warn } from "./check.ts";

const TIMEOUT_MS = 10_000;
// Refused for its input, after the secret and the settings have been looked at: nothing is synced.
const PROBE = { doctor: true };

export interface FunctionAccess {
  apiUrl: string;
  /** What the schedule presents, or a secret key. */
  secret: string | undefined;
  /** What to change when the secret is refused. */
  secretName: string;
}

/** What can be told by calling the function. */
export async function checkFunction({ apiUrl, secret, secretName }: FunctionAccess): Promise<Check[]> {
  const url = `${apiUrl.replace(/\/$/, "")}/functions/v1/sync-applications`;
  const without = await call(url);
  if (typeof without === "string") {
    return [
      fail(
        "function",
        `cannot be reached at ${url}: ${without}`,
        "supabase functions deploy sync-applications --use-api",
      ),
    ];
  }
  const checks = [
    without.status === 401 ? ok("function without the secret", "401") : fail(
      "function without the secret",
      `${without.status} instead of 401`,
      "verify_jwt = false in supabase/config.toml, then deploy",
    ),
  ];
  if (!secret) {
    return [...checks, warn("function with the secret", "not tried: no secret known", "set CRON_SECRET or SECRET_KEY")];
  }
  const answer = await call(url, secret);
  if (typeof answer === "string") {
    return [...checks, fail("function with the secret", answer, "look at the function's log")];
  }
  if (answer.status === 401) {
    return [
      ...checks,
      fail(
        "function with the secret",
        `${secretName} is refused`,
        `supabase secrets set CRON_SECRET=<the value of ${secretName}>`,
      ),
    ];
  }
  checks.push(ok("function with the secret", "accepted"));
  checks.push(
    answer.status === 500
      ? fail("function settings", answer.message, "supabase secrets set --env-file supabase/functions/.env")
      : ok("function settings", "complete"),
  );
  return checks;
}

async function call(url: string, secret?: string): Promise<{ status: number; message: string } | string> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...(secret ? { authorization: `Bearer ${secret}` } : {}) },
      body: JSON.stringify(PROBE),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    return { status: response.status, message: /"message":"([^"]*)"/.exec(text)?.[1] ?? "" };
  } catch (error) {
    return error instanceof DOMException ? "no answer in 10 s" : "connection refused";
  }
}

/** Whether the keys may invoke the OCC function: Lambda's own dry run, which invokes nothing. */
export async function checkAws(env: Record<string, string>): Promise<Check> {
  const occFunction = env.OCC_ENVIRONMENT === "test"
    ? env.LAMBDA_FUNCTION_APPLICATIONS_MAIN_TEST
    : env.LAMBDA_FUNCTION_APPLICATIONS_MAIN_PROD;
  const { AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!occFunction || !region || !accessKeyId || !secretAccessKey) {
    return warn(
      "aws",
      "not tried: the function's settings are not known here",
      "deno task doctor -- --env-file supabase/functions/.env",
    );
  }
  const client = new LambdaClient({
    region,
    credentials: {
      accessKeyId,
      secretAccessKey,
      ...(env.AWS_SESSION_TOKEN ? { sessionToken: env.AWS_SESSION_TOKEN } : {}),
    },
    ...(env.AWS_ENDPOINT_URL_LAMBDA ? { endpoint: env.AWS_ENDPOINT_URL_LAMBDA } : {}),
    maxAttempts: 2,
  });
  try {
    await client.send(new InvokeCommand({ FunctionName: occFunction, InvocationType: "DryRun" }));
    return ok("aws", `may invoke ${occFunction}`);
  } catch (error) {
    const name = error instanceof Error ? error.name : "unknown error";
    if (name === "ResourceNotFoundException") {
      return fail(
        "aws",
        `there is no Lambda ${occFunction} in ${region}`,
        "set LAMBDA_FUNCTION_APPLICATIONS_MAIN_PROD or …_TEST",
      );
    }
    return fail(
      "aws",
      `may not invoke ${occFunction}: ${name}`,
      "allow lambda:InvokeFunction on it (README, Security); check the AWS keys",
    );
  } finally {
    client.destroy();
  }
}
