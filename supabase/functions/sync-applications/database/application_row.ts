import type { Database } from "./database.types.ts";
import type { ApplicationMedium } from "../occ/application_medium.ts";

type Insert = Database["public"]["Tables"]["tblsovereignapplications"]["Insert"];

/** A row of `tblSovereignApplications` as it is written: its columns are OCC's names, folded to lower case. */
export type ApplicationRow = Omit<Insert, "created_at" | "updated_at">;

/** Transforms an application to the table's format. Relationships are not stored. */
export function toApplicationRow({ id, attributes }: ApplicationMedium): ApplicationRow {
  return {
    g3_application_number: id,
    applicationinternalnumber: attributes.applicationInternalNumber,
    applicationname: attributes.applicationName,
    clientapplication: attributes.clientApplication,
    loadedbyclientnumber: attributes.loadedByClientNumber,
    owner: attributes.owner,
    applicationtitle: attributes.applicationTitle,
    tradingbranch: attributes.tradingBranch,
    saleschannel: attributes.salesChannel,
    subprime: attributes.subPrime,
    comparisonratessupplied: attributes.comparisonRatesSupplied,
    paymentmethod: attributes.paymentMethod,
    type: attributes.type,
    appstatusdesc: attributes.appStatusDesc,
    appstatuscode: attributes.appStatusCode,
    currenttaskwith: attributes.currentTaskWith,
    lastsaveddatetime: attributes.lastSavedDateTime,
  };
}
