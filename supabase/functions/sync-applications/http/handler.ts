import { isAuthorized } from "./authorize.ts";
import { dateInTimeZone, daysBefore } from "../calendar.ts";
import type { Clock } from "../clock.ts";
import { DatabaseError } from "../database/database_error.ts";
import { getLastSyncDate } from "../database/watermark.ts";
import { requestApplications } from "../database/request_applications.ts";
import { readSyncRequest, RequestError, type SyncRequest } from "./read_request.ts";
import { createRefusedRequests } from "./refused_requests.ts";
import { errorResponse, resultResponse, startedResponse } from "./responses.ts";
import { SettingsError } from "../settings.ts";
import { syncApplicationsSince, type SyncDependencies } from "../sync/sync_applications.ts";
import { SyncRunningError } from "../database/sync_run.ts";

/** Without a watermark the first run starts so many days ago, as specified. */
const DEFAULT_SINCE_DAYS = 7;

export interface HandlerDependencies {
  /** What a caller may present; asked on each request, so that nothing is read before it is needed. */
  secrets: () => string[];
  /** @throws SettingsError */
  sync: () => SyncDependencies;
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
  const refused = createRefusedRequests(dependencies.clock, dependencies.log);
  return async (request) => {
    const authorized = isAuthorized(request.headers, dependencies.secrets());
    if (!authorized) refused.count();
    refused.report();
    if (!authorized) return errorResponse(401, "Unauthorized");
    if (request.method !== "GET" && request.method !== "POST") {
      return errorResponse(405, "Method not allowed: use GET or POST", { headers: { allow: "GET, POST" } });
    }
    try {
      const sync = dependencies.sync();
      const input = await readSyncRequest(request, sync.clock, sync.occ.timeZone);
      await storeRefused(sync, refused.take());
      return await runSync(dependencies, sync, input, wantsAsync(request.headers)).catch((error) => {
        // They are pending already: whatever runs now or next fetches them.
        if (!(error instanceof SyncRunningError) || !input.applications) throw error;
        const message = "A sync is running; it, or the next one, fetches these applications";
        return startedResponse(error.syncLogId, sync.clock.now(), message);
      });
    } catch (error) {
      return toErrorResponse(error);
    }
  };
}

/** For the alerts, with the next request that may write. Best effort: the log has the number too. */
async function storeRefused({ database }: SyncDependencies, requests: number): Promise<void> {
  if (requests > 0) await database.from("sync_refusals").insert({ requests });
}

async function runSync(
  { waitUntil }: HandlerDependencies,
  sync: SyncDependencies,
  input: SyncRequest,
  respondAsync: boolean,
): Promise<Response> {
  const startedAt = sync.clock.now();
  const seconds = () => ((sync.clock.now() - startedAt) / 1000).toFixed(2);
  sync.log("[Cron] Starting sync job...");
  if (input.applications) {
    sync.log(`[Cron] Syncing ${input.applications.length} applications by number`);
    await requestApplications(sync.database, input.applications);
  }
  const since = await determineSince(sync, input);

  const opened = Promise.withResolvers<string>();
  const work = syncApplicationsSince(sync, since, {
    trigger: input.trigger,
    force: input.force,
    movesWatermark: input.since === undefined,
    onOpened: opened.resolve,
  }).then((result) => {
    sync.log(`[Cron] Sync ${result.success ? "completed" : "failed"} in ${seconds()}s`);
    return result;
  });
  // A client that hangs up, or that never waited, does not end the sync.
  waitUntil(work.catch((error) => {
    sync.log(`[Cron] Sync failed in ${seconds()}s: ${describe(error)}`);
  }));
  if (!respondAsync) return resultResponse(await work, sync.clock.now(), seconds());
  const syncLogId = await Promise.race([opened.promise, work.then(({ syncLogId }) => syncLogId ?? "")]);
  return startedResponse(syncLogId, sync.clock.now());
}

async function determineSince(
  { database, occ, clock, log }: SyncDependencies,
  { since }: SyncRequest,
): Promise<string> {
  if (since !== undefined) {
    log(`[Cron] Using since date: ${since}`);
    return since;
  }
  const lastSyncDate = await getLastSyncDate(database, occ.timeZone);
  if (lastSyncDate !== null) {
    log(`[Cron] Using last sync date: ${lastSyncDate}`);
    return lastSyncDate;
  }
  const date = daysBefore(dateInTimeZone(clock.now(), occ.timeZone), DEFAULT_SINCE_DAYS);
  log(`[Cron] No last sync, using default date: ${date}`);
  return date;
}

function wantsAsync(headers: Headers): boolean {
  return (headers.get("prefer") ?? "").split(",").some((preference) => preference.trim() === "respond-async");
}

function toErrorResponse(error: unknown): Response {
  if (error instanceof RequestError) return errorResponse(error.status, error.message);
  if (error instanceof SyncRunningError) {
    return errorResponse(409, error.message, { body: { syncLogId: error.syncLogId } });
  }
  if (error instanceof SettingsError) return errorResponse(500, error.message);
  if (error instanceof DatabaseError) return errorResponse(error.leaseLost ? 409 : 503, error.message);
  return errorResponse(500, describe(error));
}

/** Errors of ours say what happened; of any other only the name is safe to show. */
function describe(error: unknown): string {
  if (error instanceof DatabaseError || error instanceof SyncRunningError) return error.message;
  return `Cannot sync: unexpected ${error instanceof Error ? error.name : typeof error}`;
}
