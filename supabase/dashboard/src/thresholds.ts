// The form of the alerts' thresholds. Pure: the database says what is wrong.
import type { Thresholds } from "./api.ts";
import { formatDuration } from "./format.ts";

/** The order people think of them in; one that is not known here comes behind. */
const ORDER = [
  "alert_no_completed_run_after",
  "alert_oldest_stale_after",
  "alert_failures_in_a_row",
  "alert_missed_ticks_from",
  "alert_parked_from",
  "alert_changes_missed_from",
  "alert_refused_per_hour",
];

export function orderNames({ limits }: Pick<Thresholds, "limits">): string[] {
  const place = (name: string) => ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length;
  return Object.keys(limits).sort((a, b) => place(a) - place(b) || a.localeCompare(b));
}

/** What was changed in the form; what is no number goes as it was typed, so that the database names it. */
export function toChanges(
  typed: Record<string, string>,
  known: Record<string, unknown>,
): Record<string, number | string> {
  return Object.fromEntries(
    Object.entries(typed)
      .filter(([name, text]) => text.trim() !== String(known[name]))
      .map(([name, text]) => [name, /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text]),
  );
}

/** The database's message by the field it is about; what is about none stands under "". */
export function readProblems(message: string, names: readonly string[]): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const part of message.replace(/^Cannot change the thresholds: /, "").split("; ")) {
    const name = names.find((name) => part.startsWith(`${name} `) || part.startsWith(`${name}:`)) ?? "";
    const text = name === "" ? part : part.slice(name.length).replace(/^:? /, "");
    problems[name] = problems[name] ? `${problems[name]}; ${text}` : text;
  }
  return problems;
}

/** Seconds as people say them; of other units there is nothing to add. */
export function describeValue(text: string, unit: string): string | undefined {
  return unit === "seconds" && /^\d+$/.test(text.trim()) ? formatDuration(Number(text)) : undefined;
}
