// `deno task test`: all tests, several parts side by side, each on a stack of its own. `deno task test <part> …` runs only
// some of them; a file of tests is a part too.
import { styleText } from "node:util";
import { readArgs, readWhole } from "../supabase/tools/read_args.ts";
import { runInLanes } from "./lanes.ts";
import { groupOf, isTestFile, listParts, listQuickParts, type Part, partOf } from "./parts.ts";
import { describeCounts, describeFailure, describeOutcome, describeSeconds } from "./report_parts.ts";
import { type Outcome, skipPart, startPart } from "./run_part.ts";
import { TEMPLATES_VARIABLE } from "./stack/cluster_template.ts";
import { findPostgres } from "./stack/find_postgres.ts";
import { makeTemplates } from "./stack/make_templates.ts";
import { POSTGRES_OPTION, readPostgres } from "./stack/read_flags.ts";
import { cleanUp, isStackRunning, listStates } from "./stack/state.ts";
import { StackError } from "./stack/stack_error.ts";
import { CLI_VARIABLE, findCli } from "./stack/supabase_cli.ts";
import { prepareTools, type TestTool } from "./stack/test_tools.ts";

const startedAt = Date.now();
const all = listParts();

const { values, words } = readArgs({
  task: "test",
  purpose: "Runs every test, or only some parts or files (tests/unit/x_test.ts), several parts side by side.",
  options: {
    postgres: POSTGRES_OPTION,
    jobs: {
      type: "string",
      value: "3",
      about: "parts that run side by side; by default one more than there are processors",
    },
    shuffle: { type: "string", value: "1", about: "runs the tests of each part in an order of this seed" },
    verbose: { type: "boolean", about: "shows all that a part prints, once it has ended" },
  },
  examples: [
    ["", "all of them"],
    ["quick", "a minute of them, while you edit"],
    ["unit database", "two parts"],
    ["tests/e2e/status_test.ts", "one file"],
  ],
  exits: {
    0: "all passed; a part that cannot run here was skipped, with the reason",
    1: "a test failed, or no stack could be started",
  },
  words: {
    name: "part",
    known: ["quick", ...new Set(all.flatMap((part) => [groupOf(part), part.name]))],
    takes: isTestFile,
  },
}, Deno.args);
const postgres = readPostgres(values.postgres);
const shuffle = values.shuffle === undefined ? undefined : readWhole("shuffle", values.shuffle, 0, 2 ** 31);
const jobs = readWhole("jobs", values.jobs ?? String(navigator.hardwareConcurrency + 1), 1, 64);

function choose(words: string[]): Part[] {
  if (words.length === 0) return all;
  const chosen = words.flatMap((word) => {
    if (word === "quick") return listQuickParts();
    if (isTestFile(word)) return [partOf(word)];
    return all.filter((part) => part.name === word || groupOf(part) === word);
  });
  return [...new Map(chosen.map((part) => [part.name, part])).values()];
}

const gray = (line: string) => console.log(styleText("gray", line));
const templates = Deno.makeTempDirSync({ prefix: "sovereign-sync-templates-" });
const running = new Map<Part, () => Promise<void> | void>();
const stopping = new AbortController();
const outcomes: Outcome[] = [];
let missing = new Map<TestTool, string>();

/** The copies that the stacks of all parts begin with. */
async function prepareTemplates(parts: Part[]): Promise<void> {
  const made = [makeTemplates(templates, await findPostgres(gray, postgres), false)];
  if (parts.some(({ server }) => server === "hosted")) {
    made.push(makeTemplates(templates, await findPostgres(gray, "embedded"), true));
  }
  await Promise.all(made);
}

async function run(part: Part): Promise<void> {
  const reason = part.needs?.map((tool) => missing.get(tool)).find((text) => text !== undefined);
  let outcome: Outcome;
  if (reason !== undefined) {
    outcome = skipPart(part, reason);
  } else {
    const started = startPart(part, { postgres, shuffle });
    running.set(part, started.kill);
    showRunning();
    outcome = await started.outcome;
    running.delete(part);
  }
  outcomes.push(outcome);
  if (values.verbose) console.log(`${styleText("bold", `\n${part.name}`)}\n${outcome.output}`);
  clearRunning();
  console.log(describeOutcome(outcome));
  showRunning();
}

/** On a terminal, the last line names the running parts. */
function showRunning(): void {
  if (!Deno.stdout.isTerminal() || running.size === 0) return;
  const names = [...running.keys()].map(({ name }) => name).join(", ");
  Deno.stdout.writeSync(new TextEncoder().encode(`\r\x1b[K${styleText("gray", `running: ${names}`)}`));
}

function clearRunning(): void {
  if (Deno.stdout.isTerminal()) Deno.stdout.writeSync(new TextEncoder().encode("\r\x1b[K"));
}

/** Ctrl-C ends all parts, which take their stacks along. */
function stopWhenAsked(): void {
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    Deno.addSignalListener(signal, () => {
      stopping.abort(code);
      for (const kill of running.values()) kill();
    });
  }
}

/** What is left of parts that were ended while they had stacks of their own. */
async function removeStacks(): Promise<void> {
  for (const state of listStates()) if (!isStackRunning(state)) await cleanUp(state);
}

stopWhenAsked();
let cannotStart = false;
const parts = choose(words);
try {
  // Before the parts, so that their times do not include it.
  if (parts.some(({ needs }) => needs !== undefined)) missing = await prepareTools(gray);
  const cli = await findCli();
  if (cli !== undefined) Deno.env.set(CLI_VARIABLE, cli);
  Deno.env.set(TEMPLATES_VARIABLE, templates);
  await prepareTemplates(parts);
  if (postgres === "embedded") missing.set("plpgsql_check", "PostgreSQL from npm has no plpgsql_check");
  await runInLanes(parts, jobs, run, stopping.signal);
  if (stopping.signal.aborted) await removeStacks();
} catch (error) {
  if (!(error instanceof StackError)) throw error;
  console.log(error.message);
  cannotStart = true;
} finally {
  // Deno.exit() would skip this.
  Deno.removeSync(templates, { recursive: true });
}
if (cannotStart) Deno.exit(1);
if (stopping.signal.aborted) Deno.exit(stopping.signal.reason);
const sum = (figure: "passed" | "failed" | "skipped") =>
  outcomes.reduce((total, outcome) => total + outcome[figure], 0);
const total = { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
for (const outcome of outcomes) if (outcome.failed > 0) console.log(describeFailure(outcome));
console.log(
  `\n${describeSeconds(Math.round((Date.now() - startedAt) / 1000))}${
    shuffle === undefined ? "" : `, order ${shuffle}`
  }`,
);
console.log(styleText("bold", describeCounts(total)));
Deno.exit(total.failed > 0 ? 1 : 0);
