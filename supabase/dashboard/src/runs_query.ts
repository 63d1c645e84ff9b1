// Which runs the address asks for. Pure: the clock comes in.
import { RANGES } from "./ranges.ts";

export const OUTCOMES = ["completed", "failed", "cancelled", "running"] as const;
export const TRIGGERS = ["schedule", "manual", "reconciliation"] as const;

/** With the overview's poll it stays below 20 kB. */
export const PAGE_SIZE = 25;

export interface RunsChoice {
  since?: string;
  until?: string;
  outcome?: string;
  trigger?: string;
  before?: string;
}

/** What the address names and can be asked for; what cannot is as if it were not chosen. */
export function readRunsChoice(query: Record<string, string>, now: number): RunsChoice {
  const range = RANGES.find(({ name }) => name === query.range);
  const since = readTime(query.from) ?? (range && new Date(now - range.length).toISOString());
  const until = readTime(query.to);
  const before = readTime(query.before);
  return {
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(OUTCOMES.some((outcome) => outcome === query.outcome) ? { outcome: query.outcome! } : {}),
    ...(TRIGGERS.some((trigger) => trigger === query.trigger) ? { trigger: query.trigger! } : {}),
    ...(before === undefined ? {} : { before }),
  };
}

/** As it stands: the database knows microseconds, a Date would cut them off. */
function readTime(text: string | undefined): string | undefined {
  return text !== undefined && !Number.isNaN(Date.parse(text)) ? text : undefined;
}

/** All pages of it, one after the other; `row.started_at` leads to the next. */
export async function readAllPages<Row extends { started_at: string }>(
  read: (before: string | undefined) => Promise<{ rows: Row[] }>,
  size: number,
): Promise<Row[]> {
  const all: Row[] = [];
  for (;;) {
    const { rows } = await read(all.at(-1)?.started_at);
    all.push(...rows);
    if (rows.length < size) return all;
  }
}
