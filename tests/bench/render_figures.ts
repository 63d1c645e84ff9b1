import { styleText } from "node:util";
import type { Benchmark, Figures, Verdict } from "./benchmark.ts";

/** One benchmark for people: its work, its goals, and everything else that was measured. */
export function describeResult({ key, work, describe }: Benchmark, figures: Figures, verdicts: Verdict[]): string {
  const judged = new Set(verdicts.map(({ figure }) => figure));
  const lines = [`${styleText("bold", key.padEnd(10))} ${work}`];
  if (describe) return [...lines, describe(figures)].join("\n");
  for (const { figure, value, bound, atMost, met } of verdicts) {
    const sign = atMost === undefined ? ">=" : "<=";
    const mark = met ? styleText("green", "met") : styleText("red", "missed");
    lines.push(`  ${figure.padEnd(24)} ${String(value).padStart(9)}  ${sign} ${String(bound).padEnd(6)} ${mark}`);
  }
  for (const [figure, value] of Object.entries(figures)) {
    if (judged.has(figure)) continue;
    const text = typeof value === "number" ? String(value).padStart(9) : describeCases(value);
    lines.push(`  ${figure.padEnd(24)} ${text}`);
  }
  return lines.join("\n");
}

function describeCases(cases: Record<string, number>): string {
  return Object.entries(cases).map(([name, value]) => `${name}: ${value}`).join(", ").padStart(9);
}

/** The rows of the table in docs/performance.md: a row for what has words. */
export function renderRows({ key, stated = {} }: Benchmark, figures: Figures, verdicts: Verdict[]): string[] {
  const judged = verdicts.flatMap(({ figure, about, value, bound, atMost, met }) =>
    about === undefined ? [] : [
      `| ${about} | \`${key}.${figure}\` | ${value} | ${atMost === undefined ? "≥" : "≤"} ${bound}${
        met ? "" : ", missed"
      } |`,
    ]
  );
  return [
    ...judged,
    ...Object.entries(stated).map(([figure, about]) =>
      `| ${about} | \`${key}.${figure}\` | ${figures[figure]} | stated |`
    ),
  ];
}
