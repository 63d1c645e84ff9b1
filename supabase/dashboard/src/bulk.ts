// More applications than one call takes. Pure: what is called comes in.
import type { Preview } from "./api.ts";
import { formatCount } from "./format.ts";

/** The most application numbers the database takes at once. */
export const CHUNK = 500;

/** One call after the other; an error says how far it came. */
export async function inChunks<Answer>(
  applications: readonly string[],
  call: (chunk: string[]) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let from = 0; from < applications.length; from += CHUNK) {
    try {
      answers.push(await call(applications.slice(from, from + CHUNK)));
    } catch (error) {
      if (from === 0) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`Done for the first ${formatCount(from, "application")}, then: ${reason}`, { cause: error });
    }
  }
  return answers;
}

/** Of one the database's own words; of more than one their sum. */
export function addUpPreviews(previews: readonly Preview[], words: (count: number) => string): Preview {
  const [first] = previews;
  if (first && previews.length === 1) return first;
  const applications = previews.reduce((sum, preview) => sum + preview.applications, 0);
  const states: Record<string, number> = {};
  for (const { by_state = {} } of previews) {
    for (const [state, count] of Object.entries(by_state)) states[state] = (states[state] ?? 0) + count;
  }
  return {
    applications,
    by_state: states,
    stored: previews.reduce((sum, { stored = 0 }) => sum + stored, 0),
    examples: previews.flatMap(({ examples = [] }) => examples).slice(0, 10),
    message: words(applications),
  };
}

/** All numbers of a list that comes in pages of `size`, each beginning after the last one of the page before. */
export async function readAllRows<Row extends { application: string }>(
  read: (after: string | undefined) => Promise<{ rows: Row[] }>,
  size: number,
): Promise<Row[]> {
  const all: Row[] = [];
  for (;;) {
    const { rows } = await read(all.at(-1)?.application);
    all.push(...rows);
    if (rows.length < size) return all;
  }
}
