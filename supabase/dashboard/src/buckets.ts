// What the history's buckets say, drawn and in words. Pure.
import type { Bucket } from "./api.ts";
import { formatCount, formatDuration, formatNumber } from "./format.ts";

/** All buckets together. */
export interface Totals {
  runs: number;
  completed: number;
  failed: number;
  cancelled: number;
  synced: number;
  failures: number;
  /** Null where no run has ended. */
  seconds_avg: number | null;
  seconds_max: number | null;
  freshness_seconds: number | null;
}

export function addUp(buckets: readonly Bucket[]): Totals {
  const sum = (count: (bucket: Bucket) => number) => buckets.reduce((total, bucket) => total + count(bucket), 0);
  const timed = buckets.filter(({ seconds_avg }) => seconds_avg !== null);
  const ended = timed.reduce((total, bucket) => total + countRuns(bucket), 0);
  return {
    runs: sum(countRuns),
    completed: sum(({ completed }) => completed),
    failed: sum(({ failed }) => failed),
    cancelled: sum(({ cancelled }) => cancelled),
    synced: sum(({ synced }) => synced),
    failures: sum(({ failures }) => failures),
    // An average of averages, each by its runs.
    seconds_avg: ended === 0
      ? null
      : timed.reduce((total, bucket) => total + bucket.seconds_avg! * countRuns(bucket), 0) / ended,
    seconds_max: highest(buckets.map(({ seconds_max }) => seconds_max)),
    freshness_seconds: highest(buckets.map(({ freshness_seconds }) => freshness_seconds)),
  };
}

export function countRuns(
  { completed, failed, cancelled }: Pick<Bucket, "completed" | "failed" | "cancelled">,
): number {
  return completed + failed + cancelled;
}

function highest(values: (number | null)[]): number | null {
  return values.reduce((high, value) => value !== null && (high === null || value > high) ? value : high, null);
}

/** `3 completed, 1 failed`; what there is none of is left out. */
export function describeRuns(bucket: Pick<Bucket, "completed" | "failed" | "cancelled">): string {
  if (countRuns(bucket) === 0) return "no run";
  return (["completed", "failed", "cancelled"] as const)
    .filter((outcome) => bucket[outcome] > 0)
    .map((outcome) => `${formatNumber(bucket[outcome])} ${outcome}`)
    .join(", ");
}

export function describeDuration({ seconds_avg, seconds_max }: Pick<Bucket, "seconds_avg" | "seconds_max">): string {
  if (seconds_avg === null || seconds_max === null) return "no run ended";
  const [average, longest] = [formatDuration(seconds_avg), formatDuration(seconds_max)];
  return average === longest ? longest : `${average} on average, ${longest} at most`;
}

export function describeApplications({ synced, failures }: Pick<Bucket, "synced" | "failures">): string {
  return failures === 0
    ? `${formatNumber(synced)} synced`
    : `${formatNumber(synced)} synced, ${formatCount(failures, "failure")}`;
}

export function describeFreshness({ freshness_seconds }: Pick<Bucket, "freshness_seconds">): string {
  return freshness_seconds === null ? "nothing was known yet" : `at most ${formatDuration(freshness_seconds)} old`;
}
