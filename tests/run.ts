// `deno task test`: one stack, and every test against it. `deno task test <part> …` runs only some of the parts.
import { stripVTControlCharacters, styleText } from "node:util";
import { startStack } from "./stack/stack.ts";
import { StackError } from "./stack/stack_error.ts";
import { listParts, type Part } from "./parts.ts";

interface Outcome {
  part: string;
  passed: number;
  failed: number;
}

const root = new URL("..", import.meta.url).pathname;

/** What deno test and pg_prove say at the end. */
function count(output: string): { passed: number; failed: number } {
  const plain = stripVTControlCharacters(output);
  const deno = [...plain.matchAll(/(\d+) passed.*?\| (\d+) failed/g)].at(-1);
  if (deno) return { passed: Number(deno[1]), failed: Number(deno[2]) };
  const prove = [...plain.matchAll(/Tests=(\d+)/g)].at(-1);
  const failed = [...plain.matchAll(/Failed: (\d+)\)/g)].reduce((sum, match) => sum + Number(match[1]), 0);
  if (prove) return { passed: Number(prove[1]) - failed, failed };
  return { passed: 0, failed: 0 };
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
    const text = decoder.decode(bytes, { stream: true });
    output += text;
    await Deno.stdout.write(bytes);
  }
  const { success } = await child.status;
  const { passed, failed } = count(output);
  // A part that is one check counts as one; a part that broke off has failed, whatever it counted.
  if (passed + failed === 0) return { part: part.name, passed: success ? 1 : 0, failed: success ? 0 : 1 };
  return { part: part.name, passed, failed: success ? failed : Math.max(1, failed) };
}

function selectParts(parts: Part[], names: string[]): Part[] {
  const unknown = names.filter((name) => !parts.some((part) => part.name === name));
  if (unknown.length > 0) {
    console.error(`Unknown part ${unknown.join(", ")}: use ${parts.map((part) => part.name).join(", ")}`);
    Deno.exit(2);
  }
  return names.length === 0 ? parts : parts.filter((part) => names.includes(part.name));
}

/** psql and pg_prove take the connection from here. */
function postgresEnv(databaseUrl: string): Record<string, string> {
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  return { PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: password, PGDATABASE: pathname.slice(1) };
}

selectParts(listParts(""), Deno.args);
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
  for (const part of selectParts(listParts(stack.env.DB_URL), Deno.args)) outcomes.push(await runPart(part, env));
} finally {
  await stack.stop();
}

console.log("");
for (const { part, passed, failed } of outcomes) {
  console.log(
    `${
      failed > 0 ? styleText("red", "failed") : styleText("green", "ok")
    }  ${part}: ${passed} passed, ${failed} failed`,
  );
}
const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
console.log(styleText("bold", `\n${passed} passed, ${failed} failed`));
Deno.exit(failed > 0 ? 1 : 0);
