import type { SyncDatabase } from "./sync_database.ts";

/**
 * Marks applications as pending by number, whatever is known of them. From then on they are fetched, by the running
 * sync or the next one.
 *
 * @throws DatabaseError
 */
export async function requestApplications(database: SyncDatabase, ids: string[]): Promise<void> {
  await database.call(
    "request applications",
    (client, signal) => client.rpc("request_applications", { ids }).abortSignal(signal),
    { repeat: true },
  );
}
