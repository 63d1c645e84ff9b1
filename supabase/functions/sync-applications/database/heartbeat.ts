import type { Clock } from "../clock.ts";
import { DatabaseError } from "./database_error.ts";

/** A run is taken for dead after 90 s without a sign of life. Milliseconds. */
const HEARTBEAT_MS = 15_000;

export interface Heartbeat {
  /** Aborted with the error of the call that showed it. */
  readonly lost: AbortSignal;
  /** A call that is a sign of life, and may show that the run is lost. */
  watch<T>(call: Promise<T>): Promise<T>;
  stop(): void;
}

/** Shows a sign of life whenever no other call has for 15 seconds, until it is stopped or the run is lost. */
export function startHeartbeat(clock: Clock, beat: () => Promise<unknown>): Heartbeat {
  const lost = new AbortController();
  let lastCall = clock.now();
  let stopped = false;
  let cancel = clock.after(HEARTBEAT_MS, tick);

  async function watch<T>(call: Promise<T>): Promise<T> {
    lastCall = clock.now();
    try {
      return await call;
    } catch (error) {
      // A row that Postgres rejects says nothing of the run.
      if (!(error instanceof DatabaseError && error.rowRejected)) {
        lost.abort(error);
        stop();
      }
      throw error;
    }
  }

  function tick(): void {
    if (clock.now() - lastCall >= HEARTBEAT_MS) watch(beat()).catch(() => {});
    if (!stopped) cancel = clock.after(HEARTBEAT_MS, tick);
  }

  function stop(): void {
    stopped = true;
    cancel();
  }

  return { lost: lost.signal, watch, stop };
}
