import type { ApplicationStatus, Inspection } from "../database/inspection.ts";
import type { See } from "../sightings.ts";

/** Notes how applications moved between their states. */
export function seeStatuses(before: Inspection, after: Inspection, what: string, see: See): void {
  const known = new Map(before.statuses.map((status) => [status.id, status]));
  for (const status of after.statuses) {
    const was = known.get(status.id);
    known.delete(status.id);
    const moved = `${was?.state ?? "new"} -> ${status.state}`;
    if (was?.state !== status.state) see(moved);
    if (was) seeChange(was, status, what, see);
  }
  if (known.size > 0) see("status row removed");
}

function seeChange(was: ApplicationStatus, is: ApplicationStatus, what: string, see: See): void {
  const settling = what.includes("settle_applications");
  if (is.attempts > was.attempts) {
    see(is.state === "parked" && was.state === "parked" ? "a probe of a parked one fails" : "an attempt is counted");
  }
  if (is.lapses > was.lapses) {
    see(is.lapses > 2 ? "a worker dies with one application alone" : "a worker dies with an application in flight");
  }
  if (is.heldSince !== null && was.heldSince === null) see("an answer that disagrees is held");
  if (settling && is.state === "synced") {
    if (was.heldSince !== null && is.disagreed) see("settled by repetition");
    if (was.heldSince !== null && !is.disagreed) see("settled after an answer was held");
    if (was.rechecking) see("settled once more after a recheck");
    if (was.state === "parked") see("a parked one recovers by itself");
    if (was.state === "gone") see("a gone one that is listed recovers by itself");
    if (was.missingSince !== null) see("a missing one is there after all");
  }
  if (!was.rechecking && is.rechecking) see("a reconciliation rechecks what disagreed");
  if (!was.force && is.force) see("forced by a run");
  if (was.claimed && !is.claimed && !settling && what.includes("finish_sync_pass")) see("a claim is given back");
  if (settling && is.lastError?.includes("locked") && is.state === "failed") see("a locked row is skipped");
  if (settling && was.requestedAt !== null && is.requestedAt !== null && was.claimed && !is.claimed) {
    see("a request made while in flight is kept");
  }
  if (was.missingSince === null && is.missingSince !== null) {
    see(was.state === "gone" ? "a gone one is listed no more" : `a ${was.state} one is missing from the list`);
  }
  if (was.notFoundSince === null && is.notFoundSince !== null) see("a missing one is not found once");
  if (was.missingSince !== null && what.includes("enqueue") && is.missingSince === null) {
    see(was.state === "gone" ? "a gone one is listed again" : "a missing one is listed again");
  }
  if (was.state !== "gone" && is.state === "gone") {
    see(is.missingSince === null ? "one that is listed is gone" : "one that is missing is gone");
  }
  if (was.state === "gone" && is.requestedAt !== was.requestedAt) see("a gone one is asked for");
  if (was.noCanaryUntil === null && is.noCanaryUntil !== null) see("a canary is put aside");
  if (
    was.state === "synced" && is.state === "pending" && what.includes("enqueue") && is.listed === was.listed &&
    is.listed === null
  ) {
    see("an undated one is asked for again");
  }
}
