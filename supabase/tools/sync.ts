// `deno task sync -- --since 2025-06-01`: a manual sync through supabase-js, of the running stack. With API_URL and
// SECRET_KEY set, of any other project. Exit code 1 when it failed, 2 when it could not be asked for.
import { createClient, FunctionsHttpError } from "@supabase/supabase-js";
import { readAccess } from "./local_stack.ts";
import { readArgs } from "./read_args.ts";

async function sync(): Promise<number> {
  const { since, force } = readArgs({
    task: "sync",
    purpose: "Syncs now, through supabase-js: the running stack or, with API_URL and SECRET_KEY set, any project.",
    options: {
      since: { type: "string", value: "2025-06-01", about: "what changed since a day; without, since the last sync" },
      force: { type: "boolean", about: "fetches everything listed, also what is current" },
    },
  }, Deno.args).values;
  const { API_URL: apiUrl, SECRET_KEY: secretKey } = readAccess();
  if (!apiUrl || !secretKey) {
    console.error("No stack is running: start one with `deno task start`, or set API_URL and SECRET_KEY");
    return 2;
  }
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

Deno.exit(await sync());
