// `deno task doctor`: whether a project, local or hosted, is set up right; each line with what mends it. Exit code 1
// when something fails. By DB_URL it looks inside the database, by API_URL at the function.
import postgres from "postgres";
import { styleText } from "node:util";
import { readAccess, readEnvFile, readFunctionEnv } from "../local_stack.ts";
import { exitWithUsage, readArgs } from "../read_args.ts";
import type { Check } from "./check.ts";
import { checkDatabase } from "./check_database.ts";
import { checkAws, checkFunction } from "./check_function.ts";

/** All checks the given access allows. */
export async function examine(env: Record<string, string>, functionEnv: Record<string, string>): Promise<Check[]> {
  const checks: Check[] = [];
  let { API_URL: apiUrl, CRON_SECRET: secret = env.SECRET_KEY } = env;
  let secretName = env.CRON_SECRET ? "CRON_SECRET" : "SECRET_KEY";
  if (env.DB_URL) {
    const sql = postgres(env.DB_URL, { max: 1, connect_timeout: 10, onnotice: () => {} });
    try {
      checks.push(...await checkDatabase(sql, functionEnv, Date.now()));
      // What the schedule really presents, and where.
      const vault = await sql`select name, decrypted_secret as secret from vault.decrypted_secrets`.catch(() => []);
      const entry = (name: string): string | undefined => vault.find((row) => row.name === name)?.secret;
      apiUrl = entry("project_url") ?? apiUrl;
      if (entry("cron_secret")) [secret, secretName] = [entry("cron_secret"), "Vault's cron_secret"];
    } catch (error) {
      const code = error instanceof postgres.PostgresError ? error.code : "no connection";
      checks.push({ name: "database", state: "fail", detail: `cannot be read (${code})`, fix: "check DB_URL" });
    } finally {
      await sql.end({ timeout: 1 });
    }
  }
  if (apiUrl) checks.push(...await checkFunction({ apiUrl, secret, secretName }));
  checks.push(await checkAws(functionEnv));
  return checks;
}

function render(checks: Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const colors = { ok: "green", warn: "yellow", fail: "red" } as const;
  return checks.map(({ name, state, detail, fix }) => {
    const line = `${styleText(colors[state], state.padEnd(4))}  ${name.padEnd(width)}  ${detail}`;
    return fix ? `${line}\n      ${" ".repeat(width)}  fix: ${fix}` : line;
  }).join("\n");
}

async function main(): Promise<number> {
  const { "env-file": envFile } = readArgs({
    task: "doctor",
    purpose: "Whether a project is set up right: the running stack or, by DB_URL and API_URL, any project.",
    options: {
      "env-file": { type: "string", value: "supabase/functions/.env", about: "the function's settings, to try OCC's" },
    },
  }, Deno.args).values;
  const given = envFile === undefined ? undefined : readEnvFile(envFile);
  if (envFile !== undefined && !given) exitWithUsage(`There is no file ${envFile}`);
  const env = readAccess();
  if (!env.DB_URL && !env.API_URL) {
    console.error("Nothing to look at: set DB_URL, or API_URL and SECRET_KEY, or start a stack with `deno task start`");
    return 2;
  }
  const checks = await examine(env, given ?? readFunctionEnv(env.API_URL));
  console.log(render(checks));
  const failed = checks.filter(({ state }) => state === "fail").length;
  const warned = checks.filter(({ state }) => state === "warn").length;
  console.log(`\n${checks.length - failed - warned} ok, ${warned} to look at, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main());
