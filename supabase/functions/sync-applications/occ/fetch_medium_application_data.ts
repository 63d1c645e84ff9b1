import type * as z from "zod";
import { type ApplicationMedium, applicationMediumSchema } from "./application_medium.ts";
import { invokeOcc, type Occ } from "./invoke_occ.ts";
import { parseLastSaved } from "./last_saved.ts";
import { OccError } from "./occ_error.ts";

export interface FetchedApplication extends ApplicationMedium {
  /** The names of all attributes OCC sent, also of those that are not stored. */
  sentAttributes: readonly string[];
}

/**
 * Fetches one application's details (specification, "fetchMediumApplicationData").
 *
 * @throws OccError
 */
export async function fetchMediumApplicationData(
  occ: Occ,
  applicationExternalNumber: string,
  signal?: AbortSignal,
): Promise<FetchedApplication> {
  const action = `fetch application ${applicationExternalNumber}`;
  const body = await invokeOcc(occ, action, {
    functionName: occ.mediumFunction,
    application_external_number: applicationExternalNumber,
    staff_client_number: occ.clientNumber,
  }, signal);

  const parsed = applicationMediumSchema.safeParse(body);
  if (!parsed.success) {
    // The path and the kind of problem; never the value.
    const issue = parsed.error.issues[0];
    const problem = issue?.code === "too_big" || isTooLong(issue) ? "is too long" : "has the wrong type";
    throw new OccError(action, `${issue?.path.join(".") || "OCC's body"} ${problem}`);
  }
  const { id, attributes } = parsed.data;
  if (id !== applicationExternalNumber) {
    throw new OccError(action, "OCC answered with another application");
  }
  const { lastSavedDateTime: text } = attributes;
  const lastSavedDateTime = text === null ? null : parseLastSaved(text, occ.timeZone);
  if (text !== null && lastSavedDateTime === null) {
    throw new OccError(action, "attributes.lastSavedDateTime is not an ISO 8601 date and time");
  }
  return { id, attributes: { ...attributes, lastSavedDateTime }, sentAttributes: attributeNames(body) };
}

/** By hand: a second schema would cost as much as the first. */
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
