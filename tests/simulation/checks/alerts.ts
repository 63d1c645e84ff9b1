import type { Inspection } from "../database/inspection.ts";
import type { Simulation } from "../simulation.ts";
import { MINUTE } from "../time_units.ts";

/** As sync_settings has them. */
const NO_RUN_AFTER = 15 * MINUTE;
const STALE_AFTER = 30 * MINUTE;
const FAILURES_IN_A_ROW = 3;
/** For an hour after the tick that noticed. */
const MISSED_TICKS_TOLD = 70 * MINUTE;

/** An alert is open exactly while what it says is true, as far as the simulation can tell without asking the database's rules. */
export function createAlertsCheck(simulation: Simulation) {
  const { scheduler } = simulation;
  let resumedAt = 0;
  let missed = false;
  const ended = new Set<string>();
  let failuresInARow = 0;
  const installedAt = scheduler.now();
  let completedAt = installedAt;

  function noteRuns(before: Inspection, after: Inspection): void {
    if (before.paused && !after.paused) resumedAt = scheduler.now();
    for (const { id, status, trigger, missed: changes, listed, completedAt: at, cancelledAt } of after.runs) {
      if (trigger === "schedule" && status === "completed") completedAt = Math.max(completedAt, at ?? 0);
      if (trigger === "reconciliation" && listed && changes !== null) missed = changes > 0;
      if (trigger !== "schedule" || status === "running" || ended.has(id)) continue;
      ended.add(id);
      if (cancelledAt !== null) continue;
      failuresInARow = status === "failed" ? failuresInARow + 1 : 0;
    }
    // Who empties the log takes away what is known of runs.
    if (before.runs.length > 0 && after.runs.length === 0) {
      failuresInARow = 0;
      completedAt = installedAt;
    }
  }

  function truths(now: Inspection): Record<string, boolean> {
    const time = scheduler.now();
    const stale = now.statuses.filter(({ state }) => state === "pending" || state === "failed");
    return {
      "failures in a row": failuresInARow >= FAILURES_IN_A_ROW,
      "list too large": now.gap !== null,
      "applications parked": now.statuses.some(({ state }) => state === "parked"),
      "stale applications": !now.paused &&
        stale.some(({ staleSince }) => Math.max(staleSince ?? time, resumedAt) < time - STALE_AFTER),
    };
  }

  function hasRunForLong(now: Inspection): boolean {
    return !now.paused && Math.max(completedAt, resumedAt) < scheduler.now() - NO_RUN_AFTER;
  }

  return {
    step(before: Inspection, after: Inspection, what: string): string[] {
      noteRuns(before, after);
      if (!what.includes("watch_sync")) return [];
      const problems = Object.entries(truths(after)).flatMap(([condition, isTrue]) => {
        const isOpen = after.alerts.includes(condition);
        if (isOpen === isTrue) return [];
        return [`the alert "${condition}" is ${isOpen ? "open and not true" : "true and not open"}`];
      });
      if (after.alerts.includes("no completed run") && !hasRunForLong(after)) {
        problems.push('the alert "no completed run" is open, although one has completed');
      }
      return problems;
    },
    /** A while after all is well nothing is left to tell but what is still true. */
    end(): string[] {
      const { now, profile } = simulation;
      const lasting = new Set(["data quality", ...(missed ? ["changes missed"] : [])]);
      for (const [condition, isTrue] of Object.entries(truths(now))) if (isTrue) lasting.add(condition);
      if (simulation.tickLostAt > scheduler.now() - MISSED_TICKS_TOLD) lasting.add("ticks missed");
      if (profile.forEver) lasting.add("failures in a row").add("no completed run");
      return now.alerts.filter((alert) => !lasting.has(alert)).map((alert) => `the alert "${alert}" stays open`);
    },
  };
}
