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
