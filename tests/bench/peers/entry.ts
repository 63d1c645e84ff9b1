import type { OccSimulator } from "../../stack/occ/simulator.ts";
import type { Bench } from "../open_bench.ts";

/** One way to do it, ready and idle, in front of an OCC of its own, on empty tables. */
export interface Entry {
  occ: OccSimulator;
  /** What pg_cron, or the library's own schedule, does every five minutes. Resolves when it is asked for, not done. */
  tick(options?: TickOptions): Promise<void>;
  /** Whether nothing of what was ticked is left to do. */
  idle(): Promise<boolean>;
  databaseCalls(): Promise<number>;
  cpuMs(): number;
  /** SIGKILL, and a new process, as a supervisor starts one. */
  killAndRestart(): Promise<void>;
  /** Lets the time pass after which what the dead process held is let go, and has that done. */
  recover(): Promise<void>;
  close(): Promise<void>;
}

export interface TickOptions {
  /** `YYYY-MM-DD`; without it today. */
  since: string;
  /** See Tick. */
  compare: boolean;
}

export interface EntryOptions {
  /** See parseLatency(). */
  latency: string;
  /** The specification's, between two batches. */
  pauseMs: number;
}

export interface Contender {
  /** Over its column, and its key in the figures. */
  name: string;
  /** Where its applications are. */
  table: string;
  /** Where everything else it writes is. */
  schemas: string[];
  /** How long what a killed process held waits at most, by the documentation. */
  minutesUntilRecovery: number;
  open(bench: Bench, options: EntryOptions): Promise<Entry>;
}
