import type { SupabaseClient } from "@supabase/supabase-js";
import type { Database } from "../database/database.types.ts";
import { type Clock, sleep } from "../clock.ts";
import { toDatabaseError } from "../database/database_error.ts";
import { retry } from "../database/settle_applications.ts";

/** Two windows of 15: the next claim is asked for while one window is still to be started. */
const CLAIMS_AHEAD = 30;
const POLL_MS = 20;

export interface ClaimOptions {
  database: SupabaseClient<Database>;
  clock: Clock;
  lease: string;
  mayStart: () => boolean;
  /** How many may still be started. */
  budget: () => number;
  inFlight: () => number;
  /** Settles what has been fetched. */
  flush: () => Promise<void>;
}

/**
 * The applications that are due, claimed ahead of need, so that the window never waits for the database.
 *
 * @throws DatabaseError
 */
export async function* claimAhead(options: ClaimOptions): AsyncGenerator<string> {
  let ahead = claim(options, 0);
  for (;;) {
    const ids = await ahead;
    if (ids.length === 0) {
      // An application that has killed its worker is handed out alone, once nothing else is in flight.
      while (options.inFlight() > 0) await sleep(options.clock, POLL_MS);
      await options.flush();
      const rest = options.mayStart() ? await claim(options, 0) : [];
      if (rest.length === 0) return;
      ahead = Promise.resolve(rest);
      continue;
    }
    const half = Math.floor(ids.length / 2);
    for (const [index, id] of ids.entries()) {
      if (!options.mayStart()) return;
      if (index === half) ahead = claim(options, ids.length - index);
      yield id;
    }
  }
}

/** `held` are claimed already and not started yet. */
function claim({ database, clock, lease, budget }: ClaimOptions, held: number): Promise<string[]> {
  const wanted = Math.min(CLAIMS_AHEAD, budget() - held);
  if (wanted <= 0) return Promise.resolve([]);
  const claimed = retry(clock, async () => {
    const { data, error, status } = await database.rpc("claim_applications", { lease, max_claims: wanted });
    if (error) throw toDatabaseError("claim applications", error, status);
    return data;
  });
  // It is awaited later, or never: a pass that stops gives its claims back.
  claimed.catch(() => {});
  return claimed;
}
