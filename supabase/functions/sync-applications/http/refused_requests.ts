import type { Clock } from "../clock.ts";

/** The platform keeps 100 lines in 10 seconds: whoever is refused must not use them up. Milliseconds. */
const INTERVAL_MS = 60_000;

export interface RefusedRequests {
  /** Counts one more. */
  count(): void;
  /** Logs how many there were since the last line, unless that is less than a minute old. To be called at each request. */
  report(): void;
  /** How many there were since the last time it said so, at most once a minute: 0 in between. */
  take(): number;
}

/** Counts the requests without a valid secret. Their number is all that is kept of them. */
export function createRefusedRequests(clock: Clock, log: (line: string) => void): RefusedRequests {
  const logged = createTally(clock);
  const taken = createTally(clock);
  return {
    count() {
      logged.count();
      taken.count();
    },
    report() {
      const refused = logged.take();
      if (refused > 0) log(`[Cron] Refused requests without a valid secret: ${refused}`);
    },
    take: () => taken.take(),
  };
}

function createTally(clock: Clock): { count(): void; take(): number } {
  let total = 0;
  let takenAt = -Infinity;
  return {
    count: () => void total++,
    take() {
      if (total === 0 || clock.now() - takenAt < INTERVAL_MS) return 0;
      const taken = total;
      total = 0;
      takenAt = clock.now();
      return taken;
    },
  };
}
