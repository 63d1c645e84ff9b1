import { type ApplicationMedium, STORED_ATTRIBUTES, type StoredAttribute } from "../occ/application_medium.ts";

/** A row of `tblSovereignApplications` as it is written: its columns are OCC's names, folded to lower case. */
export type ApplicationRow =
  & { g3_application_number: string }
  & { [Name in StoredAttribute as Lowercase<Name>]: string | null };

const COLUMNS = STORED_ATTRIBUTES.map((name) => [name, name.toLowerCase()] as const);

/** Transforms an application to the table's format. */
export function toApplicationRow({ id, attributes }: ApplicationMedium): ApplicationRow {
  const columns = Object.fromEntries(COLUMNS.map(([name, column]) => [column, attributes[name]]));
  // The compiler cannot follow names through fromEntries(); columns_test compares them with the table.
  return { g3_application_number: id, ...columns } as ApplicationRow;
}
