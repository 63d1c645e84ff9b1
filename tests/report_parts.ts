import { stripVTControlCharacters, styleText } from "node:util";
import { denoTask } from "../supabase/tools/terminal/deno_task.ts";
import { isTestFile } from "./parts.ts";
import type { Outcome } from "./run_part.ts";

/** So many lines of a part that says nothing more exact about its failure. */
const TAIL = 60;

/** One line: how a part went, and how long it took. */
export function describeOutcome({ part, passed, failed, skipped, seconds, reason }: Outcome): string {
  if (reason !== undefined) return `${styleText("yellow", "skipped")}  ${part.name}: ${reason}`;
  const state = failed > 0 ? styleText("red", "failed") : styleText("green", "ok");
  return `${state}  ${part.name}: ${describeCounts({ passed, failed, skipped })}  ${describeSeconds(seconds)}`;
}

export function describeCounts({ passed, failed, skipped }: Pick<Outcome, "passed" | "failed" | "skipped">): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

export function describeSeconds(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** What failed in a part, and the command that repeats it. */
export function describeFailure({ part, output }: Outcome): string {
  const lines = output.trimEnd().split("\n");
  const plain = lines.map((line) => stripVTControlCharacters(line));
  // deno test ends with what failed.
  const errors = plain.findIndex((line) => /^\s*ERRORS\s*$/.test(line));
  const shown = errors >= 0 ? lines.slice(errors) : lines.slice(-TAIL);
  return [
    styleText("bold", `\n${part.name}`),
    ...shown,
    `Repeat it with: ${denoTask(`test ${listFailedFiles(plain).join(" ") || part.name}`)}`,
  ].join("\n");
}

/** deno test lists the failures with their files: `name => ./tests/unit/x_test.ts:12:6`. */
function listFailedFiles(lines: string[]): string[] {
  const files = lines.flatMap((line) => /=> \.\/(tests\/\S+_test\.ts):\d+:\d+$/.exec(line)?.[1] ?? []);
  return [...new Set(files)].filter(isTestFile);
}
