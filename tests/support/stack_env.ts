/** What the running local stack tells its callers (`.stack/env`); the test task passes it on. */
export function stackEnv(name: "DB_URL" | "ADMIN_DB_URL" | "API_URL" | "FUNCTION_URL" | "OCC_URL"): string;
export function stackEnv(name: "CRON_SECRET" | "SECRET_KEY" | "PUBLISHABLE_KEY" | "STUDIO_URL"): string;
export function stackEnv(name: "OPERATOR_EMAIL" | "OPERATOR_PASSWORD" | "VIEWER_EMAIL" | "VIEWER_PASSWORD"): string;
export function stackEnv(name: string): string {
  const value = Deno.env.get(name);
  if (!value) throw new Error(`${name} is not set: run the tests with \`deno task test\``);
  return value;
}
