import type { SupabaseClient } from "@supabase/supabase-js";
import type { Database } from "./database.types.ts";
import type { ApplicationRow } from "./application_row.ts";
import { type Clock, sleep } from "../clock.ts";
import { DatabaseError, toDatabaseError } from "./database_error.ts";

/** An application that could not be fetched or stored. */
export interface Failure {
  id: string;
  error: string;
  /** Whether it is parked at once. */
  permanent: boolean;
  step: "fetch" | "upsert";
}

/**
 * Stores applications and failures with their status, the run's counters and its heartbeat, in one transaction. Called
 * with nothing it is a heartbeat. Returns how many applications it settled as stored. A call whose answer got lost is repeated: what it settled is not counted again.
 *
 * @throws DatabaseError
 */
export async function settleApplications(
  database: SupabaseClient<Database>,
  clock: Clock,
  lease: string,
  applications: ApplicationRow[],
  failures: Failure[],
): Promise<number> {
  return await retry(clock, async () => {
    const { data, error, status } = await database
      .rpc("settle_applications", { lease, applications, failures: failures.map((failure) => ({ ...failure })) });
    if (error) throw toDatabaseError(`store ${applications.length} applications`, error, status);
    return data;
  });
}

/** Three tries, 0.5 and 2 seconds apart, for what may go away by itself. */
export async function retry<T>(clock: Clock, call: () => Promise<T>): Promise<T> {
  for (const pause of [500, 2000]) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof DatabaseError) || !error.retriable) throw error;
    }
    await sleep(clock, pause);
  }
  return await call();
}
