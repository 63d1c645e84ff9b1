import * as z from "zod";

/** No attribute of a loan application is longer; what is, is refused rather than cut. Characters. */
const MAX_ATTRIBUTE_LENGTH = 10_000;
/** What has an index must fit in its entries of 2,704 bytes. Characters, of up to 3 bytes. */
const MAX_INDEXED_LENGTH = 800;

/** Text as Postgres can store it: without NUL and lone surrogates. Empty and missing are null. */
function textSchema(maxLength: number) {
  return z
    .union([z.string().max(maxLength), z.number(), z.boolean()])
    .nullish()
    .transform((value) => {
      const text = String(value ?? "").replaceAll("\u0000", "").toWellFormed();
      return text === "" ? null : text;
    });
}

const attributeSchema = textSchema(MAX_ATTRIBUTE_LENGTH);
const indexedSchema = textSchema(MAX_INDEXED_LENGTH);

/** The attributes that are stored, by OCC's names. The columns of the table are these names in lower case. */
const attributesSchema = z.object({
  applicationInternalNumber: attributeSchema,
  applicationName: attributeSchema,
  clientApplication: attributeSchema,
  loadedByClientNumber: attributeSchema,
  owner: attributeSchema,
  applicationTitle: attributeSchema,
  tradingBranch: indexedSchema,
  salesChannel: attributeSchema,
  subPrime: attributeSchema,
  comparisonRatesSupplied: attributeSchema,
  paymentMethod: attributeSchema,
  type: attributeSchema,
  appStatusDesc: attributeSchema,
  appStatusCode: indexedSchema,
  currentTaskWith: attributeSchema,
  lastSavedDateTime: attributeSchema,
});

export const STORED_ATTRIBUTES = attributesSchema.keyof().options;
export type StoredAttribute = typeof STORED_ATTRIBUTES[number];

/** OCC's answer; what it holds beside these (its type, relationships, unknown attributes) is not stored. */
export const applicationMediumSchema = z.object({
  id: z.union([z.string(), z.number()]).transform(String),
  attributes: attributesSchema,
});

/**
 * OCC's details of one application (specification, "ApplicationMedium"), as far as they are stored: `id` is the G3
 * application number, empty and missing attributes are null, `lastSavedDateTime` is in UTC.
 */
export type ApplicationMedium = z.infer<typeof applicationMediumSchema>;
