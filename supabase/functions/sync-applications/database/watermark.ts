import { daysBefore } from "../calendar.ts";
import type { TimeZone } from "../time_zone.ts";
import type { SyncDatabase } from "./sync_database.ts";

/** Days the watermark goes back behind the last run that listed: for OCC's clock, and for changes it shows late. */
const LOOKBACK_DAYS = 1;

/**
 * The date the next run lists from (specification, "getLastSyncDate"): the start of the newest run whose list is
 * stored, as a date in OCC's time zone, minus the lookback. Null when there is no such run.
 *
 * @throws DatabaseError
 */
export async function getLastSyncDate(database: SyncDatabase, timeZone: TimeZone): Promise<string | null> {
  const runs = await database.call("read the sync log", (client, signal) =>
    client
      .from("tblsovereignapplicationssynclog")
      .select("sync_started_at")
      .eq("moves_watermark", true)
      .or("listed_at.not.is.null,status.eq.completed")
      .not("sync_started_at", "is", null)
      .order("sync_started_at", { ascending: false })
      .limit(1)
      .abortSignal(signal));
  const startedAt = runs[0]?.sync_started_at;
  return startedAt ? daysBefore(timeZone.dateAt(Date.parse(startedAt)), LOOKBACK_DAYS) : null;
}
