// `deno task demo`: from nothing to a finished sync and its result, then exits.
import { createClient } from "@supabase/supabase-js";
import postgres from "postgres";
import { styleText } from "node:util";
import { denoTask } from "../../supabase/tools/terminal/deno_task.ts";
import { renderTable } from "../../supabase/tools/terminal/render_table.ts";
import { watchRun } from "./demo_progress.ts";
import { showApplications, showFailures, showLogRow } from "./demo_result.ts";
import { readFlags } from "./read_flags.ts";
import { type Stack, startStack } from "./stack.ts";
import { StackError } from "./stack_error.ts";

const SCHEDULED_COMMAND = "select sovereign_sync.invoke_sync_applications()";

const heading = (text: string) => console.log(`\n${styleText("bold", text)}`);

async function showSync(stack: Stack, signal: AbortSignal): Promise<void> {
  const sql = postgres(stack.env.DB_URL, { max: 1 });
  try {
    heading("The schedule's own command, as pg_cron runs it every 5 minutes");
    console.log(`  ${SCHEDULED_COMMAND}`);
    const [queued] = await sql.unsafe(SCHEDULED_COMMAND);
    console.log(`  queued as dispatch ${queued?.invoke_sync_applications}\n`);
    await watchRun(sql, signal);
    signal.throwIfAborted();

    heading("Its row in tblSovereignApplicationsSyncLog");
    await showLogRow(sql);
    heading("Three of the applications, from tblSovereignApplications");
    await showApplications(sql);
    heading("What failed, from sync_status");
    await showFailures(sql);

    heading("OCC has recovered; what failed right after, by hand: supabase.functions.invoke()");
    stack.occ?.configure({ faults: "" });
    await invokeAgain(stack, sql);
  } finally {
    await sql.end();
  }
}

async function invokeAgain({ env }: Stack, sql: postgres.Sql): Promise<void> {
  const supabase = createClient(env.API_URL, env.SECRET_KEY, { auth: { persistSession: false } });
  const failed = await sql`select g3_application_number as id from public.sync_status where state = 'failed'`;
  const applications = failed.map(({ id }) => id);
  const { data, error } = await supabase.functions.invoke("sync-applications", { body: { applications } });
  if (error) throw new StackError(`The second run failed: ${error.message}`);
  console.log(`  ${data.message}`);
  console.log(`  found ${data.found}, unchanged ${data.unchanged}, fetched ${data.fetched}, took ${data.duration}`);
}

async function main(): Promise<void> {
  const flags = readFlags(
    {
      task: "demo",
      purpose:
        "From nothing to a finished sync and what came of it: starts the stack, runs the schedule's own command, stops it.",
      examples: [
        ["", "250 applications, of which two fail"],
        ["--applications 50 --faults error=1", "another world"],
      ],
      exits: {
        0: "the sync came to its end",
        1: "it did not, or the stack could not be started; the reason is printed",
      },
    },
    Deno.args,
    { applications: 250, latency: "300-600", faults: "unavailable=2", seed: 1 },
  );
  const log: string[] = [];
  const stack = await startStack({
    ...flags,
    fresh: true,
    cron: false,
    // So that the bar moves evenly: what is stored is what it shows.
    env: { SYNC_CHUNK_SIZE: "10" },
    functionLog: (line) => void log.push(line),
    report: (step) => console.log(styleText("gray", step)),
  });
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      interrupted.abort();
      stack.stop().then(() => Deno.exit(130));
    });
  }
  try {
    await showSync(stack, interrupted.signal);
  } catch (error) {
    // What breaks off then is no news, and the exit is on its way.
    if (interrupted.signal.aborted) await new Promise(() => {});
    console.error(`\nThe function's log:\n${log.join("\n")}\n`);
    throw error;
  } finally {
    await stack.stop();
  }
  heading("Everything is stopped and removed again. Where to go from here");
  console.log(renderTable([
    [denoTask("start"), "the same stack, staying up, with pg_cron ticking and the page that shows all this"],
    [denoTask("status --watch"), "how the sync is, in another terminal meanwhile"],
    [denoTask("test"), "every test"],
    ["README.md", "deploy, operate, design"],
  ], { indent: 2 }));
}

try {
  await main();
  Deno.exit(0);
} catch (error) {
  if (!(error instanceof StackError)) throw error;
  console.error(error.message);
  Deno.exit(1);
}
