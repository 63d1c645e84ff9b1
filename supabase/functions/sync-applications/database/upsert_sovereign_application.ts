import type { SupabaseClient } from "@supabase/supabase-js";
import type { Database } from "./database.types.ts";
import type { ApplicationRow } from "./application_row.ts";
import { toDatabaseError } from "./database_error.ts";

export type StoredApplication = Database["public"]["Tables"]["tblsovereignapplications"]["Row"];

/**
 * Upserts one application outside a run and returns the stored record (specification, "upsertSovereignApplication").
 * When the stored one is newer it stays, and is what is returned.
 *
 * @throws DatabaseError
 */
export async function upsertSovereignApplication(
  database: SupabaseClient<Database>,
  application: ApplicationRow,
): Promise<StoredApplication> {
  const action = `upsert application ${application.g3_application_number}`;
  const table = database.from("tblsovereignapplications");
  const written = await table.upsert(application, { onConflict: "g3_application_number" });
  if (written.error) throw toDatabaseError(action, written.error, written.status);
  // Read back rather than returned by the write: a write that the guard skips returns no row.
  const read = await table.select().eq("g3_application_number", application.g3_application_number).single();
  if (read.error) throw toDatabaseError(action, read.error, read.status);
  return read.data;
}
