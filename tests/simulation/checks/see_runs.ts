import type { Inspection, RunRow } from "../database/inspection.ts";
import type { See } from "../sightings.ts";

/** Notes how runs began, went on and ended, and what became of gaps. */
export function seeRuns(before: Inspection, after: Inspection, what: string, see: See): void {
  const known = new Map(before.runs.map((run) => [run.id, run]));
  for (const run of after.runs) {
    const was = known.get(run.id);
    if (!was) {
      if (run.status === "running") see(`a ${run.trigger} run opens`);
      continue;
    }
    seeRun(was, run, what, see);
  }
  if (!before.gap && after.gap) see("a gap opens");
  if (before.gap && after.gap && before.gap.to < after.gap.to) see("a gap grows");
  if (before.gap && !after.gap) see(`a gap is ${after.lastGapClosedBy}`);
  if (!before.waiting && after.waiting) {
    see(after.waiting.sentAt === null ? "a sync waits for a run's end" : "a sync is sent");
  }
  if (before.waiting && after.waiting && before.waiting.sentAt !== after.waiting.sentAt) {
    see(before.waiting.sentAt === null ? "a sync that waited is sent" : "a sync that waits is sent again");
  }
  if (before.paused !== after.paused) see(after.paused ? "paused" : "resumed");
  for (const alert of after.alerts) if (!before.alerts.includes(alert)) see(`alert: ${alert}`);
  for (const alert of before.alerts) if (!after.alerts.includes(alert)) see(`alert resolved: ${alert}`);
}

const REASONS: [RegExp, string][] = [
  [/^Cancelled by/, "it was cancelled"],
  [/worker died/, "its worker died"],
  [/next pass never came/, "its next pass never came"],
  [/^Cannot list .*too large/, "its list is too large"],
  [/^Cannot list/, "its list cannot be had"],
  [/^OCC is failing/, "OCC is failing"],
  [/^OCC is still failing/, "OCC is still failing"],
  [/^OCC failed too often/, "OCC failed too often in a row"],
  [/^Cannot .*database/, "the database is away"],
];

function seeRun(was: RunRow, run: RunRow, what: string, see: See): void {
  if (run.passes > was.passes) see("a next pass goes on");
  if (was.held && !run.held && run.status === "running") see("a pass hands over");
  if (was.status === "running" && run.status !== "running") {
    see(`a ${run.trigger} run is ${run.status}`);
    const reason = run.reason && (REASONS.find(([pattern]) => pattern.test(run.reason ?? ""))?.[1] ?? run.reason);
    if (reason) see(`a run ends: ${reason}`);
    if (run.cancelledAt !== null) see(run.listed ? "cancelled after its list" : "cancelled before its list");
    if (what.includes("cancel_sync")) see("a run no pass is at is cancelled at once");
    if (what.includes("finish_sync_pass") && run.cancelledAt !== null) see("a pass that is cancelled ends its run");
    if (what.includes("watch_sync")) see("the watch closes a dead run");
    if (what.includes("open_sync_run")) see("a dead run is closed by the next");
    if (!run.listed && run.fetched > 0) see("a run without a list fetches what is due");
    if (run.missed) see("a reconciliation finds missed changes");
    for (const anomaly of run.anomalies) if (anomaly.includes("OCC_TIME_ZONE")) see("a warning names OCC_TIME_ZONE");
  }
  if (run.occ !== was.occ && run.occ !== null) see(`OCC is found ${run.occ}`);
  if (!was.listed && run.listed) {
    if (run.listedSince !== null && run.listedSince > run.since) see("a shorter list stands in");
    if (run.listedSkipped > 0) see("a locked status is left out of the list");
    if (was.movesWatermark && !run.movesWatermark) see("a list does not move the watermark");
  }
  if (run.upsertFailures > was.upsertFailures) see("an upsert fails");
}
