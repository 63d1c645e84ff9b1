import type { SupabaseClient } from "@supabase/supabase-js";
import type { Database } from "./database.types.ts";
import { toDatabaseError } from "./database_error.ts";
import type { Enqueued } from "./enqueue_applications.ts";

/**
 * Marks applications as pending by number. From then on they are fetched, by this run or any later one.
 *
 * @throws DatabaseError
 */
export async function requestApplications(database: SupabaseClient<Database>, ids: string[]): Promise<void> {
  const { error, status } = await database.rpc("request_applications", { ids });
  if (error) throw toDatabaseError("request applications", error, status);
}

/**
 * Makes them the whole work of the run that was opened for them.
 *
 * @throws DatabaseError
 */
export async function enqueueRequestedApplications(
  database: SupabaseClient<Database>,
  lease: string,
  ids: string[],
): Promise<Enqueued> {
  const { data, error, status } = await database.rpc("enqueue_requested_applications", { lease, ids }).single();
  if (error) throw toDatabaseError("enqueue the requested applications", error, status);
  return data;
}
