import type { SyncDatabase } from "./sync_database.ts";

/** Stores how many requests were refused, for the alerts. Best effort: the function's log has the number too. */
export async function recordRefusedRequests(database: SyncDatabase, requests: number): Promise<void> {
  await database.call(
    "record refused requests",
    (client, signal) => client.from("sync_refusals").insert({ requests }).abortSignal(signal),
  ).catch(() => {});
}
