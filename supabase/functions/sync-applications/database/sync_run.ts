import type { SupabaseClient } from "@supabase/supabase-js";
import type { Database } from "./database.types.ts";
import type { Clock } from "../clock.ts";
import { toDatabaseError } from "./database_error.ts";
import type { Trigger } from "../http/read_request.ts";
import { retry } from "./settle_applications.ts";

type Functions = Database["public"]["Functions"];
export type OpenedRun = Functions["open_sync_run"]["Returns"][number];
export type FinishedPass = Functions["finish_sync_pass"]["Returns"][number];

/** Somebody else is syncing: at most one run is open at a time. */
export class SyncRunningError extends Error {
  override name = "SyncRunningError";
  constructor(readonly syncLogId: string) {
    super(`Cannot start a sync: sync ${syncLogId} is running; try again when it has ended`);
  }
}

export interface RunRequest {
  sinceDate: string;
  trigger: Trigger;
  force: boolean;
  /** False when the date was given by a person: the schedule must not skip what lies before it. */
  movesWatermark: boolean;
}

/**
 * Opens a run, or resumes the one that waits for its next pass.
 *
 * @throws SyncRunningError, DatabaseError
 */
export async function openSyncRun(database: SupabaseClient<Database>, request: RunRequest): Promise<OpenedRun> {
  const { data, error, status } = await database.rpc("open_sync_run", {
    since: request.sinceDate,
    trigger: request.trigger,
    force: request.force,
    moves_watermark: request.movesWatermark,
  }).single();
  if (error) {
    const cause = toDatabaseError("open a sync run", error, status);
    cause.message = `Failed to create sync log. ${cause.message}`;
    throw cause;
  }
  if (data.outcome === "running") throw new SyncRunningError(data.sync_log_id);
  return data;
}

/**
 * Ends the pass: closes the run, or with `handOver` and work left releases it and asks for the next pass.
 *
 * @throws DatabaseError
 */
export async function finishSyncPass(
  database: SupabaseClient<Database>,
  clock: Clock,
  lease: string,
  end: { handOver: boolean; reason?: string; warnings: string[]; anomalies?: string[] },
): Promise<FinishedPass> {
  return await retry(clock, async () => {
    const { data, error, status } = await database.rpc("finish_sync_pass", {
      lease,
      hand_over: end.handOver,
      ...(end.reason === undefined ? {} : { reason: end.reason }),
      warnings: end.warnings,
      ...(end.anomalies === undefined ? {} : { anomalies: end.anomalies }),
    }).single();
    if (error) throw toDatabaseError("end the pass", error, status);
    return data;
  });
}
