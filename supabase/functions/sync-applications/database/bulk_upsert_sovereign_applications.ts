import { DatabaseError } from "./database_error.ts";
import type { Answer, SyncRun } from "./sync_run.ts";

export interface BulkUpsert {
  /** Whether every application of the chunk was stored. */
  success: boolean;
  /** How many were. */
  count: number;
}

/**
 * Upserts a chunk of applications and settles them (specification, "bulkUpsertSovereignApplications"). A chunk that
 * Postgres rejects, or that is too large for the Data API, is halved until the poison row stands alone; that one is
 * settled as an upsert failure, the others are stored.
 *
 * @throws DatabaseError when the database cannot be reached or the lease is lost
 */
export async function bulkUpsertSovereignApplications(run: SyncRun, applications: Answer[]): Promise<BulkUpsert> {
  const count = await upsertHalving(run, applications);
  return { success: count === applications.length, count };
}

async function upsertHalving(run: SyncRun, applications: Answer[]): Promise<number> {
  try {
    return await run.settle(applications, []);
  } catch (error) {
    const [first] = applications;
    if (!(error instanceof DatabaseError) || !error.rowRejected || first === undefined) throw error;
    if (applications.length === 1) {
      const id = first.row.g3_application_number;
      const cause = `Postgres rejected it (${error.code})`;
      const failure = { id, error: `Cannot upsert application ${id}: ${cause}`, cause, step: "upsert" } as const;
      return await run.settle([], [failure]);
    }
    const half = Math.ceil(applications.length / 2);
    return await upsertHalving(run, applications.slice(0, half)) + await upsertHalving(run, applications.slice(half));
  }
}
