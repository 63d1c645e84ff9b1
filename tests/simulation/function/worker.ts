import type { Owner } from "../scheduler.ts";

/** An isolate that serves one request, and lives as long as the platform lets it. */
export interface Worker extends Owner {
  startedAt: number;
  /** Applications it asked for without a claim. */
  canaries: number;
  /** How long it stood still. Milliseconds. */
  frozenFor: number;
  shutdown: AbortController;
  what: string;
}
