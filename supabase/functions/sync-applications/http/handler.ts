import type { Clock } from "../clock.ts";
import { SettingsError } from "../settings.ts";
import type { SyncDependencies } from "../sync/sync_applications.ts";
import {
  DatabaseError,
  describeSyncError,
  RunEndedError,
  startSync,
  type SyncRequest,
  SyncRunningError,
} from "../sync/start_sync.ts";
import { isAuthorized } from "./authorize.ts";
import { readSyncRequest, RequestError } from "./read_request.ts";
import { createRefusedRequests } from "./refused_requests.ts";
import { errorResponse, resultResponse, startedResponse } from "./responses.ts";

export interface HandlerDependencies {
  /** What a caller may present; asked on each request, so that nothing is read before it is needed. */
  secrets: () => string[];
  /** @throws SettingsError */
  sync: () => SyncDependencies;
  /** Stores how many requests were refused; never rejects. */
  recordRefused: (requests: number) => Promise<void>;
  /** Keeps the worker alive until the promise is settled (`EdgeRuntime.waitUntil`). */
  waitUntil: (work: Promise<unknown>) => void;
  clock: Clock;
  log: (line: string) => void;
}

/**
 * Makes the HTTP endpoint (specification, "Cron Endpoint"): `GET ?since=` and `POST {"since"?, "force"?}`. Answers 200
 * with the result, or 202 as soon as the run is open under `Prefer: respond-async`.
 */
export function createHandler(dependencies: HandlerDependencies): (request: Request) => Promise<Response> {
  const { secrets, clock, log } = dependencies;
  const refused = createRefusedRequests(clock, log);
  return async (request) => {
    const authorized = isAuthorized(request.headers, secrets());
    if (!authorized) refused.count();
    refused.report();
    if (!authorized) return errorResponse(401, "Unauthorized");
    if (request.method !== "GET" && request.method !== "POST") {
      return errorResponse(405, "Method not allowed: use GET or POST", { headers: { allow: "GET, POST" } });
    }
    try {
      const sync = dependencies.sync();
      const input = await readSyncRequest(request, clock, sync.occ.timeZone);
      const requests = refused.take();
      if (requests > 0) await dependencies.recordRefused(requests);
      return await answer(dependencies, sync, input, wantsAsync(request.headers));
    } catch (error) {
      return toErrorResponse(error);
    }
  };
}

async function answer(
  { waitUntil, clock }: HandlerDependencies,
  sync: SyncDependencies,
  input: SyncRequest,
  respondAsync: boolean,
): Promise<Response> {
  const startedAt = clock.now();
  const started = startSync(sync, input);
  // A client that hangs up, or that never waited, does not end the sync.
  waitUntil(started.result.catch(() => {}));
  try {
    if (respondAsync) return startedResponse(await started.opened, clock.now());
    return resultResponse(await started.result, clock.now(), ((clock.now() - startedAt) / 1000).toFixed(2));
  } catch (error) {
    // They are pending already: whatever runs now or next fetches them.
    if (!(error instanceof SyncRunningError) || !input.applications) throw error;
    const message = "A sync is running; it, or the next one, fetches these applications";
    return startedResponse(error.syncLogId, clock.now(), message);
  }
}

function wantsAsync(headers: Headers): boolean {
  return (headers.get("prefer") ?? "").split(",").some((preference) => preference.trim() === "respond-async");
}

function toErrorResponse(error: unknown): Response {
  if (error instanceof RequestError) return errorResponse(error.status, error.message);
  if (error instanceof SyncRunningError || error instanceof RunEndedError) {
    return errorResponse(409, error.message, { body: { syncLogId: error.syncLogId } });
  }
  if (error instanceof SettingsError) return errorResponse(500, error.message);
  if (error instanceof DatabaseError) return errorResponse(error.leaseLost ? 409 : 503, error.message);
  return errorResponse(500, describeSyncError(error));
}
