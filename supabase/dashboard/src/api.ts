import type { Client } from "./client.ts";

// The database's functions for this page, one method each. Times are ISO strings, durations seconds.

export type Outcome = "completed" | "failed" | "cancelled" | "running";
export type State = "pending" | "failed" | "parked" | "gone" | "synced";

export interface ShortRun {
  id: string;
  outcome: Outcome;
  trigger: string;
  started_at: string;
  seconds: number;
  found: number;
  synced: number;
  failed: number;
}

export interface RunningRun {
  id: string;
  trigger: string;
  since: string;
  force: boolean;
  started_at: string;
  heartbeat_at: string;
  passes: number;
  phase: "listing" | "fetching" | "between passes" | "stalled";
  waits_for: string;
  enqueued: number;
  done: number;
  synced: number;
  failed: number;
  /** Null until it can be known. */
  per_second: number | null;
  seconds_left: number | null;
  cancelled_by: string | null;
}

export interface Alert {
  condition: string;
  message: string;
  opened_at: string;
  size: number | null;
}

export interface Overview {
  now: string;
  project: string;
  operator: boolean;
  email: string | null;
  verdict: string;
  reason: string | null;
  what_to_do: string | null;
  cause_fingerprint: string | null;
  paused_at: string | null;
  next_tick_at: string | null;
  last_completed_at: string | null;
  last_tick_at: string | null;
  freshness: { oldest_stale_at: string | null; stale: number; limit_seconds: number };
  counts: Record<State, number>;
  running: RunningRun | null;
  runs: ShortRun[];
  alerts: Alert[];
  gap: { from: string; to: string } | null;
}

export interface Bucket {
  bucket_from: string;
  bucket_to: string;
  completed: number;
  failed: number;
  cancelled: number;
  seconds_avg: number | null;
  seconds_max: number | null;
  synced: number;
  failures: number;
  freshness_seconds: number | null;
}

export type Api = ReturnType<typeof createApi>;

export function createApi({ call }: Client) {
  return {
    overview: (signal?: AbortSignal) => call<Overview>("sync_overview", {}, signal),
    history: (from: string, to: string, buckets: number, signal?: AbortSignal) =>
      call<Bucket[]>("sync_history", { from, to, buckets }, signal),
  };
}
