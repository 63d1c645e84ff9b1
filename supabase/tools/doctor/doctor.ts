// `deno task doctor`: whether a project, local or hosted, is set up right; each line with what mends it. Exit code 1
// when something fails. By DB_URL it looks inside the database, by API_URL at the function.
import config from "../../../deno.json" with { type: "json" };
import { readAccess, readEnvFile, readFunctionEnv } from "../local_stack.ts";
import { exitWithUsage, readArgs } from "../read_args.ts";
import { denoTask } from "../terminal/deno_task.ts";
import { examine } from "./examine.ts";
import { countStates, renderChecks } from "./render.ts";

const NOTES =
  `It looks at the running stack or, with these in the environment, at any project: DB_URL (the database, as the role postgres), API_URL (https://<ref>.supabase.co), CRON_SECRET or SECRET_KEY. What mends a line stands below it, to be run as it is: "sql" through DB_URL or in the SQL editor, "shell" in this folder, with what is written "$NAME" set; with the password in PGPASSWORD instead of in DB_URL it is in no list of processes then.`;

async function main(): Promise<number> {
  const { "env-file": envFile, json } = readArgs({
    task: "doctor",
    purpose: "Whether a project is set up right, the running stack or any other, and what mends it.",
    notes: NOTES,
    options: {
      "env-file": { type: "string", value: "supabase/functions/.env", about: "the function's settings, to try OCC's" },
      json: { type: "boolean", about: "for programs: [{name, state, detail, fix: [{sql} or {shell} or {hand}]}]" },
    },
    examples: [
      ["", "the running stack, or what the environment names"],
      ["--env-file supabase/functions/.env", "also whether the function's AWS keys may invoke OCC"],
    ],
    exits: {
      0: "nothing fails; there may be lines to look at",
      1: "a line fails",
      2: "there is nothing to look at, or the command line cannot be read",
    },
  }, Deno.args).values;
  const given = envFile === undefined ? undefined : readEnvFile(envFile);
  if (envFile !== undefined && !given) exitWithUsage(`There is no file ${envFile}`);
  const env = readAccess();
  if (!env.DB_URL && !env.API_URL) {
    exitWithUsage(
      `Nothing to look at: set DB_URL, or API_URL and SECRET_KEY, or start a stack with \`${denoTask("start")}\``,
    );
  }
  const functionEnv = given ?? readFunctionEnv(env.API_URL);
  const checks = await examine({ env, functionEnv, envFile });
  const { failed, summary } = countStates(checks);
  const head = `sovereign-applications-sync ${config.version}`;
  console.log(json ? JSON.stringify(checks, undefined, 2) : `${head}\n\n${renderChecks(checks)}\n\n${summary}`);
  return failed > 0 ? 1 : 0;
}

Deno.exit(await main());
