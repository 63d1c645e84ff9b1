import { stripVTControlCharacters } from "node:util";
import { fileURLToPath } from "node:url";
import { type Part, SKIPPED, SUPABASE } from "./parts.ts";
import { endChild } from "./stack/end_child.ts";
import type { PostgresChoice } from "./stack/find_postgres.ts";
import { CLI, CLI_VARIABLE } from "./stack/supabase_cli.ts";

export interface Outcome {
  part: Part;
  passed: number;
  failed: number;
  skipped: number;
  seconds: number;
  /** All it printed. */
  output: string;
  /** Why the whole part was skipped. */
  reason?: string;
}

export interface PartOptions {
  postgres: PostgresChoice;
  /** Of the order of its tests; undefined for the order they are written in. */
  shuffle: number | undefined;
}

const PROJECT = fileURLToPath(new URL("..", import.meta.url));
const TEST_STACK = "tests/stack/test_stack.ts";

/** Starts a part, on its stack where it needs one. `kill` ends it, and its stack with it. */
export function startPart(
  part: Part,
  options: PartOptions,
): { outcome: Promise<Outcome>; kill(): Promise<void> | void } {
  const startedAt = Date.now();
  const [program, prefix] = part.command === SUPABASE ? supabase() : [part.command, []];
  const command = [program, ...prefix, ...shuffled(part, options.shuffle)];
  const onStack = [Deno.execPath(), "run", "-A", "--no-check", TEST_STACK, part.server, options.postgres];
  const child = new Deno.Command("sh", {
    // Both streams in the order in which they were written.
    args: ["-c", 'exec "$0" "$@" 2>&1', ...(part.server === "none" ? command : [...onStack, ...command])],
    cwd: PROJECT,
    env: { DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "system,mozilla" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();

  async function finish(): Promise<Outcome> {
    let output = "";
    const decoder = new TextDecoder();
    for await (const bytes of child.stdout) {
      output += decoder.decode(bytes, { stream: true });
    }
    const { success, code } = await child.status;
    const plain = stripVTControlCharacters(output);
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    if (code === SKIPPED) {
      const reason = /^skipped: (.+)$/m.exec(plain)?.[1] ?? "it does not say why";
      return { ...skipPart(part, reason), seconds, output };
    }
    const counted = count(plain);
    // A part that is one check counts as one; a part that broke off has failed, whatever it counted.
    const sum = counted.passed + counted.failed === 0 ? { ...counted, passed: success ? 1 : 0 } : counted;
    return { part, ...sum, failed: success ? sum.failed : Math.max(1, sum.failed), seconds, output };
  }

  return {
    outcome: finish(),
    kill: () => part.server === "none" ? endChild(child) : child.kill("SIGTERM"),
  };
}

function supabase(): [command: string, args: string[]] {
  const program = Deno.env.get(CLI_VARIABLE);
  return program === undefined ? ["npx", ["-y", CLI]] : [program, []];
}

/** The outcome of a part that cannot run here. */
export function skipPart(part: Part, reason: string): Outcome {
  return { part, passed: 0, failed: 0, skipped: 1, seconds: 0, output: "", reason };
}

function shuffled({ args, command }: Part, seed: number | undefined): string[] {
  if (seed === undefined) return args;
  if (command === "pg_prove") return ["--shuffle", ...args];
  const at = args.indexOf("test");
  return at < 0 ? args : [...args.slice(0, at + 1), `--shuffle=${seed}`, ...args.slice(at + 1)];
}

/** Reads the last lines of deno test and of pg_prove. */
function count(output: string): Pick<Outcome, "passed" | "failed" | "skipped"> {
  const deno = [...output.matchAll(/(\d+) passed.*?\| (\d+) failed(?:.*?\| (\d+) ignored)?/g)].at(-1);
  if (deno) return { passed: Number(deno[1]), failed: Number(deno[2]), skipped: Number(deno[3] ?? 0) };
  const prove = [...output.matchAll(/Tests=(\d+)/g)].at(-1);
  const failed = [...output.matchAll(/Failed: (\d+)\)/g)].reduce((sum, match) => sum + Number(match[1]), 0);
  if (prove) return { passed: Number(prove[1]) - failed, failed, skipped: 0 };
  return { passed: 0, failed: 0, skipped: 0 };
}
