import type { SupabaseClient } from "@supabase/supabase-js";
import type { Database } from "./database.types.ts";
import { dateInTimeZone, daysBefore } from "../calendar.ts";
import { toDatabaseError } from "./database_error.ts";

/** Days the watermark goes back behind the last run that listed: for OCC's clock, and for changes it shows late. */
const LOOKBACK_DAYS = 1;

/**
 * The date the next run lists from (specification, "getLastSyncDate"): the start of the newest run whose list is
 * stored, as a date in OCC's time zone, minus the lookback. Null when there is no such run.
 *
 * @throws DatabaseError
 */
export async function getLastSyncDate(
  database: SupabaseClient<Database>,
  timeZone: string,
): Promise<string | null> {
  const { data, error, status } = await database
    .from("tblsovereignapplicationssynclog")
    .select("sync_started_at")
    .eq("moves_watermark", true)
    .or("listed_at.not.is.null,status.eq.completed")
    .not("sync_started_at", "is", null)
    .order("sync_started_at", { ascending: false })
    .limit(1);
  if (error) throw toDatabaseError("read the sync log", error, status);
  const startedAt = data[0]?.sync_started_at;
  return startedAt ? daysBefore(dateInTimeZone(Date.parse(startedAt), timeZone), LOOKBACK_DAYS) : null;
}
