// `deno task sync -- --since 2025-06-01`: a manual sync through supabase-js, of the running stack. With API_URL and
// SECRET_KEY set, of any other project.
import { createClient, FunctionsHttpError } from "@supabase/supabase-js";
import { parseArgs } from "node:util";
import { readEnv } from "../../tests/stack/env_file.ts";

const HELP = `Usage: deno task sync -- [--since YYYY-MM-DD] [--force]
  --since 2025-06-01  syncs what changed since a date; without it since the last sync
  --force             fetches everything listed, also what is current`;

function readArgs() {
  try {
    return parseArgs({
      args: Deno.args.filter((arg, index) => index > 0 || arg !== "--"),
      options: { since: { type: "string" }, force: { type: "boolean" } },
    }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message.split(". ")[0] : error}\n${HELP}`);
    Deno.exit(2);
  }
}

async function sync(apiUrl: string, secretKey: string): Promise<number> {
  const { since, force } = readArgs();
  const supabase = createClient(apiUrl, secretKey, { auth: { persistSession: false } });
  const { data, error } = await supabase.functions.invoke("sync-applications", {
    body: { ...(since === undefined ? {} : { since }), ...(force ? { force } : {}) },
  });
  if (!error) {
    console.log(JSON.stringify(data, null, 2));
    return 0;
  }
  if (error instanceof FunctionsHttpError) {
    const response: Response = error.context;
    console.error(`${response.status} ${await response.text()}`);
  } else {
    console.error(`Cannot reach the function at ${apiUrl}: ${error.message}`);
  }
  return 1;
}

const env = { ...readEnv(), ...Deno.env.toObject() };
if (!env.API_URL || !env.SECRET_KEY) {
  console.error("No stack is running: start one with `deno task start`, or set API_URL and SECRET_KEY");
  Deno.exit(1);
}
Deno.exit(await sync(env.API_URL, env.SECRET_KEY));
