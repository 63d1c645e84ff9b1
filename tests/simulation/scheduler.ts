import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../supabase/functions/sync-applications/clock.ts";

interface ScheduledEvent {
  at: number;
  order: number;
  owner: Owner | undefined;
  run: () => void | Promise<void>;
}

/** Somebody whose events vanish when it is killed, and wait while it stands still. */
export interface Owner {
  alive: boolean;
  /** A worker may be frozen for minutes, and then go on as if nothing had happened. */
  frozenUntil: number;
}

/**
 * Virtual time. Everything that takes time is an event; one event happens at a time, in an order that depends on the
 * seed alone, and the next one waits until all code the last one woke has come to rest.
 */
export interface Scheduler {
  now(): number;
  /** Lets `run` happen in so many milliseconds; the returned function cancels it. */
  after(ms: number, owner: Owner | undefined, run: () => void | Promise<void>): () => void;
  /** Lets `run` happen at a time. */
  at(time: number, run: () => void | Promise<void>): void;
  /** Lets the next event happen; false when there is none before `until`. */
  step(until: number): Promise<boolean>;
  /** Moves time on when nothing is to happen before. */
  advanceTo(time: number): void;
  /** Time as `owner` sees it, whose clock may be ahead by `skew` milliseconds. */
  clock(owner: Owner, skew: number): Clock;
}

export function createScheduler(start: number): Scheduler {
  let now = start;
  let order = 0;
  let events: ScheduledEvent[] = [];

  function after(ms: number, owner: Owner | undefined, run: () => void | Promise<void>): () => void {
    const event = { at: now + Math.max(0, ms), order: order++, owner, run };
    events.push(event);
    return () => {
      events = events.filter((other) => other !== event);
    };
  }

  return {
    now: () => now,
    after,
    at: (time, run) => void after(time - now, undefined, run),
    async step(until) {
      events = events.filter(({ owner }) => owner?.alive ?? true);
      for (const event of events) event.at = Math.max(event.at, event.owner?.frozenUntil ?? 0);
      let next: ScheduledEvent | undefined;
      for (const event of events) {
        if (!next || event.at < next.at || (event.at === next.at && event.order < next.order)) next = event;
      }
      if (!next || next.at > until) return false;
      events.splice(events.indexOf(next), 1);
      now = Math.max(now, next.at);
      await next.run();
      await comeToRest();
      return true;
    },
    advanceTo(time) {
      now = Math.max(now, time);
    },
    clock: (owner, skew) => ({
      now: () => now + skew,
      after: (ms, callback) => after(ms, owner, callback),
    }),
  };
}

/** All promises that can be settled now are; what is still open waits for an event. */
export async function comeToRest(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await setImmediate();
}
