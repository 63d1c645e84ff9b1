import type { StoredAttribute } from "../occ/application_medium.ts";

/** A row of `tblSovereignApplications` as it is written: its columns are OCC's names, folded to lower case. */
export type ApplicationRow =
  & { g3_application_number: string }
  & { [Name in StoredAttribute as Lowercase<Name>]: string | null };
