/** How everything stands in the database after a statement. Times are milliseconds since the epoch. */
export interface Inspection {
  applications: StoredApplication[];
  statuses: ApplicationStatus[];
  /** The open run, and the newest. */
  runs: RunRow[];
  /** How many runs are open. */
  running: number;
  gap: { id: number; from: string; to: string } | null;
  lastGapClosedBy: string | null;
  /** The sync that was asked for and has not begun. */
  waiting: { requestedAt: number; sentAt: number | null } | null;
  paused: boolean;
  /** Conditions of the open alerts. */
  alerts: string[];
  /** What pg_net was asked to send. */
  requests: NetRequest[];
}

export interface StoredApplication {
  id: string;
  owner: string | null;
  saved: number | null;
  /** Rows of its history. */
  changes: number;
}

export interface ApplicationStatus {
  id: string;
  state: "pending" | "synced" | "failed" | "parked" | "gone";
  listed: number | null;
  settled: number | null;
  wasListed: boolean;
  syncedAt: number | null;
  nextAttemptAt: number | null;
  staleSince: number | null;
  attempts: number;
  failingSince: number | null;
  lapses: number;
  claimed: boolean;
  requestedAt: number | null;
  force: boolean;
  heldSince: number | null;
  disagreed: boolean;
  rechecking: boolean;
  noCanaryUntil: number | null;
  missingSince: number | null;
  notFoundSince: number | null;
  lastError: string | null;
}

export interface RunRow {
  id: string;
  trigger: "schedule" | "manual" | "reconciliation";
  status: "running" | "completed" | "failed";
  force: boolean;
  movesWatermark: boolean;
  /** Whether a pass holds the lease. */
  held: boolean;
  startedAt: number | null;
  completedAt: number | null;
  heartbeatAt: number | null;
  cancelledAt: number | null;
  passes: number;
  listed: boolean;
  since: string;
  listedSince: string | null;
  listedParts: number;
  listedSkipped: number;
  found: number;
  unchanged: number;
  enqueued: number;
  fetched: number;
  upserted: number;
  fetchFailures: number;
  upsertFailures: number;
  missed: number | null;
  occ: "well" | "unwell" | "unknown" | null;
  reason: string | null;
  warnings: string[];
  anomalies: string[];
}

export interface NetRequest {
  id: number;
  url: string;
  body: Record<string, unknown>;
}

export const NOTHING: Inspection = {
  applications: [],
  statuses: [],
  runs: [],
  running: 0,
  gap: null,
  lastGapClosedBy: null,
  waiting: null,
  paused: false,
  alerts: [],
  requests: [],
};
