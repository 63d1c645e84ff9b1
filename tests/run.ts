// `deno task test`: one stack, and every test against it. `deno task test <part> …` runs only some of the parts;
// a file of tests is a part too.
import { stripVTControlCharacters, styleText } from "node:util";
import { readArgs } from "../supabase/tools/read_args.ts";
import { isTestFile, listParts, type Part, partOf, SKIPPED } from "./parts.ts";
import { startStack } from "./stack/stack.ts";
import { StackError } from "./stack/stack_error.ts";

interface Outcome {
  part: string;
  passed: number;
  failed: number;
  skipped: number;
  /** Why the whole part was skipped. */
  reason?: string;
}

const root = new URL("..", import.meta.url).pathname;

/** What deno test and pg_prove say at the end. */
function count(output: string): Omit<Outcome, "part"> {
  const deno = [...output.matchAll(/(\d+) passed.*?\| (\d+) failed(?:.*?\| (\d+) ignored)?/g)].at(-1);
  if (deno) return { passed: Number(deno[1]), failed: Number(deno[2]), skipped: Number(deno[3] ?? 0) };
  const prove = [...output.matchAll(/Tests=(\d+)/g)].at(-1);
  const failed = [...output.matchAll(/Failed: (\d+)\)/g)].reduce((sum, match) => sum + Number(match[1]), 0);
  if (prove) return { passed: Number(prove[1]) - failed, failed, skipped: 0 };
  return { passed: 0, failed: 0, skipped: 0 };
}

async function runPart(part: Part, env: Record<string, string>): Promise<Outcome> {
  console.log(styleText("bold", `\n${part.name}`));
  const child = new Deno.Command(part.command, {
    args: part.args,
    cwd: root,
    env: { ...env, DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "system,mozilla" },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let output = "";
  const decoder = new TextDecoder();
  for await (const bytes of child.stdout) {
    output += decoder.decode(bytes, { stream: true });
    await Deno.stdout.write(bytes);
  }
  output = stripVTControlCharacters(output);
  const { success, code } = await child.status;
  if (code === SKIPPED) {
    const reason = /^skipped: (.+)$/m.exec(output)?.[1] ?? "it does not say why";
    return { part: part.name, passed: 0, failed: 0, skipped: 1, reason };
  }
  const counted = count(output);
  // A part that is one check counts as one; a part that broke off has failed, whatever it counted.
  if (counted.passed + counted.failed === 0) {
    return { ...counted, part: part.name, passed: success ? 1 : 0, failed: success ? 0 : 1 };
  }
  return { ...counted, part: part.name, failed: success ? counted.failed : Math.max(1, counted.failed) };
}

/** psql and pg_prove take the connection from here. */
function postgresEnv(databaseUrl: string): Record<string, string> {
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  return { PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: password, PGDATABASE: pathname.slice(1) };
}

function describe({ part, passed, failed, skipped, reason }: Outcome): string {
  if (reason !== undefined) return `${styleText("yellow", "skipped")}  ${part}: ${reason}`;
  const state = failed > 0 ? styleText("red", "failed") : styleText("green", "ok");
  return `${state}  ${part}: ${describeCounts({ passed, failed, skipped })}`;
}

function describeCounts({ passed, failed, skipped }: Pick<Outcome, "passed" | "failed" | "skipped">): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

const { words: chosen } = readArgs({
  task: "test",
  purpose: "Starts one stack and runs every test against it, or only some parts or files (tests/unit/x_test.ts).",
  options: {},
  words: { name: "part", known: listParts("").map(({ name }) => name), takes: isTestFile },
}, Deno.args);
// The local Data API prints every error of the database; the tests provoke them.
console.error = () => {};
const stack = await startStack({
  applications: 60,
  latency: "0",
  faults: "",
  seed: 1,
  cron: false,
  report: (step) => console.log(styleText("gray", step)),
  functionLog: () => {},
  // So that a test need not wait for the default.
  env: { OCC_TIMEOUT_SECONDS: "3" },
}).catch((error) => {
  if (!(error instanceof StackError)) throw error;
  console.log(error.message);
  Deno.exit(1);
});
const outcomes: Outcome[] = [];
try {
  const env = { ...stack.env, ...postgresEnv(stack.env.DB_URL) };
  for (const part of listParts(stack.env.DB_URL)) {
    if (chosen.length === 0 || chosen.includes(part.name)) outcomes.push(await runPart(part, env));
  }
  for (const path of chosen.filter(isTestFile)) outcomes.push(await runPart(partOf(path), env));
} finally {
  await stack.stop();
}

console.log("");
for (const outcome of outcomes) console.log(describe(outcome));
const sum = (figure: "passed" | "failed" | "skipped") =>
  outcomes.reduce((total, outcome) => total + outcome[figure], 0);
const total = { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
console.log(styleText("bold", `\n${describeCounts(total)}`));
Deno.exit(total.failed > 0 ? 1 : 0);
