import type { Clock } from "../../supabase/functions/sync-applications/clock.ts";

export interface FakeClock extends Clock {
  /** Moves time on, calling back what falls due, in order; lets promises settle in between. */
  advance(ms: number): Promise<void>;
}

/** A clock that stands still until it is moved. */
export function createFakeClock(start = Date.parse("2026-03-02T09:00:00Z")): FakeClock {
  let now = start;
  let timers: { at: number; callback: () => void }[] = [];
  return {
    now: () => now,
    after(ms, callback) {
      const timer = { at: now + ms, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await settle();
        const [next] = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (!next) break;
        timers = timers.filter((timer) => timer !== next);
        now = Math.max(now, next.at);
        next.callback();
      }
      now = end;
    },
  };
}

/** Lets everything run that is only waiting for promises. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}
