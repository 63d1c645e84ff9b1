import * as z from "zod";
import type { FinishedPass } from "../database/sync_run.ts";

/** One application that could not be synced, and why. Never more than its number and a scrubbed message. */
export interface SyncError {
  id: string;
  error: string;
}

/** What `syncApplicationsSince()` returns (specification, "Sync Orchestrator"), totals over all passes of the run. */
export interface SyncResult {
  success: boolean;
  message: string;
  syncLogId?: string;
  stats: {
    applicationsFound: number;
    applicationsFetched: number;
    applicationsUpserted: number;
    fetchFailures: number;
    upsertFailures: number;
    /** Listed applications that were current already. */
    applicationsUnchanged: number;
    /** Applications still due; the next pass or the next tick fetches them. */
    remaining: number;
  };
  errors?: SyncError[];
  /** Somebody cancelled the run; it is no success. */
  cancelled: boolean;
}

const errorsSchema = z.array(z.object({ id: z.string(), error: z.string() })).catch([]);

/** Makes the specification's `SyncResult` of the run's totals. */
export function toSyncResult(syncLogId: string, pass: FinishedPass, reason?: string): SyncResult {
  const errors = errorsSchema.parse(pass.errors);
  return {
    success: pass.status !== "failed",
    message: describe(pass, reason),
    syncLogId,
    stats: {
      applicationsFound: pass.applications_found,
      applicationsFetched: pass.fetched,
      applicationsUpserted: pass.upserted,
      fetchFailures: pass.fetch_failed,
      upsertFailures: pass.upsert_failed,
      applicationsUnchanged: pass.unchanged,
      remaining: pass.remaining,
    },
    ...(errors.length > 0 ? { errors } : {}),
    cancelled: pass.cancelled !== "",
  };
}

function describe(pass: FinishedPass, reason?: string): string {
  const attempted = pass.fetched + pass.fetch_failed;
  const synced = `synced ${pass.upserted} of ${attempted} applications`;
  if (pass.status === "running") return `Sync goes on in the next pass: ${synced}, ${pass.remaining} remaining`;
  if (pass.cancelled !== "") return `${pass.cancelled}. Before that it ${synced}`;
  if (pass.status === "failed") return `Sync failed: ${reason ?? synced}`;
  const done = attempted === 0 ? describeList(pass) : synced;
  return `Sync completed: ${done}${reason ? `. ${reason}` : ""}`;
}

/** What is not current and was not tried waits: for its next attempt, or for OCC's list and details to agree. */
function describeList({ applications_found: found, unchanged }: FinishedPass): string {
  if (unchanged === found) return `all ${found} listed applications were current`;
  return `${unchanged} of ${found} listed applications were current, ${found - unchanged} wait to be tried again`;
}
