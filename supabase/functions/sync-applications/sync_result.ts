import { z } from "zod";
import type { FinishedPass } from "./sync_run.ts";
import type { SyncResult } from "./types.ts";

const errorsSchema = z.array(z.object({ id: z.string(), error: z.string() })).catch([]);

/** Makes the specification's `SyncResult` of the run's totals. */
export function toSyncResult(syncLogId: string, pass: FinishedPass, reason?: string): SyncResult {
  const errors = errorsSchema.parse(pass.errors);
  return {
    success: pass.status !== "failed",
    message: describe(pass, reason),
    syncLogId,
    stats: {
      applicationsFound: pass.found,
      applicationsFetched: pass.fetched,
      applicationsUpserted: pass.upserted,
      fetchFailures: pass.fetch_failed,
      upsertFailures: pass.upsert_failed,
      applicationsUnchanged: pass.unchanged,
      remaining: pass.remaining,
    },
    ...(errors.length > 0 ? { errors } : {}),
  };
}

function describe(pass: FinishedPass, reason?: string): string {
  const attempted = pass.fetched + pass.fetch_failed;
  const synced = `synced ${pass.upserted} of ${attempted} applications`;
  if (pass.status === "running") return `Sync goes on in the next pass: ${synced}, ${pass.remaining} remaining`;
  if (pass.status === "failed") return `Sync failed: ${reason ?? synced}`;
  if (attempted === 0) return `Sync completed: all ${pass.found} listed applications were current`;
  return `Sync completed: ${synced}${reason ? `. ${reason}` : ""}`;
}
