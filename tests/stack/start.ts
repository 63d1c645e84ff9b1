// `deno task start`: the stack, staying up, with pg_cron ticking and the function's log on the terminal.
import { styleText } from "node:util";
import { readFlags } from "./read_flags.ts";
import { startPage } from "./page.ts";
import { startStack } from "./stack.ts";
import { StackError } from "./stack_error.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

async function main(): Promise<void> {
  const flags = readFlags(
    {
      task: "start",
      purpose: "Keeps the local stack up: PostgreSQL with pg_cron, the Data API, the function, a simulated OCC.",
    },
    Deno.args,
    { applications: 250, latency: "1000-2000", faults: "", seed: 1 },
  );
  const stopped = Promise.withResolvers<void>();
  for (const signal of SIGNALS) Deno.addSignalListener(signal, () => stopped.resolve());
  const starting = startStack({
    ...flags,
    cron: true,
    functionLog: (line) => console.log(`${styleText("gray", new Date().toISOString().slice(11, 19))} ${line}`),
    report: (step) => console.log(styleText("gray", step)),
  });
  const stack = await Promise.race([starting, stopped.promise.then(() => starting)]);
  const { env } = stack;
  const page = await startPage(env);
  console.log(`
The stack is up; pg_cron starts a sync every 5 minutes. Ctrl-C stops it and removes everything.

  page       ${page.url}
  API        ${env.API_URL}
  function   ${env.FUNCTION_URL}
  studio     ${env.STUDIO_URL}
  database   ${env.DB_URL}
  all of it  .stack/env

  deno task sync                        syncs now
  deno task sync -- --since 2025-06-01  syncs what changed since a date
  deno task status                      how it is; --watch keeps looking
`);
  await stopped.promise;
  console.log(styleText("gray", "Stopping"));
  await page.stop();
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
