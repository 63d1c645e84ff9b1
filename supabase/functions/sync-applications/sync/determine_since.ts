import { daysBefore } from "../calendar.ts";
import type { Clock } from "../clock.ts";
import type { SyncDatabase } from "../database/sync_database.ts";
import { getLastSyncDate } from "../database/watermark.ts";
import type { Occ } from "../occ/invoke_occ.ts";

/** Without a watermark the first run starts so many days ago, as specified. */
const DEFAULT_SINCE_DAYS = 7;

export interface SinceDependencies {
  database: SyncDatabase;
  occ: Pick<Occ, "timeZone">;
  clock: Clock;
  log: (line: string) => void;
}

/**
 * The date a run lists from, `YYYY-MM-DD`: the one asked for, else the watermark. A run that goes on has its own.
 *
 * @throws DatabaseError
 */
export async function determineSince(
  { database, occ, clock, log }: SinceDependencies,
  { since, syncLogId }: { since?: string; syncLogId?: string },
): Promise<string> {
  const today = occ.timeZone.dateAt(clock.now());
  if (syncLogId !== undefined) {
    log(`Going on with sync ${syncLogId}`);
    return today;
  }
  if (since !== undefined) {
    log(`Using since date: ${since}`);
    return since;
  }
  const lastSyncDate = await getLastSyncDate(database, occ.timeZone);
  if (lastSyncDate !== null) {
    log(`Using last sync date: ${lastSyncDate}`);
    return lastSyncDate;
  }
  const date = daysBefore(today, DEFAULT_SINCE_DAYS);
  log(`No last sync, using default date: ${date}`);
  return date;
}
