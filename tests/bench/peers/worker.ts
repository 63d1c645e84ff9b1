import type { Tick } from "./sync_work.ts";

/** Concurrent fetches, as specified. */
export const AT_ONCE = 15;

/** The process of somebody who built the sync on a queue. */
export interface Worker {
  /** What the library's own schedule does every five minutes: queues the job that lists. */
  tick(tick: Tick): Promise<void>;
  /** What the library does by itself from time to time about jobs whose worker is dead. */
  recover(): Promise<void>;
}
