import type { ApplicationRow } from "./application_row.ts";
import { DatabaseError } from "./database_error.ts";
import type { Failure, SyncRun } from "./sync_run.ts";

export interface BulkUpsert {
  /** Whether every application of the chunk was stored. */
  success: boolean;
  /** How many were. */
  count: number;
}

/**
 * Upserts a chunk of applications, at most 100, and settles what failed beside them (specification,
 * "bulkUpsertSovereignApplications"). A chunk that Postgres rejects is halved until the poison row stands alone; that
 * one is settled as an upsert failure, the others are stored.
 *
 * @throws DatabaseError when the database cannot be reached or the lease is lost
 */
export async function bulkUpsertSovereignApplications(
  run: SyncRun,
  applications: ApplicationRow[],
  failures: Failure[] = [],
): Promise<BulkUpsert> {
  const count = await upsertHalving(run, applications, failures);
  return { success: count === applications.length, count };
}

async function upsertHalving(run: SyncRun, applications: ApplicationRow[], failures: Failure[]): Promise<number> {
  try {
    return await run.settle(applications, failures);
  } catch (error) {
    const [row] = applications;
    if (!(error instanceof DatabaseError) || !error.rowRejected || row === undefined) throw error;
    if (applications.length === 1) {
      const id = row.g3_application_number;
      const message = `Cannot upsert application ${id}: Postgres rejected it (${error.code})`;
      return await run.settle([], [...failures, { id, error: message, permanent: false, step: "upsert" }]);
    }
    const half = Math.ceil(applications.length / 2);
    const first = await upsertHalving(run, applications.slice(0, half), failures);
    return first + await upsertHalving(run, applications.slice(half), []);
  }
}
