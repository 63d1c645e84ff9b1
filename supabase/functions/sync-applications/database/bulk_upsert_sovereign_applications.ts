import type { SupabaseClient } from "@supabase/supabase-js";
import type { Database } from "./database.types.ts";
import type { ApplicationRow } from "./application_row.ts";
import type { Clock } from "../clock.ts";
import { DatabaseError } from "./database_error.ts";
import { type Failure, settleApplications } from "./settle_applications.ts";

/**
 * Upserts a chunk of applications, at most 100, and settles what failed beside them (specification,
 * "bulkUpsertSovereignApplications"). A chunk that Postgres refuses is halved until the poison row stands alone; that
 * one is settled as an upsert failure, the others are stored.
 *
 * @throws DatabaseError when the database cannot be reached or the lease is lost
 */
export async function bulkUpsertSovereignApplications(
  database: SupabaseClient<Database>,
  clock: Clock,
  lease: string,
  applications: ApplicationRow[],
  failures: Failure[] = [],
): Promise<number> {
  try {
    return await settleApplications(database, clock, lease, applications, failures);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.leaseLost || error.retriable || applications.length === 0) {
      throw error;
    }
    if (!isRowRefused(error.code)) throw error;
    if (applications.length === 1) {
      const [row] = applications;
      const id = row?.g3_application_number ?? "";
      const message = `Cannot upsert application ${id}: Postgres refused it (${error.code})`;
      return await settleApplications(database, clock, lease, [], [
        ...failures,
        { id, error: message, permanent: false, step: "upsert" },
      ]);
    }
    const half = Math.ceil(applications.length / 2);
    const stored = await bulkUpsertSovereignApplications(database, clock, lease, applications.slice(0, half), failures);
    return stored + await bulkUpsertSovereignApplications(database, clock, lease, applications.slice(half));
  }
}

/** Data exceptions (22), integrity violations (23), program limits (54), and what a trigger raises (P0) lie in the row. */
function isRowRefused(code: string): boolean {
  return /^(21|22|23|54|P0)/.test(code);
}
