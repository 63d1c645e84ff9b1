// What the page says of runs, in words. Pure: the clock comes in.
import type { Overview, RunningRun, ShortRun } from "./api.ts";
import { formatCount, formatDuration, formatNumber } from "./format.ts";

/** How a verdict is coloured; the word itself always stands beside the colour. */
export type Tone = "good" | "busy" | "warn" | "bad";

export function toneOf(verdict: string): Tone {
  if (verdict === "healthy") return "good";
  if (verdict === "syncing") return "busy";
  return verdict === "paused" ? "warn" : "bad";
}

/** `healthy` -> `Healthy`. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
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
  if (oldest_stale_at === null || stale === 0) return { text: "all current", tone: "good" };
  const seconds = Math.max(0, (now - new Date(oldest_stale_at).getTime()) / 1000);
  const text = `${formatCount(stale, "application")} not current, the oldest for ${formatDuration(seconds)}`;
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
export function describeCell(run: ShortRun): string {
  const what = `${capitalize(run.outcome)}, ${run.trigger}, ${formatDuration(run.seconds)}`;
  const synced = `${formatNumber(run.synced)} of ${formatNumber(run.synced + run.failed)} synced`;
  return `${what}: ${run.found === 0 ? "nothing listed" : synced}`;
}

/** Good news is as visible as bad: a run that completed with failures is told from one without. */
export function toneOfRun(run: { outcome: string; failed: number | null }): Tone {
  if (run.outcome === "running") return "busy";
  if (run.outcome !== "completed") return run.outcome === "cancelled" ? "warn" : "bad";
  return (run.failed ?? 0) > 0 ? "warn" : "good";
}
