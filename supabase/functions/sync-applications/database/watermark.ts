import type { TimeZone } from "../time_zone.ts";
import type { SyncDatabase } from "./sync_database.ts";

/**
 * The date the next run lists from (specification, "getLastSyncDate": it is part of what the specification promises; a
 * run asks for it as it opens): the start of the newest run whose list is stored, as a date in OCC's time zone, minus the
 * lookback; not before the end of an open gap. Null when there is no such run.
 *
 * @throws DatabaseError
 */
export async function getLastSyncDate(database: SyncDatabase, timeZone: TimeZone): Promise<string | null> {
  const rows = await database.call(
    "read the watermark",
    (client, signal) => client.rpc("read_watermark", { time_zone: timeZone.name }).abortSignal(signal),
    { repeat: true },
  );
  return rows[0]?.last_sync_date ?? null;
}
