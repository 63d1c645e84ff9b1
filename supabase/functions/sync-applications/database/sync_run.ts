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
  /** The error without the application: the same for all that fail for one cause. */
  cause: string;
  step: "fetch" | "upsert";
  /** OCC answered that it has no such application. */
  notFound?: boolean;
}

/** What was fetched of one application. */
export interface Answer {
  row: ApplicationRow;
  /** When its fetch began, in milliseconds since the epoch. */
  beganAt: number;
}

export interface PassEnd {
  /** Whether what is left is the next pass' work; otherwise the run ends, and what is left is the next run's. */
  handOver: boolean;
  /** Why the run ends early. */
  reason?: string;
  /** The pass could not do its work: whatever it has done, the run has failed. */
  brokeOff?: boolean;
  warnings: string[];
  /** Warnings somebody has to look at. */
  anomalies: string[];
  /** How OCC was found to be, if it was asked. */
  occ?: "well" | "unwell" | "unknown";
  failedCanaries?: string[];
  /** Failures that are OCC's, not their applications'. */
  givenBack?: Failure[];
}

/**
 * An open run, held by this pass. Nothing of a run can be written without it, and each call proves that the lease is
 * still ours. It shows a sign of life by itself until it is finished.
 */
export interface SyncRun {
  /** The id of its row in the sync log. */
  readonly id: string;
  readonly sinceDate: string;
  /** Whether that date is the watermark, of an earlier run. */
  readonly hasWatermark: boolean;
  /** Whether a later date may stand in when OCC cannot list from this one: not for one that a person asked for. */
  readonly mayShorten: boolean;
  /** 1 for the pass that opened it. */
  readonly pass: number;
  /** Whether OCC's list is stored already, by an earlier pass. */
  readonly listed: boolean;
  /** How many applications were due when the pass began. */
  readonly due: number;
  /** OCC was found unwell last: nothing is fetched before it has been asked again. */
  readonly occUnwell: boolean;
  /** Aborted with a `DatabaseError` when the lease is lost, the run cancelled or the database away: the pass cannot go on. */
  readonly lost: AbortSignal;
  /**
   * Stores a part of OCC's list, counted from 0; once the last one is stored (`complete`) the list is durable. `since` is
   * the date it was listed from. Returns how many applications are due after the last part, else 0.
   */
  enqueue(
    listed: readonly ApplicationDateSince[],
    options: { part: number; since: string; complete: boolean },
  ): Promise<number>;
  /** Claims up to so many applications that are due. None while others are in flight can mean: settle those first. */
  claim(maxClaims: number): Promise<string[]>;
  /**
   * Stores applications and failures with their status, the run's counters and its heartbeat, in one transaction, and
   * returns how many applications it stored.
   */
  settle(answers: Answer[], failures: Failure[]): Promise<number>;
  /** A few applications OCC has served before, to find out how OCC is. They are not claimed. */
  chooseCanaries(): Promise<string[]>;
  /** Ends the pass: closes the run, or releases it and asks for the next pass. One that is cancelled is closed. */
  finish(end: PassEnd): Promise<FinishedPass>;
}

/** Somebody else is syncing: at most one run is open at a time. */
export class SyncRunningError extends Error {
  override name = "SyncRunningError";
  constructor(readonly syncLogId: string) {
    super(`Cannot start a sync: sync ${syncLogId} is running; try again when it has ended`);
  }
}

/** The run that was to be gone on with has ended, or another pass works on it. */
export class RunEndedError extends Error {
  override name = "RunEndedError";
  constructor(readonly syncLogId: string) {
    super(`Cannot go on with sync ${syncLogId}: it has ended`);
  }
}

export interface RunRequest {
  /** `YYYY-MM-DD`; without it the run lists from the watermark, or if there is none from 7 days ago. */
  sinceDate?: string | undefined;
  /** OCC's, in which the watermark is a date. UTC by default. */
  timeZone?: string;
  trigger: Trigger;
  force: boolean;
  /** False when the date was given by a person: the schedule must not skip what lies before it. */
  movesWatermark: boolean;
  /** With the trigger `next_pass`: the run to go on with, and no other. */
  syncLogId?: string;
}

/**
 * Opens a run, or goes on with the one that has asked for its next pass.
 *
 * @throws SyncRunningError, RunEndedError, DatabaseError
 */
export async function openSyncRun(database: SyncDatabase, clock: Clock, request: RunRequest): Promise<SyncRun> {
  const { sinceDate, timeZone, trigger, force, movesWatermark, syncLogId } = request;
  // Ours from the start: a call whose answer is lost is repeated, and finds its own run.
  const lease = crypto.randomUUID();
  const opened = await database.call("open a sync run", (client, signal) =>
    client
      .rpc("open_sync_run", {
        lease,
        ...(sinceDate === undefined ? {} : { since: sinceDate }),
        ...(timeZone === undefined ? {} : { time_zone: timeZone }),
        trigger,
        force,
        moves_watermark: movesWatermark,
        ...(syncLogId === undefined ? {} : { run_id: syncLogId }),
      })
      .abortSignal(signal)
      .single(), { repeat: true }).catch((error) => {
      if (error instanceof DatabaseError) error.message = `Failed to create sync log. ${error.message}`;
      throw error;
    });
  if (opened.outcome === "running") throw new SyncRunningError(opened.sync_log_id);
  if (opened.outcome === "ended") throw new RunEndedError(opened.sync_log_id);
  return holdRun(database, clock, lease, opened);
}

function holdRun(
  database: SyncDatabase,
  clock: Clock,
  lease: string,
  opened: Functions["open_sync_run"]["Returns"][number],
): SyncRun {
  // Each of them means the same when it is carried out twice: its answer may have been lost.
  const repeat = { repeat: true };
  let claims = 0;

  function settle(answers: Answer[], failures: Failure[]): Promise<number> {
    const applications = answers.map(({ row, beganAt }) => ({ ...row, began_at: new Date(beganAt).toISOString() }));
    return database.call(
      `store ${applications.length} applications`,
      (client, signal) =>
        client.rpc("settle_applications", { lease, applications, failures: toJson(failures) }).abortSignal(signal),
      repeat,
    );
  }

  const heartbeat = startHeartbeat(clock, () => settle([], []));
  return {
    id: opened.sync_log_id,
    sinceDate: opened.since_date,
    hasWatermark: opened.has_watermark,
    mayShorten: opened.may_shorten,
    pass: opened.pass,
    listed: opened.listed,
    due: opened.due,
    occUnwell: opened.occ_unwell,
    lost: heartbeat.lost,
    enqueue(listed, { part, since, complete }) {
      const applications = listed.map(({ id, attributes }) => ({ id, last_saved: attributes.lastSavedDateTime }));
      return heartbeat.watch(database.call("store OCC's list", (client, signal) =>
        client
          .rpc("enqueue_applications", { lease, applications, part, listed_since: since, complete })
          .abortSignal(signal), repeat));
    },
    claim(maxClaims) {
      const part = claims++;
      return heartbeat.watch(
        database.call(
          "claim applications",
          (client, signal) =>
            client.rpc("claim_applications", { lease, max_claims: maxClaims, part }).abortSignal(signal),
          repeat,
        ),
      );
    },
    settle: (answers, failures) => heartbeat.watch(settle(answers, failures)),
    chooseCanaries: () =>
      heartbeat.watch(
        database.call("choose canaries", (client, signal) =>
          client.rpc("choose_canaries", { lease }).abortSignal(signal), repeat),
      ),
    finish(end) {
      heartbeat.stop();
      return database.call("end the pass", (client, signal) =>
        client
          .rpc("finish_sync_pass", {
            lease,
            hand_over: end.handOver,
            ...(end.reason === undefined ? {} : { reason: end.reason }),
            broke_off: end.brokeOff ?? false,
            warnings: end.warnings,
            anomalies: end.anomalies,
            ...(end.occ === undefined ? {} : { occ: end.occ }),
            failed_canaries: end.failedCanaries ?? [],
            given_back: toJson(end.givenBack ?? []),
          })
          .abortSignal(signal)
          .single(), repeat);
    },
  };
}

function toJson(failures: Failure[]): Record<string, string | boolean>[] {
  return failures.map(({ id, error, step, notFound = false }) => ({ id, error, step, not_found: notFound }));
}
