import type { Answer } from "../../supabase/functions/sync-applications/database/sync_run.ts";
import type { ApplicationRow } from "../../supabase/functions/sync-applications/database/application_row.ts";
import { toApplicationRow } from "../../supabase/functions/sync-applications/sync/to_application_row.ts";
import {
  applicationMediumSchema,
  type StoredAttribute,
} from "../../supabase/functions/sync-applications/occ/application_medium.ts";

/** A row as the sync writes it; what is not given is null. */
export function createRow(id: string, attributes: Partial<Record<StoredAttribute, string>> = {}): ApplicationRow {
  return toApplicationRow(applicationMediumSchema.parse({ id, attributes }));
}

/** So many rows, `G3-1` and on. */
export function createRows(count: number): ApplicationRow[] {
  return Array.from({ length: count }, (_, index) => createRow(`G3-${index + 1}`));
}

/** Rows as a pass has fetched them just now, or at another time. */
export function toAnswers(rows: ApplicationRow[], beganAt = Date.now()): Answer[] {
  return rows.map((row) => ({ row, beganAt }));
}

/** So many answers, `G3-1` and on. */
export function createAnswers(count: number): Answer[] {
  return toAnswers(createRows(count));
}
