// `deno task start`: the stack, staying up, with pg_cron ticking and the function's log on the terminal.
import postgres from "postgres";
import { styleText } from "node:util";
import { denoTask } from "../../supabase/tools/terminal/deno_task.ts";
import { renderTable } from "../../supabase/tools/terminal/render_table.ts";
import { colorLine } from "./color_log.ts";
import { watchRun } from "./demo_progress.ts";
import type { StackEnv } from "./env_file.ts";
import { readFlags } from "./read_flags.ts";
import { startStack } from "./stack.ts";
import { StackError } from "./stack_error.ts";
import { isStackRunning, listStates } from "./state.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What is shown of the stack, in this order, as far as it is there. */
const ADDRESSES = {
  dashboard: "DASHBOARD_URL",
  studio: "STUDIO_URL",
  API: "API_URL",
  function: "FUNCTION_URL",
  database: "DB_URL",
  "OCC": "OCC_URL",
};

function describeStack(env: StackEnv): string {
  const addresses = Object.entries(ADDRESSES).flatMap(([name, variable]) => {
    const value = env[variable];
    return value === undefined ? [] : [[name, value]];
  });
  return [
    "The stack is up; pg_cron starts a sync every 5 minutes. Ctrl-C stops it and removes everything.",
    renderTable([...addresses, ["all of it", ".stack/env, for source and --env-file"]], { indent: 2 }),
    "In another terminal:",
    renderTable([
      [denoTask("status --watch"), "how it is"],
      [denoTask("sync"), "syncs now"],
      [denoTask("sync --since 2025-06-01"), "syncs what changed since a day"],
      [denoTask("doctor"), "whether all is set up right"],
    ], { indent: 2 }),
  ].join("\n\n");
}

function tellOfOthers(): void {
  for (const { port } of listStates().filter(isStackRunning)) {
    console.log(styleText(
      "yellow",
      `Another stack of this folder runs, its API on port ${port}; this one takes other ports, and .stack/env from it. ` +
        `\`${denoTask(`stop --port ${port}`)}\` stops the other one.`,
    ));
  }
}

/** As pg_cron does, which would begin with the next five minutes only. */
async function syncFirst({ DB_URL }: StackEnv, showProgress: boolean, signal: AbortSignal): Promise<void> {
  const sql = postgres(DB_URL, { max: 1, onnotice: () => {} });
  try {
    await sql`select sovereign_sync.invoke_sync_applications()`;
    if (showProgress) await watchRun(sql, signal);
  } finally {
    await sql.end();
  }
}

async function main(): Promise<void> {
  const flags = readFlags(
    {
      task: "start",
      purpose: "Keeps the local stack up: PostgreSQL with pg_cron, the Data API, the function, a simulated OCC.",
      quiet: { type: "boolean", about: "leaves out the function's log, and shows the first sync's progress instead" },
      examples: [
        ["", "until Ctrl-C, with 250 applications"],
        ["--applications 2000 --latency 300", "more of them, from a faster OCC"],
        ["--faults unavailable=2,throttle=5%", "with something to look at"],
      ],
      exits: { 0: "it was stopped", 1: "it could not be started; the reason is printed" },
      notes:
        "It syncs at once, and listens where it did at the last start, as far as these ports are free. Settings of OCC in the environment (AWS_ENDPOINT_URL_LAMBDA and the others) replace the simulated one.",
    },
    Deno.args,
    { applications: 250, latency: "1000-2000", faults: "", seed: 1 },
  );
  tellOfOthers();
  const stopped = Promise.withResolvers<void>();
  const stopping = new AbortController();
  for (const signal of SIGNALS) {
    Deno.addSignalListener(signal, () => {
      stopping.abort();
      stopped.resolve();
    });
  }
  const log = (line: string) =>
    console.log(`${styleText("gray", new Date().toISOString().slice(11, 19))} ${colorLine(line)}`);
  const stack = await startStack({
    ...flags,
    fresh: true,
    keepPorts: true,
    page: true,
    cron: true,
    functionLog: flags.quiet ? () => {} : log,
    report: (step) => console.log(styleText("gray", step)),
  });
  console.log(`\n${describeStack(stack.env)}\n`);
  const first = syncFirst(stack.env, flags.quiet, stopping.signal);
  await Promise.all([
    stopped.promise,
    first.catch((error) => console.error(`The first sync is not seen: ${error.message}`)),
  ]);
  console.log(styleText("gray", "Stopping"));
  await stack.stop();
}

try {
  await main();
  Deno.exit(0);
} catch (error) {
  if (!(error instanceof StackError)) throw error;
  console.error(error.message);
  Deno.exit(1);
}
