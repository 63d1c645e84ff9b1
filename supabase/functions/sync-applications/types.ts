/** What OCC's list says of one application that changed (specification, "API Reference"). */
export interface ApplicationDateSince {
  type: string;
  /** G3 application number. */
  id: string;
  attributes: {
    /** ISO 8601 with an offset, or null when OCC gave none that can be read. */
    lastSavedDateTime: string | null;
  };
  links: { self: string };
}

export interface RelationshipApplicationMedium {
  data?: unknown;
  links?: unknown;
}

/** The attributes that are stored, by OCC's names. */
export const STORED_ATTRIBUTES = [
  "applicationInternalNumber",
  "applicationName",
  "clientApplication",
  "loadedByClientNumber",
  "owner",
  "applicationTitle",
  "tradingBranch",
  "salesChannel",
  "subPrime",
  "comparisonRatesSupplied",
  "paymentMethod",
  "type",
  "appStatusDesc",
  "appStatusCode",
  "currentTaskWith",
  "lastSavedDateTime",
] as const;

/** OCC's details of one application. Empty and missing attributes are null; lastSavedDateTime has an offset. */
export interface ApplicationMedium {
  type: string;
  /** G3 application number. */
  id: string;
  attributes: Record<typeof STORED_ATTRIBUTES[number], string | null>;
  relationships: {
    originator?: RelationshipApplicationMedium | undefined;
    associatedClients?: RelationshipApplicationMedium | undefined;
  };
}

/** One application that could not be synced, and why. Never more than its number and a scrubbed message. */
export interface SyncError {
  id: string;
  error: string;
}

/** What `syncApplicationsSince()` returns (specification, "Sync Orchestrator"), totals over all passes of the run. */
export interface SyncResult {
  success: boolean;
  message: string;
  syncLogId?: string;
  stats: {
    applicationsFound: number;
    applicationsFetched: number;
    applicationsUpserted: number;
    fetchFailures: number;
    upsertFailures: number;
    /** Listed applications that were current already. */
    applicationsUnchanged: number;
    /** Applications still due; the next pass or the next tick fetches them. */
    remaining: number;
  };
  errors?: SyncError[];
}
