import { z } from "zod";
import { invokeOcc, type Occ } from "./invoke_occ.ts";
import { parseLastSaved } from "./last_saved.ts";
import { OccError } from "./occ_error.ts";
import { isUsableId } from "../application_id.ts";

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

const entrySchema = z.object({
  type: z.string().catch(""),
  id: z.union([z.string(), z.number()]).transform(String),
  attributes: z.object({ lastSavedDateTime: z.string().nullish().catch(null) }).nullish().catch(null),
  links: z.object({ self: z.string().catch("") }).catch({ self: "" }),
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
 * @throws OccError when there is no list
 */
export async function fetchApplicationsSinceData(
  occ: Occ,
  changedDateSince: string,
  signal?: AbortSignal,
): Promise<ApplicationList> {
  const action = `list the applications changed since ${changedDateSince}`;
  const body = await invokeOcc(occ, action, {
    functionName: occ.applicationsByDate,
    changed_date_since: changedDateSince,
    client_id: occ.clientNumber,
  }, signal ? { signal } : {});
  if (!Array.isArray(body)) throw new OccError(`Cannot ${action}: OCC's body is not a list`, true);

  const byId = new Map<string, ApplicationDateSince>();
  let unusable = 0;
  let undated = 0;
  for (const entry of body) {
    const parsed = hasId(entry) ? entrySchema.safeParse(entry) : undefined;
    if (!parsed?.success || !isUsableId(parsed.data.id)) {
      unusable++;
      continue;
    }
    const { type, id, attributes, links } = parsed.data;
    const lastSaved = attributes?.lastSavedDateTime ?? null;
    const lastSavedDateTime = lastSaved === null ? null : parseLastSaved(lastSaved, occ.timeZone);
    if (lastSavedDateTime === null) undated++;
    const known = byId.get(id)?.attributes.lastSavedDateTime;
    if (byId.has(id) && !isNewer(lastSavedDateTime, known ?? null)) continue;
    byId.set(id, { type, id, attributes: { lastSavedDateTime }, links });
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

/** Compares two UTC times as `parseLastSaved()` writes them. */
function isNewer(date: string | null, known: string | null): boolean {
  if (date === null || known === null) return known === null && date !== null;
  const seconds = Date.parse(date) - Date.parse(known);
  return seconds !== 0 ? seconds > 0 : date.replace("Z", "").padEnd(27, "0") > known.replace("Z", "").padEnd(27, "0");
}
