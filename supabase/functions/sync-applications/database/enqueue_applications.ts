import type { SupabaseClient } from "@supabase/supabase-js";
import type { Database } from "./database.types.ts";
import { chunkArray } from "../sync/batch_processor.ts";
import { toDatabaseError } from "./database_error.ts";
import type { ApplicationDateSince } from "../occ/fetch_applications_since_data.ts";

/** Keeps a call far inside the Data API's statement timeout. */
const LISTED_PER_CALL = 5000;

export type Enqueued = Database["public"]["Functions"]["enqueue_applications"]["Returns"][number];

/**
 * Stores OCC's list in the queue and returns the run's counts. With the last part the list is durable, and the
 * watermark may move before a single application is fetched.
 *
 * @throws DatabaseError
 */
export async function enqueueApplications(
  database: SupabaseClient<Database>,
  lease: string,
  listed: readonly ApplicationDateSince[],
): Promise<Enqueued> {
  const parts = chunkArray(listed, LISTED_PER_CALL);
  const last = parts.pop() ?? [];
  for (const part of parts) await enqueue(database, lease, part, false);
  return await enqueue(database, lease, last, true);
}

async function enqueue(
  database: SupabaseClient<Database>,
  lease: string,
  listed: readonly ApplicationDateSince[],
  complete: boolean,
): Promise<Enqueued> {
  // Not repeated on failure: the counts would be added twice. The run lists again instead.
  const { data, error, status } = await database.rpc("enqueue_applications", {
    lease,
    applications: listed.map(({ id, attributes }) => ({ id, last_saved: attributes.lastSavedDateTime })),
    complete,
  }).single();
  if (error) throw toDatabaseError("store OCC's list", error, status);
  return data;
}
