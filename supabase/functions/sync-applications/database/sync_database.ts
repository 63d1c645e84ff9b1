import type { PostgrestSingleResponse, SupabaseClient } from "@supabase/supabase-js";
import { type Clock, sleep, TimeoutError, withTimeout } from "../clock.ts";
import type { Database } from "./database.types.ts";
import { DatabaseError, toDatabaseError } from "./database_error.ts";

/** For one call. Three of them and the pauses in between end long before a run is taken for dead, or a caller gives up. */
const TIMEOUT_MS = 10_000;
/** Before the second and the third try of what may go away by itself. */
const PAUSES_MS = [500, 2000];

/** The project's database through its Data API: every call ends, and ends in a value or a `DatabaseError`. */
export interface SyncDatabase {
  /**
   * Makes one call; `action` completes "Cannot …" in its error. A call with `repeat` is made up to three times, so it
   * must mean the same when it is carried out twice: its answer may have been lost. Ask a write that may change a row for
   * what it wrote: 200 without anything is no answer.
   *
   * @throws DatabaseError
   */
  call<T>(
    action: string,
    request: (client: SupabaseClient<Database>, signal: AbortSignal) => PromiseLike<PostgrestSingleResponse<T>>,
    options?: { repeat: boolean },
  ): Promise<T>;
}

export function createSyncDatabase(client: SupabaseClient<Database>, clock: Clock): SyncDatabase {
  async function callOnce<T>(
    action: string,
    request: (client: SupabaseClient<Database>, signal: AbortSignal) => PromiseLike<PostgrestSingleResponse<T>>,
  ): Promise<T> {
    try {
      const answer = await withTimeout(clock, TIMEOUT_MS, undefined, (signal) => request(client, signal));
      if (answer.error) throw toDatabaseError(action, answer.error, answer.status);
      // Some proxy answered in its place.
      if (answer.status === 200 && answer.data === null) {
        throw new DatabaseError(`Cannot ${action}: the database answered with nothing`, "", true);
      }
      return answer.data;
    } catch (cause) {
      if (!(cause instanceof TimeoutError)) throw cause;
      const message = `Cannot ${action}: the database did not answer in ${TIMEOUT_MS / 1000} s`;
      throw new DatabaseError(message, "", true, { cause });
    }
  }

  return {
    async call(action, request, { repeat } = { repeat: false }) {
      for (const pause of repeat ? PAUSES_MS : []) {
        try {
          return await callOnce(action, request);
        } catch (error) {
          if (!(error instanceof DatabaseError) || !error.retriable) throw error;
        }
        await sleep(clock, pause);
      }
      return await callOnce(action, request);
    },
  };
}
