import type { StackSecrets } from "./secrets.ts";

/** Where the function finds OCC, and as whom it calls there. */
export type OccSettings = Record<string, string>;

/** What the function needs to call OCC: the simulator's, or the ones of the environment. */
export const OCC_SETTINGS = [
  "AWS_ENDPOINT_URL_LAMBDA",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_REGION",
  "LAMBDA_FUNCTION_APPLICATIONS_MAIN_TEST",
  "LAMBDA_FUNCTION_APPLICATIONS_BY_DATE",
  "LAMBDA_FUNCTION_APPLICATION_MEDIUM",
  "SOV_AWS_CLIENT_NUMBER",
] as const;

/** The function's environment: as the platform sets it, plus the project's secrets. */
export function functionSettings(
  apiUrl: string,
  secrets: StackSecrets,
  occ: OccSettings,
  extra: Record<string, string>,
): Record<string, string> {
  return {
    SUPABASE_URL: apiUrl,
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: secrets.secretKey }),
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: secrets.publishableKey }),
    CRON_SECRET: secrets.cronSecret,
    OCC_ENVIRONMENT: "test",
    OCC_TIME_ZONE: "UTC",
    ...occ,
    ...extra,
  };
}
