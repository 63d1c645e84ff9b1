import type { StackSecrets } from "./secrets.ts";

/** Where the function finds OCC, and as whom it calls there. */
export type OccSettings = Record<OccSetting, string>;
type OccSetting = typeof OCC_SETTINGS[number];

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

/** Settings the function may read although the stack does not set them. */
const OPTIONAL = [
  "AWS_SESSION_TOKEN",
  "CRON_SECRET_PREVIOUS",
  "LAMBDA_FUNCTION_APPLICATIONS_MAIN_PROD",
  "LAMBDA_FUNCTION_APPLICTION_MEDIUM",
  "OCC_TIMEOUT_SECONDS",
  "OCC_TIME_ZONE",
  "SB_EXECUTION_ID",
  "SB_REGION",
  "SUPABASE_ANON_KEY",
  "SUPABASE_DB_URL",
  "SUPABASE_SERVICE_ROLE_KEY",
  "SYNC_APPLICATION_BUDGET",
  "SYNC_TIME_BUDGET_SECONDS",
];

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

/** Names the function may read: what is set, and what could have been. */
export function readableNames(settings: Record<string, string>): string[] {
  return [...new Set([...Object.keys(settings), ...OPTIONAL])];
}
