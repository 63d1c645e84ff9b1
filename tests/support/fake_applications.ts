import { createFakeOcc, envelope, type FakeAnswer } from "./fake_lambda.ts";
import type { Occ } from "../../supabase/functions/sync-applications/occ/invoke_occ.ts";

export interface FakeApplications {
  occ: Occ;
  /** lastSavedDateTime by id, as OCC would list them. */
  applications: Map<string, string>;
  /** Answers that replace the detail of an id, or `list`, which is told its date. A function may throw. */
  faults: Map<string, (signal: AbortSignal, since: string) => FakeAnswer | Promise<FakeAnswer>>;
  /** The ids fetched, in order; `list <date>` for a list. */
  calls: string[];
}

/** A small OCC: so many applications, `G3-1` and on, all saved at one instant. */
export function createFakeApplications(count: number, lastSaved = "2026-01-15T10:00:00Z"): FakeApplications {
  const applications = new Map(Array.from({ length: count }, (_, index) => [`G3-${index + 1}`, lastSaved]));
  const faults: FakeApplications["faults"] = new Map();
  const calls: string[] = [];
  const occ = createFakeOcc((payload, signal) => {
    if (payload.functionName === "by-date") {
      calls.push(`list ${payload.changed_date_since}`);
      return faults.get("list")?.(signal, payload.changed_date_since ?? "") ?? listOf(applications);
    }
    const id = payload.application_external_number ?? "";
    calls.push(id);
    return faults.get(id)?.(signal, "") ?? detail(id, applications.get(id));
  });
  return { occ, applications, faults, calls };
}

/** The list as OCC answers it: these dates by id; null for an entry without a date. */
export function listOf(applications: Iterable<[id: string, lastSavedDateTime: string | null]>): FakeAnswer {
  return envelope([...applications].map(([id, lastSavedDateTime]) => ({
    type: "application",
    id,
    attributes: { lastSavedDateTime },
    links: { self: `/applications/${id}` },
  })));
}

/** What Lambda answers in the place of more than 6 MB. */
export const TOO_LARGE: FakeAnswer = {
  functionError: "Unhandled",
  payload: '{"errorType":"Function.ResponseSizeTooLarge"}',
};

/** The detail as OCC answers it; 404 for what it does not know. */
export function detail(id: string, lastSavedDateTime: string | undefined, attributes: object = {}): FakeAnswer {
  if (lastSavedDateTime === undefined) return envelope("not found", 404);
  return envelope({
    type: "application",
    id,
    attributes: { applicationName: `Application ${id}`, appStatusCode: "APP", ...attributes, lastSavedDateTime },
    relationships: { originator: {}, associatedClients: {} },
  });
}
