/** Settings the function looks at that the stack may leave out. */
const OPTIONAL = [
  "AWS_SESSION_TOKEN",
  "CRON_SECRET_PREVIOUS",
  "LAMBDA_FUNCTION_APPLICATIONS_MAIN_PROD",
  "LAMBDA_FUNCTION_APPLICTION_MEDIUM",
  "OCC_TIMEOUT_SECONDS",
  "SUPABASE_SERVICE_ROLE_KEY",
  "SYNC_APPLICATION_BUDGET",
  "SYNC_BATCH_SIZE",
  "SYNC_CHUNK_SIZE",
  "SYNC_TIME_BUDGET_SECONDS",
];

/** What the AWS SDK looks at by itself, set or not; a missing permission is an error to it, not an unset variable. */
const OF_THE_SDK = [
  "AWS_CONFIG_FILE",
  "AWS_LAMBDA_BENCHMARK_MODE",
  "AWS_LAMBDA_FUNCTION_NAME",
  "AWS_LAMBDA_MAX_CONCURRENCY",
  "AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA",
  "AWS_PROFILE",
  "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED",
  "AWS_SHARED_CREDENTIALS_FILE",
  "HOME",
  "HOMEDRIVE",
  "HOMEPATH",
  "USERPROFILE",
  "_X_AMZN_TRACE_ID",
];

/** The variables the function's process may read: its settings and these, no others. */
export function readableVariables(settings: Record<string, string>): string[] {
  return [...new Set([...Object.keys(settings), ...OPTIONAL, ...OF_THE_SDK])];
}
