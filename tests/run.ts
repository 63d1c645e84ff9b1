// `deno task test`: one stack, and every test against it; then what touches the database again on PostgreSQL 17, which
// hosted projects have. `deno task test <part> …` runs only some of the parts; a file of tests is a part too.
import { styleText } from "node:util";
import { readArgs } from "../supabase/tools/read_args.ts";
import { isTestFile, listEmbeddedParts, listParts, type Part, partOf } from "./parts.ts";
import { type Outcome, runPart, skipPart } from "./run_part.ts";
import type { PostgresChoice } from "./stack/find_postgres.ts";
import { POSTGRES_OPTION, readPostgres } from "./stack/read_flags.ts";
import { type Stack, startStack } from "./stack/stack.ts";
import { StackError } from "./stack/stack_error.ts";
import { prepareTools, type TestTool } from "./stack/test_tools.ts";

const report = (step: string) => console.log(styleText("gray", step));

/** A stack that makes the tests quick, and provokes what they are to survive. */
function startTestStack(postgres: PostgresChoice, grantingDefaults: boolean): Promise<Stack> {
  return startStack({
    applications: 60,
    latency: "0",
    faults: "",
    seed: 1,
    postgres,
    grantingDefaults,
    cron: false,
    report,
    functionLog: () => {},
    // So that a test need not wait for the default.
    env: { OCC_TIMEOUT_SECONDS: "3" },
  });
}

/** What the parts learn of the stack. psql and pg_prove take the connection from PG…. */
function partEnv({ env, server }: Stack): Record<string, string> {
  const { hostname, port, username, password, pathname } = new URL(env.DB_URL);
  const connection = { PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: password };
  const postgres = server.embedded ? "embedded" : "system";
  return { ...env, ...connection, PGDATABASE: pathname.slice(1), POSTGRES: postgres };
}

async function runParts(parts: Part[], stack: Stack, missing: Map<TestTool, string>): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const lacking = new Map(missing);
  if (stack.server.embedded) lacking.set("plpgsql_check", "PostgreSQL from npm has no plpgsql_check");
  for (const part of parts) {
    const reason = part.needs?.map((tool) => lacking.get(tool)).find((text) => text !== undefined);
    outcomes.push(reason ? skipPart(part, reason) : await runPart(part, partEnv(stack)));
  }
  return outcomes;
}

let running: Stack | undefined;

async function withStack(stack: Stack, work: () => Promise<Outcome[]>): Promise<Outcome[]> {
  running = stack;
  try {
    return await work();
  } finally {
    await stack.stop();
    running = undefined;
  }
}

/** Whoever breaks the tests off keeps no stack. (One that is just being started is removed by the next start.) */
function stopWhenAsked(): void {
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    Deno.addSignalListener(signal, async () => {
      await running?.stop();
      Deno.exit(code);
    });
  }
}

/** Everything that was chosen: on the one stack, then on the other. */
async function run(chosen: string[], postgres: PostgresChoice): Promise<Outcome[]> {
  const isChosen = ({ name }: Part) => chosen.length === 0 || chosen.includes(name);
  const parts = [...listParts().filter(isChosen), ...chosen.filter(isTestFile).map(partOf)];
  const again = listEmbeddedParts().filter(isChosen);
  const tooled = [...parts, ...again].some(({ needs }) => needs !== undefined);
  const missing = tooled ? await prepareTools(report) : new Map();
  const outcomes: Outcome[] = [];
  if (parts.length > 0) {
    const stack = await startTestStack(postgres, false);
    outcomes.push(...await withStack(stack, () => runParts(parts, stack, missing)));
  }
  // Also where the first server was of this kind: here default privileges grant everything. Not where one was asked for.
  if (again.length > 0 && (chosen.length > 0 || postgres === "auto")) {
    const stack = await startTestStack("embedded", true);
    outcomes.push(...await withStack(stack, () => runParts(again, stack, missing)));
  }
  return outcomes;
}

function describe({ part, passed, failed, skipped, reason }: Outcome): string {
  if (reason !== undefined) return `${styleText("yellow", "skipped")}  ${part}: ${reason}`;
  const state = failed > 0 ? styleText("red", "failed") : styleText("green", "ok");
  return `${state}  ${part}: ${describeCounts({ passed, failed, skipped })}`;
}

function describeCounts({ passed, failed, skipped }: Pick<Outcome, "passed" | "failed" | "skipped">): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

const { values, words } = readArgs({
  task: "test",
  purpose:
    "Starts a stack and runs every test against it, or only some parts or files (tests/unit/x_test.ts), then what touches the database again on PostgreSQL 17.",
  options: { postgres: POSTGRES_OPTION },
  examples: [
    ["", "all of them"],
    ["unit database", "two parts"],
    ["tests/e2e/status_test.ts", "one file"],
  ],
  exits: {
    0: "all passed; what cannot run here was skipped, and says why",
    1: "a test failed, or no stack could be started",
  },
  words: {
    name: "part",
    known: [...listParts(), ...listEmbeddedParts()].map(({ name }) => name),
    takes: isTestFile,
  },
}, Deno.args);
const postgres = readPostgres(values.postgres);
stopWhenAsked();
// The local Data API prints every error of the database; the tests provoke them.
console.error = () => {};
const outcomes = await run(words, postgres).catch((error) => {
  if (!(error instanceof StackError)) throw error;
  console.log(error.message);
  Deno.exit(1);
});
console.log("");
for (const outcome of outcomes) console.log(describe(outcome));
const sum = (figure: "passed" | "failed" | "skipped") =>
  outcomes.reduce((total, outcome) => total + outcome[figure], 0);
const total = { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
console.log(styleText("bold", `\n${describeCounts(total)}`));
Deno.exit(total.failed > 0 ? 1 : 0);
