import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { type Check, fail, ok, warn } from "./check.ts";
import { changeSettings, setSecrets, shell, writeSetting } from "./steps.ts";

const KEYS = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
const EXPIRED = ["ExpiredTokenException", "ExpiredToken"];
const DENIED = ["AccessDeniedException", "AccessDenied"];

export interface AwsAccess {
  functionEnv: Record<string, string>;
  envFile: string | undefined;
  ref: string | undefined;
}

/** Whether the keys may invoke the OCC function: Lambda's own dry run, which invokes nothing. */
export async function checkAws({ functionEnv: env, envFile, ref }: AwsAccess): Promise<Check> {
  const setting = env.OCC_ENVIRONMENT === "test"
    ? "LAMBDA_FUNCTION_APPLICATIONS_MAIN_TEST"
    : "LAMBDA_FUNCTION_APPLICATIONS_MAIN_PROD";
  const lacking = ["AWS_REGION", ...KEYS, setting].filter((name) => !env[name]);
  const [occFunction = "", region = ""] = [env[setting], env.AWS_REGION];
  if (Object.keys(env).length === 0) {
    const fix = shell("npx -y deno@2.9.6 task doctor -- --env-file supabase/functions/.env");
    return warn("aws", "not tried: the function's settings are not known here", fix);
  }
  const change = (...names: string[]) => changeSettings(ref, names, envFile);
  if (lacking.length > 0) return fail("aws", `not tried: ${lacking.join(", ")} not set`, ...change(...lacking));
  const ofArn = /^arn:aws[\w-]*:lambda:([\w-]+):/.exec(occFunction)?.[1];
  if (ofArn && ofArn !== region) {
    const fix = envFile === undefined
      ? change("AWS_REGION")
      : [writeSetting(envFile, "AWS_REGION", ofArn), ...setSecrets(ref, ["AWS_REGION"], envFile)];
    return fail("aws", `AWS_REGION is ${region}, but ${setting} is in ${ofArn}`, ...fix);
  }
  const { name, message } = await dryRun(env, occFunction, region);
  if (name === "") return ok("aws", `may invoke ${occFunction}`);
  if (name === "ResourceNotFoundException") {
    return fail("aws", `there is no Lambda ${occFunction} in ${region}`, ...change(setting, "AWS_REGION"));
  }
  if (DENIED.includes(name)) {
    return fail("aws", `may not invoke ${occFunction}: ${name}`, shell(allow(occFunction, region)));
  }
  if (/valid region/.test(message)) {
    return fail("aws", `AWS_REGION ${region} is not the Lambda endpoint's`, ...change("AWS_REGION"));
  }
  if (EXPIRED.includes(name)) {
    return fail("aws", `the keys have expired: ${name}`, ...change(...KEYS, "AWS_SESSION_TOKEN"));
  }
  // Without an answer's name: no host of this region, or no network.
  if (!/Exception$/.test(name)) {
    return fail("aws", `Lambda cannot be reached in ${region} (${name})`, ...change("AWS_REGION"));
  }
  return fail("aws", `the keys are refused: ${name}`, ...change(...KEYS));
}

/** The error's name and message, or nothing. */
async function dryRun(env: Record<string, string>, occFunction: string, region: string) {
  const client = new LambdaClient({
    region,
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID ?? "",
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? "",
      ...(env.AWS_SESSION_TOKEN ? { sessionToken: env.AWS_SESSION_TOKEN } : {}),
    },
    ...(env.AWS_ENDPOINT_URL_LAMBDA ? { endpoint: env.AWS_ENDPOINT_URL_LAMBDA } : {}),
    maxAttempts: 2,
  });
  try {
    await client.send(new InvokeCommand({ FunctionName: occFunction, InvocationType: "DryRun" }));
    return { name: "", message: "" };
  } catch (error) {
    return error instanceof Error ? error : { name: "unknown error", message: "" };
  } finally {
    client.destroy();
  }
}

/** The one permission the keys need (docs/security.md). */
function allow(occFunction: string, region: string): string {
  const resource = occFunction.startsWith("arn:") ? occFunction : `arn:aws:lambda:${region}:*:function:${occFunction}`;
  const policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "lambda:InvokeFunction", Resource: resource }],
  });
  return `aws iam put-user-policy --user-name "$AWS_USER" --policy-name invoke-occ --policy-document '${policy}'`;
}
