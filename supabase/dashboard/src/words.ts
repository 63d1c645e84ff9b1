// What the page says of runs, in words. Pure: the clock comes in.
import type { Overview, Run, RunningRun, ShortRun } from "./api.ts";
import { formatCount, formatDuration, formatNumber, formatSince, formatTime } from "./format.ts";

/** How a verdict is coloured; the word itself always stands beside the colour. */
export type Tone = "good" | "busy" | "warn" | "bad";

/** Stand beside the word too, also in the tab's title. */
export const SHAPES: Record<Tone, string> = { good: "✓", busy: "↻", warn: "‖", bad: "!" };

export function toneOf(verdict: string): Tone {
  if (verdict === "healthy") return "good";
  if (verdict === "syncing") return "busy";
  return verdict === "paused" ? "warn" : "bad";
}

/** `healthy` -> `Healthy`. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Of a tab that stays open among many: how it is comes first. */
export function describeTitle({ verdict, project }: Pick<Overview, "verdict" | "project">): string {
  return `${SHAPES[toneOf(verdict)]} ${capitalize(verdict)} · ${project}`;
}

/** How long until the next tick; a tick that is late by a few seconds is due, not missed. */
export function describeNextTick({ next_tick_at, paused_at, running }: Overview, now: number): string {
  if (paused_at !== null) return "paused";
  if (next_tick_at === null) return "not scheduled";
  const seconds = Math.max(0, (new Date(next_tick_at).getTime() - now) / 1000);
  const when = seconds < 1 ? "due now" : `in ${formatDuration(Math.ceil(seconds))}`;
  return running ? `${when}, if this run has ended by then` : when;
}

/** How old the oldest application is that is not as OCC has it. */
export function describeFreshness({ freshness }: Overview, now: number): { text: string; tone: Tone } {
  const { oldest_stale_at, stale, limit_seconds } = freshness;
  if (oldest_stale_at === null || stale === 0) return { text: "All current", tone: "good" };
  const seconds = Math.max(0, (now - new Date(oldest_stale_at).getTime()) / 1000);
  const text = `${formatCount(stale, "application")} not current, the oldest for ${formatSince(seconds)}`;
  return { text, tone: seconds > limit_seconds ? "bad" : "busy" };
}

/** What a run does now, and how long it takes: nothing is said that cannot be known yet. */
export function describeLeft(run: RunningRun): string {
  if (run.cancelled_by !== null) return `Cancelled by ${run.cancelled_by}: it stops at its next call`;
  if (run.phase === "listing") return "Asks OCC for its list";
  if (run.seconds_left === null) return "Too early to say how long it takes";
  if (run.remaining === 0) return "Nearly done";
  return `About ${formatDuration(roundLeft(run.seconds_left))} left`;
}

/** Coarser the longer it is: 34 s is 35 s, 8 min 12 s is 8 min. */
export function roundLeft(seconds: number): number {
  const step = seconds < 20 ? 1 : seconds < 120 ? 5 : seconds < 3600 ? 60 : 600;
  return Math.max(step, Math.round(seconds / step) * step);
}

/** Of a cell of the strip, for who cannot see its colour. */
export function describeCell(run: ShortRun, now: number): string {
  const { seconds, synced, failed } = run;
  const took = run.outcome === "running" ? `for ${formatDuration(seconds)} so far` : `in ${formatDuration(seconds)}`;
  const what = synced + failed === 0
    ? "nothing to sync"
    : failed === 0
    ? formatCount(synced, "application") + " synced"
    : `${formatNumber(synced)} of ${formatCount(synced + failed, "application")} synced`;
  const how = `${describeTrigger(run.trigger).toLowerCase()}, ${run.outcome} ${took}`;
  return `${formatTime(run.started_at, now)}: ${how}${
    run.outcome === "failed" && synced + failed === 0 ? "" : `, ${what}`
  }`;
}

/** What asked for a run, or for one of its passes. */
export function describeTrigger(trigger: string): string {
  if (trigger === "schedule") return "Scheduled";
  if (trigger === "next_pass") return "The pass before";
  return capitalize(trigger);
}

/** Who asked for a run, as far as it is known and the viewer may know. */
export function describeAsked({ trigger, asked_by }: Pick<Run, "trigger" | "asked_by">): string {
  if (asked_by?.email) return asked_by.email;
  if (asked_by) return asked_by.role === "authenticated" ? "an operator" : `the database's role ${asked_by.role}`;
  if (trigger === "schedule") return "the schedule";
  return trigger === "reconciliation" ? "the nightly schedule" : "somebody who called the function";
}

const STATUSES: Record<number, string> = {
  200: "OK",
  202: "accepted",
  401: "wrong secret",
  404: "not deployed",
  409: "another run is open",
  500: "failed",
  503: "did not start",
  504: "did not answer in time",
  546: "ended by the platform",
};

/** `202 accepted`. */
export function describeStatus(status: number | null): string {
  if (status === null) return "–";
  return STATUSES[status] ? `${status} ${STATUSES[status]}` : String(status);
}

/** `55 completed, 3 of them not wholly, 5 failed`. */
export function describeStrip(runs: readonly ShortRun[]): string {
  const count = (outcome: string) => runs.filter((run) => run.outcome === outcome).length;
  const partly = runs.filter((run) => run.outcome === "completed" && run.failed > 0).length;
  return [
    `${formatNumber(count("completed"))} completed${partly > 0 ? ` (${formatNumber(partly)} with failures)` : ""}`,
    ...(["failed", "cancelled", "running"] as const)
      .filter((outcome) => count(outcome) > 0)
      .map((outcome) => `${formatNumber(count(outcome))} ${outcome}`),
  ].join(", ");
}

/** How high a run's cell is, in percent: by how long it took, so that one that took ten times as long is seen at once. */
export function heightOf(seconds: number, longest: number): number {
  if (longest <= 1) return 40;
  return Math.round(40 + 60 * Math.log(Math.max(1, seconds)) / Math.log(longest));
}

/** Good news is as visible as bad: a run that completed with failures is told from one without. */
export function toneOfRun(run: { outcome: string; failed: number | null }): Tone {
  if (run.outcome === "running") return "busy";
  if (run.outcome !== "completed") return run.outcome === "cancelled" ? "warn" : "bad";
  return (run.failed ?? 0) > 0 ? "warn" : "good";
}

/** For who cannot see a run's colour. */
export function shapeOfRun(run: { outcome: string; failed: number | null }): string {
  if (run.outcome === "cancelled") return "■";
  return { good: "✓", busy: "↻", warn: "◐", bad: "✕" }[toneOfRun(run)];
}
