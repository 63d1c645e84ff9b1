import type { Database } from "./database.types.ts";
import type { ApplicationRow } from "./application_row.ts";
import type { SyncDatabase } from "./sync_database.ts";

export type StoredApplication = Database["public"]["Tables"]["tblsovereignapplications"]["Row"];

/**
 * Upserts one application outside a run and returns the stored record (specification, "upsertSovereignApplication": it
 * is part of what the specification promises; the sync itself upserts in bulk). When the stored one is newer it stays,
 * and is what is returned.
 *
 * @throws DatabaseError
 */
export async function upsertSovereignApplication(
  database: SyncDatabase,
  application: ApplicationRow,
): Promise<StoredApplication> {
  const action = `upsert application ${application.g3_application_number}`;
  await database.call(action, (client, signal) =>
    client
      .from("tblsovereignapplications")
      .upsert(application, { onConflict: "g3_application_number" })
      .select("g3_application_number")
      .abortSignal(signal));
  // Read back rather than returned by the write: a write that the guard skips returns no row.
  return await database.call(action, (client, signal) =>
    client
      .from("tblsovereignapplications")
      .select()
      .eq("g3_application_number", application.g3_application_number)
      .abortSignal(signal)
      .single());
}
