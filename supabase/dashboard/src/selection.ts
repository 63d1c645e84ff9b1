// Which applications are chosen for an action: some by number, or all that a filter shows. Pure.
import type { Choice, NotCurrentPage, State } from "./api.ts";
import { formatNumber } from "./format.ts";

export interface Selection {
  numbers: ReadonlySet<string>;
  /** All of the cause that is shown, or of everything that failed. */
  all: boolean;
}

export const NOTHING: Selection = { numbers: new Set(), all: false };

/** The most that are chosen by number; a cause has no such bound. */
export const MOST = 5_000;

export function toggle({ numbers }: Selection, id: string): Selection {
  const chosen = new Set(numbers);
  if (!chosen.delete(id)) chosen.add(id);
  return { numbers: chosen, all: false };
}

/** From the row clicked last to this one, as they stand on the page: all as this one becomes. */
export function toggleRange(selection: Selection, ids: readonly string[], from: string, to: string): Selection {
  const [first, last] = [ids.indexOf(from), ids.indexOf(to)].sort((a, b) => a - b);
  if (first === undefined || last === undefined || first < 0) return toggle(selection, to);
  const chosen = new Set(selection.numbers);
  const becomes = !chosen.has(to);
  for (const id of ids.slice(first, last + 1)) becomes ? chosen.add(id) : chosen.delete(id);
  return { numbers: chosen, all: false };
}

/** All rows of the page, or none when they all were. */
export function togglePage({ numbers }: Selection, ids: readonly string[]): Selection {
  const chosen = new Set(numbers);
  const whole = ids.every((id) => chosen.has(id));
  for (const id of ids) whole ? chosen.delete(id) : chosen.add(id);
  return { numbers: chosen, all: false };
}

/** Whether all, some or none of the page's rows are chosen. */
export function coverPage({ numbers, all }: Selection, ids: readonly string[]): "all" | "some" | "none" {
  const count = all ? ids.length : ids.filter((id) => numbers.has(id)).length;
  if (count === 0) return "none";
  return count === ids.length ? "all" : "some";
}

/** What the address chooses; what it cannot be is as if it were not chosen. */
export interface Filter {
  states?: string[];
  fingerprint?: string;
  search?: string;
}

export const STATES: readonly Exclude<State, "synced">[] = ["pending", "failed", "parked", "gone"];

export function readFilter({ state, fingerprint, search }: Record<string, string>): Filter {
  return {
    ...(STATES.some((name) => name === state) ? { states: [state!] } : {}),
    ...(fingerprint ? { fingerprint } : {}),
    ...(search ? { search } : {}),
  };
}

/** All that a filter shows, beyond the page. */
export interface Whole {
  words: string;
  count: number;
  /** How the database calls it, so that no numbers need be read; it can then be as large as it likes. */
  choice?: Choice;
  /** How its numbers are read. */
  filter: Filter;
}

export function describeWhole(filter: Filter, { counts, total }: Pick<NotCurrentPage, "counts" | "total">): Whole {
  const { states, fingerprint, search } = filter;
  if (fingerprint && !states && !search) {
    return { words: `all ${formatNumber(total)} of this cause`, count: total, choice: { fingerprint }, filter };
  }
  if (fingerprint || states || search) {
    return { words: `all ${formatNumber(total)} of this filter`, count: total, filter };
  }
  const count = counts.failed + counts.parked;
  return {
    words: `all ${formatNumber(count)} that failed or are parked`,
    count,
    choice: { everything: true },
    filter: { states: ["failed", "parked"] },
  };
}

/** What to ask the database for, or undefined when nothing is chosen. */
export function toChoice({ numbers, all }: Selection, whole: Whole): Choice | undefined {
  if (all) return whole.choice;
  return numbers.size === 0 ? undefined : { applications: [...numbers] };
}
