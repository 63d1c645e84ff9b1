import type { SupabaseClient } from "@supabase/supabase-js";
import type { Database } from "./database.types.ts";
import { toDatabaseError } from "./database_error.ts";

/**
 * Marks applications as pending by number. The open run fetches them, or the next one, before all others.
 *
 * @throws DatabaseError
 */
export async function requestApplications(database: SupabaseClient<Database>, ids: string[]): Promise<void> {
  const { error, status } = await database.rpc("request_applications", { ids });
  if (error) throw toDatabaseError("request applications", error, status);
}
