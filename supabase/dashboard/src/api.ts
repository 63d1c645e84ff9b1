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
  /** Follows "Waits for"; of a stalled run a sentence of its own. */
  waits_for: string;
  enqueued: number;
  /** Still to do; null until OCC has listed. */
  remaining: number | null;
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
  /** A statement of SQL; where it is null, the reason says what mends it. */
  what_to_do: string | null;
  cause_fingerprint: string | null;
  paused_at: string | null;
  next_tick_at: string | null;
  last_completed_at: string | null;
  last_tick_at: string | null;
  freshness: { oldest_stale_at: string | null; stale: number; limit_seconds: number };
  /** From about 20,000 applications on, `synced` is an estimate. */
  counts: Record<State, number> & { synced_is_about: boolean };
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

export interface ListedRun extends Omit<ShortRun, "found"> {
  words: string;
  since: string;
  passes: number;
  found: number | null;
  unchanged: number;
}

export interface Run {
  id: string;
  trigger: string;
  force: boolean;
  since: string;
  listed_since: string | null;
  outcome: Outcome;
  words: string;
  reason: string | null;
  started_at: string;
  listed_at: string | null;
  completed_at: string | null;
  heartbeat_at: string | null;
  seconds: number;
  passes: number;
  found: number | null;
  unchanged: number;
  enqueued: number;
  fetched: number | null;
  synced: number | null;
  failed: number | null;
  fetch_failures: number | null;
  upsert_failures: number | null;
  parked: number;
  locked: number;
  missing: number;
  gone: number;
  changes_missed: number | null;
  watermark: boolean;
  cancelled_at: string | null;
  cancelled_by: string | null;
  asked_by: { role: string; email: string | null } | null;
}

export interface Dispatch {
  id: number;
  dispatched_at: string;
  trigger: string;
  outcome: string | null;
  status_code: number | null;
  message: string | null;
}

export interface RunReport {
  run: Run;
  dispatches: Dispatch[];
  warnings: string[];
  errors: { fingerprint: string; count: number; examples: string[]; what_to_do: string | null }[];
  /** Applications whose row it changed. */
  changes: number;
}

export interface NotCurrent {
  application: string;
  state: State;
  attempts: number;
  stale_since: string | null;
  next_attempt_at: string | null;
  last_error: string | null;
  listed_last_saved: string | null;
  stored_last_saved: string | null;
  requested: boolean;
  in_flight: boolean;
}

export interface NotCurrentPage {
  total: number;
  counts: Record<Exclude<State, "synced">, number>;
  causes: { fingerprint: string; applications: number; what_to_do: string | null }[];
  rows: NotCurrent[];
}

export interface Change {
  changed_at: string;
  attribute: string;
  old: string | null;
  new: string | null;
  run: string | null;
}

export interface ApplicationReport {
  stored: Record<string, string | null> | null;
  state: {
    state: State;
    words: string[];
    attempts: number;
    synced_at: string | null;
    stale_since: string | null;
    next_attempt_at: string | null;
    last_error: string | null;
    gone_at: string | null;
  } | null;
  history: Change[];
  more: boolean;
  statuses: { status: string | null; entered_at: string | null; left_at: string | null; seconds: number | null }[];
}

export interface Statistics {
  total: number;
  by_status: { status: string | null; description: string | null; applications: number }[];
  by_branch: { branch: string | null; applications: number }[];
  other_branches: { branches: number; applications: number };
  changes_a_day: { day: string; changes: number; applications: number }[];
  stored_today: number;
}

export interface Threshold {
  unit: string;
  low: number;
  high: number;
  means: string;
}

export type Thresholds = Record<string, number | string | boolean | null> & { limits: Record<string, Threshold> };

export interface Action {
  id: number;
  acted_at: string;
  role: string;
  email: string | null;
  action: string;
  arguments: unknown;
  result: string;
}

/** What to take: numbers, or all that fail for one cause, or everything. */
export interface Choice {
  applications?: string[];
  fingerprint?: string;
  everything?: boolean;
}

export interface Preview {
  applications: number;
  message: string;
  by_state?: Record<string, number>;
  examples?: string[];
  stored?: number;
}

export interface Done {
  message: string;
}

export interface DoneWithAll extends Done {
  applications: number;
}

export type Api = ReturnType<typeof createApi>;

/** @returns one method a function of the database; each rejects with ApiError */
export function createApi({ call }: Client) {
  return {
    overview: (signal?: AbortSignal) => call<Overview>("sync_overview", {}, signal),
    history: async (since: string, until: string, buckets: number, signal?: AbortSignal) =>
      (await call<Bucket[]>("sync_history", { since, until, buckets }, signal)).map(toBucket),
    runs: (
      choice: {
        since?: string;
        until?: string;
        outcome?: string;
        trigger?: string;
        before?: string;
        page_size?: number;
      },
      signal?: AbortSignal,
    ) => call<{ rows: ListedRun[]; total: number }>("sync_runs_page", choice, signal),
    run: (run: string, signal?: AbortSignal) => call<RunReport>("sync_run", { run }, signal),
    notCurrent: (
      choice: { states?: string[]; fingerprint?: string; search?: string; after?: string; page_size?: number },
      signal?: AbortSignal,
    ) => call<NotCurrentPage>("sync_not_current", choice, signal),
    application: (application: string, signal?: AbortSignal) =>
      call<ApplicationReport>("sync_application", { application }, signal),
    explain: (id: string, signal?: AbortSignal) =>
      call<{ line: number; sentence: string }[]>("explain_application", { id }, signal),
    statistics: (days: number, signal?: AbortSignal) => call<Statistics>("sync_statistics", { days }, signal),
    thresholds: (signal?: AbortSignal) => call<Thresholds>("sync_thresholds", {}, signal),
    actions: (before?: number, signal?: AbortSignal) =>
      call<{ rows: Action[]; more: boolean }>("sync_actions_page", before === undefined ? {} : { before }, signal),

    syncNow: (since?: string, force = false) => call<Done>("operator_sync_now", since ? { since, force } : { force }),
    request: (applications: string[]) => call<Done>("operator_request_applications", { applications }),
    cancel: () => call<Done>("operator_cancel_sync"),
    pause: () => call<Done>("operator_pause_sync"),
    resume: () => call<Done>("operator_resume_sync"),
    acceptGap: () => call<Done>("operator_accept_gap"),
    startFrom: (day: string) => call<Done>("operator_start_from", { day }),
    reconcile: (since?: string) => call<Done>("operator_reconcile", since ? { since } : {}),
    retryPreview: (choice: Choice) => call<Preview>("operator_retry_preview", { ...choice }),
    retry: (choice: Choice) => call<DoneWithAll>("operator_retry", { ...choice }),
    forgetPreview: (applications: string[]) => call<Preview>("operator_forget_preview", { applications }),
    forget: (applications: string[], reason: string) => call<DoneWithAll>("operator_forget", { applications, reason }),
    changeThresholds: (thresholds: Record<string, number | string>) =>
      call<Done>("operator_change_thresholds", { thresholds }),
  };
}

/** Its seconds are numeric, which the local Data API hands out as text and PostgREST as numbers. */
function toBucket(row: Bucket): Bucket {
  const toNumber = (value: number | null) => value === null ? null : Number(value);
  return {
    ...row,
    seconds_avg: toNumber(row.seconds_avg),
    seconds_max: toNumber(row.seconds_max),
    freshness_seconds: toNumber(row.freshness_seconds),
  };
}
