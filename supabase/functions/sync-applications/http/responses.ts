import type { SyncResult } from "../sync/sync_result.ts";

/**
 * The specification's response, with what the log row adds; 502 when OCC made the run fail, 500 when Postgres did, 409 when
 * somebody cancelled it.
 */
export function resultResponse(result: SyncResult, now: number, seconds: string): Response {
  const { stats } = result;
  const nothingStored = stats.upsertFailures > 0 && stats.applicationsUpserted === 0;
  const status = result.success ? 200 : result.cancelled ? 409 : nothingStored ? 500 : 502;
  return json(status, {
    success: result.success,
    message: result.message,
    fetched: stats.applicationsFetched,
    fetchFailed: stats.fetchFailures,
    upserted: stats.applicationsUpserted,
    upsertFailed: stats.upsertFailures,
    duration: `${seconds}s`,
    timestamp: new Date(now).toISOString(),
    ...(result.errors ? { errors: result.errors } : {}),
    syncLogId: result.syncLogId,
    found: stats.applicationsFound,
    unchanged: stats.applicationsUnchanged,
    remaining: stats.remaining,
  });
}

export function startedResponse(
  syncLogId: string,
  now: number,
  message = "Sync started; its log row shows the progress",
): Response {
  return json(202, {
    success: true,
    message,
    syncLogId,
    timestamp: new Date(now).toISOString(),
  });
}

export function errorResponse(
  status: number,
  message: string,
  extra: { headers?: Record<string, string>; body?: Record<string, string> } = {},
): Response {
  return json(status, { success: false, message, ...extra.body }, extra.headers);
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { "cache-control": "no-store", ...headers } });
}
