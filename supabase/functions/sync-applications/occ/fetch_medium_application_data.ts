import { z } from "zod";
import { invokeOcc, type Occ } from "./invoke_occ.ts";
import { parseLastSaved } from "./last_saved.ts";
import type { DataQuality } from "./data_quality.ts";
import { OccError } from "./occ_error.ts";
import type { ApplicationMedium } from "./application_medium.ts";

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

const relationshipSchema = z.object({ data: z.unknown(), links: z.unknown() }).optional().catch(undefined);

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

const applicationSchema = z.object({
  type: z.string().catch(""),
  id: z.union([z.string(), z.number()]).transform(String),
  attributes: attributesSchema,
  relationships: z.object({ originator: relationshipSchema, associatedClients: relationshipSchema }).catch({}),
});

/**
 * Fetches one application's details (specification, "fetchMediumApplicationData").
 *
 * @throws OccError; not retriable when OCC does not know the application or its record cannot be used
 */
export async function fetchMediumApplicationData(
  occ: Occ,
  applicationExternalNumber: string,
  options: { signal?: AbortSignal; onThrottle?: () => void; quality?: DataQuality } = {},
): Promise<ApplicationMedium> {
  const action = `fetch application ${applicationExternalNumber}`;
  const body = await invokeOcc(occ, action, {
    functionName: occ.applicationMedium,
    application_external_number: applicationExternalNumber,
    staff_client_number: occ.clientNumber,
  }, options);

  const parsed = applicationSchema.safeParse(body);
  if (!parsed.success) {
    // The path and the kind of problem; never the value.
    const issue = parsed.error.issues[0];
    const problem = issue?.code === "too_big" || isTooLong(issue) ? "is too long" : "has the wrong type";
    throw new OccError(`Cannot ${action}: ${issue?.path.join(".") || "OCC's body"} ${problem}`, false);
  }
  const application = parsed.data;
  if (application.id !== applicationExternalNumber) {
    throw new OccError(`Cannot ${action}: OCC answered with another application`, false);
  }
  const { lastSavedDateTime: text } = application.attributes;
  const lastSavedDateTime = text === null ? null : parseLastSaved(text, occ.timeZone);
  if (text !== null && lastSavedDateTime === null) {
    throw new OccError(`Cannot ${action}: attributes.lastSavedDateTime is not an ISO 8601 date and time`, false);
  }
  options.quality?.observe(attributeNames(body), lastSavedDateTime, occ.clock.now());
  return { ...application, attributes: { ...application.attributes, lastSavedDateTime } };
}

/** What OCC sent, also what is not stored. By hand: a second schema would cost as much as the first. */
function attributeNames(body: unknown): string[] {
  return isRecord(body) && isRecord(body.attributes) ? Object.keys(body.attributes) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** A union reports the problems of its branches inside. */
function isTooLong(issue: z.core.$ZodIssue | undefined): boolean {
  return issue?.code === "invalid_union" && issue.errors.flat().some(({ code }) => code === "too_big");
}
