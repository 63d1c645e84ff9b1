import { styleText } from "node:util";
import { COLUMNS, columnsBehind, type Comparison } from "./columns.ts";

const LABEL = 24;

/** A line a column, its best figure marked; then why `us` is behind where it is. */
export function describeComparison(comparison: Comparison, us: string): string {
  const names = Object.keys(comparison.timeToLimit);
  const widths = names.map((name) => Math.max(name.length, 7) + 2);
  const behind = columnsBehind(comparison, us);
  return [
    " ".repeat(LABEL) + names.map((name, index) => name.padStart(widths[index] ?? 0)).join(""),
    ...COLUMNS.map(({ key, title }) => {
      const best = Math.min(...Object.values(comparison[key]));
      const cells = names.map((name, index) => {
        const value = comparison[key][name];
        const text = String(value ?? "-").padStart(widths[index] ?? 0);
        return value === best ? styleText("green", text) : text;
      });
      return title.padEnd(LABEL) + cells.join("");
    }),
    "",
    ...behind.map(({ title, reason }) => `Not ahead in "${title}": ${reason ?? styleText("red", "no reason known")}`),
  ].join("\n");
}
