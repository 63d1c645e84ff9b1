// Runs one command on a stack of its own: `deno run -A tests/stack/test_stack.ts <main|hosted> <postgres> <command> …`.
// A process a stack, so that the stacks of parts that run side by side do not wait for one another.
import { DB_URL } from "../parts.ts";
import { endChild } from "./end_child.ts";
import { readPostgres } from "./read_flags.ts";
import { type Stack, startStack } from "./stack.ts";
import { StackError } from "./stack_error.ts";

const [server = "main", postgres = "auto", command = "", ...args] = Deno.args;

/** A stack that makes the tests quick, and provokes the trouble they are about. */
function startTestStack(): Promise<Stack> {
  return startStack({
    applications: 60,
    latency: "0",
    faults: "",
    seed: 1,
    postgres: server === "hosted" ? "embedded" : readPostgres(postgres),
    grantingDefaults: server === "hosted",
    cron: false,
    report: () => {},
    functionLog: () => {},
    // So that a test need not wait for the default.
    env: { OCC_TIMEOUT_SECONDS: "3" },
  });
}

/** What the command learns of the stack. psql and pg_prove take the connection from PG…. */
function commandEnv({ env, server }: Stack): Record<string, string> {
  const { hostname, port, username, password, pathname } = new URL(env.DB_URL);
  const connection = { PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: password };
  const postgres = server.embedded ? "embedded" : "system";
  return { ...env, ...connection, PGDATABASE: pathname.slice(1), POSTGRES: postgres };
}

// The local Data API prints every error of the database; the tests provoke them.
console.error = () => {};
let stack: Stack | undefined;
let child: Deno.ChildProcess | undefined;
for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.addSignalListener(signal, async () => {
    if (child) await endChild(child);
    await stack?.stop();
    Deno.exit(code);
  });
}
try {
  stack = await startTestStack();
  const databaseUrl = stack.env.DB_URL;
  child = new Deno.Command(command, {
    args: args.map((arg) => arg.replace(DB_URL, databaseUrl)),
    env: commandEnv(stack),
    stdin: "null",
  }).spawn();
  const { code } = await child.status;
  child = undefined;
  await stack.stop();
  Deno.exit(code);
} catch (error) {
  await stack?.stop();
  if (!(error instanceof StackError)) throw error;
  console.log(error.message);
  Deno.exit(1);
}
