import * as z from "zod";
import { isUsableId } from "../application_id.ts";
import { invokeOcc, type Occ } from "./invoke_occ.ts";
import { isNewer, parseLastSaved } from "./last_saved.ts";
import { OccError } from "./occ_error.ts";

/** What OCC's list says of one application that changed (specification, "ApplicationDateSince"), as far as it is used. */
export interface ApplicationDateSince {
  /** G3 application number. */
  id: string;
  attributes: {
    /** ISO 8601 in UTC, or null when OCC gave none that can be read. */
    lastSavedDateTime: string | null;
  };
}

const entrySchema = z.object({
  id: z.union([z.string(), z.number()]).transform(String),
  attributes: z.object({ lastSavedDateTime: z.string().nullish().catch(null) }).nullish().catch(null),
});

export interface ApplicationList {
  /** Each id once, with the newest date listed for it. */
  applications: ApplicationDateSince[];
  /** What could not be used, in words for the log. */
  warnings: string[];
}

/**
 * Lists the applications that changed since a date, `YYYY-MM-DD` (specification, "fetchApplicationsSinceData").
 * Repeats are merged. An entry without a usable id is left out with a warning; one whose date cannot be read is
 * kept without a date, and is always fetched.
 *
 * @throws OccError when there is no list; its kind says whether a shorter one may be had
 */
export async function fetchApplicationsSinceData(
  occ: Occ,
  changedDateSince: string,
  signal?: AbortSignal,
): Promise<ApplicationList> {
  const action = `list the applications changed since ${changedDateSince}`;
  const body = await invokeOcc(occ, action, {
    functionName: occ.byDateFunction,
    changed_date_since: changedDateSince,
    client_id: occ.clientNumber,
  }, signal);
  if (!Array.isArray(body)) throw new OccError(action, "OCC's body is not a list");

  const byId = new Map<string, ApplicationDateSince>();
  let unusable = 0;
  let undated = 0;
  for (const entry of body) {
    const parsed = hasId(entry) ? entrySchema.safeParse(entry) : undefined;
    if (!parsed?.success || !isUsableId(parsed.data.id)) {
      unusable++;
      continue;
    }
    const { id, attributes } = parsed.data;
    const lastSaved = attributes?.lastSavedDateTime ?? null;
    const lastSavedDateTime = lastSaved === null ? null : parseLastSaved(lastSaved, occ.timeZone);
    if (lastSavedDateTime === null) undated++;
    const known = byId.get(id);
    if (known && !isNewer(lastSavedDateTime, known.attributes.lastSavedDateTime)) continue;
    byId.set(id, { id, attributes: { lastSavedDateTime } });
  }
  const warnings = [
    ...(unusable > 0 ? [`${unusable} of ${body.length} listed applications have no usable id and were left out`] : []),
    ...(undated > 0 ? [`${undated} of ${body.length} listed applications have no readable lastSavedDateTime`] : []),
  ];
  return { applications: [...byId.values()], warnings };
}

/** A look before zod, which takes long to say what is wrong: millions of empty entries fit in OCC's 6 MB. */
function hasId(entry: unknown): boolean {
  return typeof entry === "object" && entry !== null && "id" in entry &&
    (typeof entry.id === "string" || typeof entry.id === "number");
}
