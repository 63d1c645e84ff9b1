import type { LambdaAnswer } from "../../../supabase/functions/sync-applications/occ/invoke_occ.ts";
import { envelope, named, networkError, raw, serviceError } from "./answers.ts";

/** What a fetch of details can meet. `kills`: it takes the worker that asked with it. */
export const DETAIL_FAULTS = [
  "throttled",
  "service exception",
  "network",
  "hangs",
  "crash",
  "empty",
  "not JSON",
  "500",
  "404",
  "another application",
  "wrong shape",
  "too long",
  "unreadable date",
  "oldest state",
  "rejected by Postgres",
  "kills",
] as const;
export type DetailFault = typeof DETAIL_FAULTS[number];

/** What OCC may do by itself at any time. */
export const FLAKY_FAULTS = [
  "throttled",
  "service exception",
  "network",
  "hangs",
  "crash",
  "empty",
  "not JSON",
  "500",
] as const;

export interface Attributes {
  owner: string;
  lastSavedDateTime?: string;
}

export type Served = LambdaAnswer | Error | "hangs" | "kills";

export function record(id: string, attributes: Attributes): LambdaAnswer {
  return envelope({ type: "application", id, attributes });
}

/** The answer a fault makes of an application's present and oldest state. */
export function faultyDetail(kind: DetailFault, id: string, present: Attributes, oldest: Attributes): Served {
  switch (kind) {
    case "throttled":
      return named("TooManyRequestsException");
    case "service exception":
      return serviceError();
    case "network":
      return networkError();
    case "hangs":
    case "kills":
      return kind;
    case "crash":
      return { ...raw('{"errorType": "Runtime.ExitError"}'), functionError: "Unhandled" };
    case "empty":
      return raw("");
    case "not JSON":
      return raw("<html>");
    case "500":
      return envelope("down", 500);
    case "404":
      return envelope("not found", 404);
    case "another application":
      return record("G3-other", present);
    case "wrong shape":
      return envelope({ application: id });
    case "too long":
      return record(id, { ...present, owner: "x".repeat(20_000) });
    case "unreadable date":
      return record(id, { ...present, lastSavedDateTime: "yesterday" });
    case "oldest state":
      return record(id, oldest);
    case "rejected by Postgres":
      return record(id, { ...present, owner: "POISON" });
  }
}
