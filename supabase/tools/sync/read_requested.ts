import { describeApiError, type Project } from "../connect.ts";
import { LostSightError } from "./follow_run.ts";

/** What became of an application that was asked for by its number. */
export interface Requested {
  id: string;
  state: string;
  error: string | null;
  /** Whether no run has come to it yet. */
  isWaiting: boolean;
}

/** @throws LostSightError */
export async function readRequested({ client, apiUrl }: Project, ids: string[]): Promise<Requested[]> {
  if (ids.length === 0) return [];
  const { data, error, status } = await client
    .from("sync_status")
    .select("g3_application_number, state, last_error, requested_at")
    .in("g3_application_number", ids)
    .order("g3_application_number");
  if (error) throw new LostSightError(describeApiError(error, status, apiUrl));
  return data.map((row) => ({
    id: row.g3_application_number,
    state: row.state,
    error: row.state === "synced" ? null : row.last_error,
    isWaiting: row.requested_at !== null,
  }));
}
