import { type ApplicationMedium, ATTRIBUTES } from "./types.ts";

/** A row of `tblSovereignApplications` as it is written: its columns are OCC's names, folded to lower case. */
export type ApplicationRow = { g3_application_number: string } & Record<string, string | null>;

const COLUMNS = [...ATTRIBUTES, "lastSavedDateTime" as const].map((name) => [name, name.toLowerCase()] as const);

/** Transforms an application to the table's format. Relationships are not stored. */
export function toApplicationRow(application: ApplicationMedium): ApplicationRow {
  const row: ApplicationRow = { g3_application_number: application.id };
  for (const [name, column] of COLUMNS) row[column] = application.attributes[name];
  return row;
}
