import type { SyncRun } from "../database/sync_run.ts";

/** Two windows: the next claim is asked for while one window is still to be started. */
const WINDOWS_AHEAD = 2;

export interface ClaimLimits {
  /** Applications fetched at once. */
  batchSize: number;
  mayStart: () => boolean;
  /** How many may still be started. */
  budget: () => number;
}

/**
 * The applications that are due, claimed ahead of need, so that the window never waits for the database. Ends when a
 * claim brings none, or nothing may be started.
 *
 * @throws DatabaseError
 */
export async function* claimAhead(run: SyncRun, limits: ClaimLimits): AsyncGenerator<string> {
  const { batchSize, mayStart, budget } = limits;

  /** `held` are claimed already and not started yet. */
  function claim(held: number): Promise<string[]> {
    const wanted = Math.min(WINDOWS_AHEAD * batchSize, budget() - held);
    if (wanted <= 0 || !mayStart()) return Promise.resolve([]);
    const claimed = run.claim(wanted);
    // It is awaited later, or never: a pass that stops gives its claims back.
    claimed.catch(() => {});
    return claimed;
  }

  let ahead = claim(0);
  for (;;) {
    const ids = await ahead;
    if (ids.length === 0) return;
    const half = Math.floor(ids.length / 2);
    for (const [index, id] of ids.entries()) {
      if (!mayStart()) return;
      if (index === half) ahead = claim(ids.length - index);
      yield id;
    }
  }
}
