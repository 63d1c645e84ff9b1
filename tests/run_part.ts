import { stripVTControlCharacters, styleText } from "node:util";
import { fileURLToPath } from "node:url";
import { DB_URL, type Part, SKIPPED } from "./parts.ts";

export interface Outcome {
  part: string;
  passed: number;
  failed: number;
  skipped: number;
  /** Why the whole part was skipped. */
  reason?: string;
}

const PROJECT = fileURLToPath(new URL("..", import.meta.url));

/** Runs a part of the test command with the stack's environment, shows what it prints, and counts its tests. */
export async function runPart(part: Part, env: Record<string, string>): Promise<Outcome> {
  console.log(styleText("bold", `\n${part.name}`));
  const child = new Deno.Command(part.command, {
    args: part.args.map((arg) => arg.replace(DB_URL, env.DB_URL ?? "")),
    cwd: PROJECT,
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
  if (code === SKIPPED) return skipPart(part, /^skipped: (.+)$/m.exec(output)?.[1] ?? "it does not say why");
  const counted = count(output);
  // A part that is one check counts as one; a part that broke off has failed, whatever it counted.
  if (counted.passed + counted.failed === 0) {
    return { ...counted, part: part.name, passed: success ? 1 : 0, failed: success ? 0 : 1 };
  }
  return { ...counted, part: part.name, failed: success ? counted.failed : Math.max(1, counted.failed) };
}

/** What is said of a part that cannot run here. */
export function skipPart(part: Part, reason: string): Outcome {
  return { part: part.name, passed: 0, failed: 0, skipped: 1, reason };
}

/** What deno test and pg_prove say at the end. */
function count(output: string): Omit<Outcome, "part"> {
  const deno = [...output.matchAll(/(\d+) passed.*?\| (\d+) failed(?:.*?\| (\d+) ignored)?/g)].at(-1);
  if (deno) return { passed: Number(deno[1]), failed: Number(deno[2]), skipped: Number(deno[3] ?? 0) };
  const prove = [...output.matchAll(/Tests=(\d+)/g)].at(-1);
  const failed = [...output.matchAll(/Failed: (\d+)\)/g)].reduce((sum, match) => sum + Number(match[1]), 0);
  if (prove) return { passed: Number(prove[1]) - failed, failed, skipped: 0 };
  return { passed: 0, failed: 0, skipped: 0 };
}
