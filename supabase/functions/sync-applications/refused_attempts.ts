import type { Clock } from "./clock.ts";

/** The platform keeps 100 lines in 10 seconds: whoever is refused must not use them up. Milliseconds. */
const LOG_INTERVAL_MS = 60_000;

export interface RefusedAttempts {
  /** Counts one more. */
  count(): void;
  /** Logs how many there were since the last line, unless that is less than a minute old. To be called at each request. */
  report(): void;
}

/** Counts the requests without a valid secret, and logs their number at most once a minute: nothing of the requests. */
export function createRefusedAttempts(clock: Clock, log: (line: string) => void): RefusedAttempts {
  let refused = 0;
  let loggedAt = -Infinity;
  return {
    count: () => void refused++,
    report() {
      if (refused === 0 || clock.now() - loggedAt < LOG_INTERVAL_MS) return;
      log(`[Cron] Refused requests without a valid secret: ${refused}`);
      refused = 0;
      loggedAt = clock.now();
    },
  };
}
