import type { Clock } from "../clock.ts";
import type { ApplicationDateSince } from "../occ/fetch_applications_since_data.ts";
import type { ApplicationRow } from "./application_row.ts";
import type { Database } from "./database.types.ts";
import { DatabaseError } from "./database_error.ts";
import { startHeartbeat } from "./heartbeat.ts";
import type { SyncDatabase } from "./sync_database.ts";

type Functions = Database["public"]["Functions"];
export type FinishedPass = Functions["finish_sync_pass"]["Returns"][number];

/** What asked for a pass. All but `next_pass`, which a run asks for itself, open a run and stay in its log row. */
export type Trigger = "schedule" | "manual" | "reconciliation" | "next_pass";

/** An application that could not be fetched or stored. */
export interface Failure {
  id: string;
  error: string;
  /** Whether it is parked at once. */
  permanent: boolean;
  step: "fetch" | "upsert";
}

export interface PassEnd {
  /** Whether what is left is the next pass' work; otherwise the run ends, and what is left is the next run's. */
  handOver: boolean;
  /** Why the run ends early. */
  reason?: string;
  warnings: string[];
  /** Warnings somebody has to look at. */
  anomalies: string[];
}

/**
 * An open run, held by this pass. Nothing of a run can be written without it, and each call proves that the lease is
 * still ours. It shows a sign of life by itself until it is finished.
 */
export interface SyncRun {
  /** The id of its row in the sync log. */
  readonly id: string;
  readonly sinceDate: string;
  /** 1 for the pass that opened it. */
  readonly pass: number;
  /** Whether OCC's list is stored already, by an earlier pass. */
  readonly listed: boolean;
  /** How many applications were due for it when it was opened. */
  readonly due: number;
  /** Aborted with a `DatabaseError` when the lease is lost or the database is away: the pass cannot go on. */
  readonly lost: AbortSignal;
  /** Stores a part of OCC's list; once the last one is stored (`complete`) the list is durable. */
  enqueue(listed: readonly ApplicationDateSince[], complete: boolean): Promise<{ enqueued: number; due: number }>;
  /** Claims up to so many applications that are due. None while others are in flight can mean: settle those first. */
  claim(maxClaims: number): Promise<string[]>;
  /**
   * Stores applications and failures with their status, the run's counters and its heartbeat, in one transaction, and
   * returns how many applications it stored.
   */
  settle(applications: ApplicationRow[], failures: Failure[]): Promise<number>;
  /** Ends the pass: closes the run, or releases it and asks for the next pass. */
  finish(end: PassEnd): Promise<FinishedPass>;
}

/** Somebody else is syncing: at most one run is open at a time. */
export class SyncRunningError extends Error {
  override name = "SyncRunningError";
  constructor(readonly syncLogId: string) {
    super(`Cannot start a sync: sync ${syncLogId} is running; try again when it has ended`);
  }
}

export interface RunRequest {
  sinceDate: string;
  trigger: Trigger;
  force: boolean;
  /** False when the date was given by a person: the schedule must not skip what lies before it. */
  movesWatermark: boolean;
}

/**
 * Opens a run, or resumes the one that waits for its next pass.
 *
 * @throws SyncRunningError, DatabaseError
 */
export async function openSyncRun(database: SyncDatabase, clock: Clock, request: RunRequest): Promise<SyncRun> {
  const { sinceDate, trigger, force, movesWatermark } = request;
  const opened = await database.call("open a sync run", (client, signal) =>
    client
      .rpc("open_sync_run", { since: sinceDate, trigger, force, moves_watermark: movesWatermark })
      .abortSignal(signal)
      .single()).catch((error) => {
      if (error instanceof DatabaseError) error.message = `Failed to create sync log. ${error.message}`;
      throw error;
    });
  if (opened.outcome === "running") throw new SyncRunningError(opened.sync_log_id);
  return holdRun(database, clock, opened);
}

function holdRun(database: SyncDatabase, clock: Clock, opened: Functions["open_sync_run"]["Returns"][number]): SyncRun {
  const { lease } = opened;
  // Carried out twice they mean the same: what is claimed, settled or ended already is not so once more.
  const repeat = { repeat: true };

  function settle(applications: ApplicationRow[], failures: Failure[]): Promise<number> {
    const rows = failures.map((failure) => ({ ...failure }));
    return database.call(
      `store ${applications.length} applications`,
      (client, signal) =>
        client.rpc("settle_applications", { lease, applications, failures: rows }).abortSignal(signal),
      repeat,
    );
  }

  const heartbeat = startHeartbeat(clock, () => settle([], []));
  return {
    id: opened.sync_log_id,
    sinceDate: opened.since_date,
    pass: opened.pass,
    listed: opened.listed,
    due: opened.due,
    lost: heartbeat.lost,
    enqueue(listed, complete) {
      const applications = listed.map(({ id, attributes }) => ({ id, last_saved: attributes.lastSavedDateTime }));
      // Not repeated on failure: the counts would be added twice. The run lists again instead.
      return heartbeat.watch(
        database.call(
          "store OCC's list",
          (client, signal) =>
            client.rpc("enqueue_applications", { lease, applications, complete }).abortSignal(signal).single(),
        ),
      );
    },
    claim: (maxClaims) =>
      heartbeat.watch(
        database.call("claim applications", (client, signal) =>
          client.rpc("claim_applications", { lease, max_claims: maxClaims }).abortSignal(signal), repeat),
      ),
    settle: (applications, failures) => heartbeat.watch(settle(applications, failures)),
    finish({ handOver, reason, warnings, anomalies }) {
      heartbeat.stop();
      return database.call("end the pass", (client, signal) =>
        client
          .rpc("finish_sync_pass", {
            lease,
            hand_over: handOver,
            ...(reason === undefined ? {} : { reason }),
            warnings,
            anomalies,
          })
          .abortSignal(signal)
          .single(), repeat);
    },
  };
}
