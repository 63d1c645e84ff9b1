import type { Run } from "../describe_progress.ts";
import { denoTask } from "../terminal/deno_task.ts";
import { counted, describeDuration } from "../terminal/words.ts";
import type { Requested } from "./read_requested.ts";

/** How the command came to its end. */
export interface End {
  /** Of the run, or why there is none. */
  status:
    | "completed"
    | "failed"
    | "cancelled"
    | "running"
    | "busy"
    | "refused"
    | "unseen"
    | (string & Record<never, never>);
  message?: string;
  fix?: string | undefined;
  run?: Run;
  applications?: Requested[];
}

export const EXITS = {
  0: "the sync completed, or its first pass did and the next one goes on by itself",
  1: "the sync failed, was cancelled or got out of sight, or an application that was asked for could not be stored",
  2: "it could not be asked for: the command line, the address, the key, the function",
  3: "another sync is running, and --wait was not given",
  130: "Ctrl-C; the sync goes on",
};

/** The sentence a sync ends with, what mends it, and the exit code. */
export function describeEnd(end: End): { code: number; message: string; fix: string | undefined } {
  const { status, run, applications = [] } = end;
  if (!run) {
    return { code: status === "busy" ? 3 : status === "refused" ? 2 : 1, message: `${end.message}.`, fix: end.fix };
  }
  const took = describeDuration(Number(run.seconds));
  const failed = applications.filter(({ state, isWaiting }) => state !== "synced" && !isWaiting);
  if (failed.length > 0) {
    const first = failed.slice(0, 5).map(({ id, state, error }) =>
      `${id} is ${state}: ${error ?? "it was not fetched"}`
    );
    return {
      code: 1,
      message: `${failed.length} of ${counted(applications.length, "application")} could not be synced: ${
        first.join("; ")
      }.`,
      fix: `it is tried again by itself; \`${denoTask("status")}\` shows when`,
    };
  }
  if (status === "running") {
    const next = `the next pass goes on by itself: \`${denoTask("status --watch")}\` shows it, --wait waits for it`;
    return { code: 0, message: `The first pass is over after ${took}, ${run.outcome}; ${next}.`, fix: undefined };
  }
  if (status === "completed") {
    const stored = applications.length > 0 ? `; ${describeStored(applications)}` : "";
    return { code: 0, message: `Sync completed in ${took}: ${run.outcome}${stored}.`, fix: undefined };
  }
  const how = status === "cancelled" ? "was cancelled" : "failed";
  const fix = status === "cancelled"
    ? undefined
    : `\`${denoTask("doctor")}\` says what to mend; every tick tries again`;
  return { code: 1, message: `Sync ${how} after ${took}: ${run.outcome}.`, fix };
}

function describeStored(applications: Requested[]): string {
  const waiting = applications.filter(({ isWaiting }) => isWaiting).map(({ id }) => id);
  const stored = applications.filter(({ isWaiting }) => !isWaiting).map(({ id }) => id);
  return [
    ...(stored.length > 0 ? [`${stored.join(", ")} ${stored.length === 1 ? "is" : "are"} stored`] : []),
    ...(waiting.length > 0
      ? [`${waiting.join(", ")} ${waiting.length === 1 ? "waits" : "wait"} for the next run`]
      : []),
  ].join(", ");
}
