// Which applications are chosen for an action: some by number, or all of what is shown. Pure.
import type { Choice } from "./api.ts";

export interface Selection {
  numbers: ReadonlySet<string>;
  /** All of the cause that is shown, or of everything that failed. */
  all: boolean;
}

export const NOTHING: Selection = { numbers: new Set(), all: false };

/** The most a call takes by number. */
export const MOST = 500;

export function toggle({ numbers }: Selection, id: string): Selection {
  const chosen = new Set(numbers);
  if (!chosen.delete(id)) chosen.add(id);
  return { numbers: chosen, all: false };
}

/** All rows of the page, or none when they all were. */
export function togglePage({ numbers }: Selection, ids: readonly string[]): Selection {
  const chosen = new Set(numbers);
  const whole = ids.every((id) => chosen.has(id));
  for (const id of ids) whole ? chosen.delete(id) : chosen.add(id);
  return { numbers: chosen, all: false };
}

/** What to ask the database for, or undefined when nothing is chosen. */
export function toChoice({ numbers, all }: Selection, cause: string | undefined): Choice | undefined {
  if (all) return cause ? { fingerprint: cause } : { everything: true };
  return numbers.size === 0 ? undefined : { applications: [...numbers] };
}
