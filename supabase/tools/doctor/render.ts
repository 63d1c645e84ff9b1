import process from "node:process";
import { styleText } from "node:util";
import type { Check } from "./check.ts";

const COLORS = { ok: "green", warn: "yellow", fail: "red" } as const;

/** For people: one line a check, below it what mends it. NO_COLOR is respected, as is that nobody looks on. */
export function renderChecks(checks: Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const indent = " ".repeat(6 + width + 2);
  return checks.map(({ name, state, detail, fix = [] }) => {
    const mark = styleText(COLORS[state], state.padEnd(4), { stream: process.stdout });
    const steps = fix.map((step) => {
      const [kind, text] = Object.entries(step)[0] ?? [];
      return `${indent}${kind === "hand" ? "by hand" : kind}: ${text}`;
    });
    return [`${mark}  ${name.padEnd(width)}  ${detail}`, ...steps].join("\n");
  }).join("\n");
}

export function countStates(checks: Check[]): { failed: number; summary: string } {
  const count = (wanted: Check["state"]) => checks.filter(({ state }) => state === wanted).length;
  const failed = count("fail");
  return { failed, summary: `${count("ok")} ok, ${count("warn")} to look at, ${failed} failed` };
}
