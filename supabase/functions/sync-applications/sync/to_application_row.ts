import type { ApplicationRow } from "../database/application_row.ts";
import { type ApplicationMedium, STORED_ATTRIBUTES } from "../occ/application_medium.ts";

const COLUMNS = STORED_ATTRIBUTES.map((name) => [name, name.toLowerCase()] as const);

/** Transforms an application of OCC to the table's format (specification, "Sync Orchestrator"). */
export function toApplicationRow({ id, attributes }: ApplicationMedium): ApplicationRow {
  const columns = Object.fromEntries(COLUMNS.map(([name, column]) => [column, attributes[name]]));
  // The compiler cannot follow names through fromEntries(); columns_test compares them with the table.
  return { g3_application_number: id, ...columns } as ApplicationRow;
}
