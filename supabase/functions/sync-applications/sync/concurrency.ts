/** How many calls OCC takes at once: all it allows, learnt from its throttling. */
export interface Concurrency {
  /** How many calls may be under way: one more than OCC takes stands ready. */
  limit(): number;
  /** Sends as soon as OCC has room. What waits to be sent again takes none. */
  attempt<T>(send: () => Promise<T>): Promise<T>;
  succeeded(): void;
  /** To be told while the attempt is still at OCC, so that nobody else is sent in its place, or that it has left. */
  throttled(options?: { hasLeft?: boolean }): void;
}

/** Below what was throttled it grows by one for so many successes. */
const CLIMB_AFTER = 2;
/** Beyond, for so many successes of each call that runs at once, and each time twice as far: OCC may allow more by now. */
const PROBE_AFTER = 40;

/** On throttling it falls to what OCC holds at this moment, which is what OCC allows, and then creeps back. */
export function createConcurrency(max: number): Concurrency {
  let limit = max;
  /** What OCC took last: up to it the limit may grow fast. */
  let ceiling = max;
  /** The ceiling before the refusals that have had no success between them. */
  let ceilingBefore = max;
  let isRefusing = false;
  let successes = 0;
  let step = 1;
  let atOcc = 0;
  const waiting: (() => void)[] = [];

  function admit(): void {
    while (atOcc < limit && waiting.length > 0) {
      atOcc++;
      waiting.shift()?.();
    }
  }

  return {
    limit: () => Math.min(max, limit + 1),
    async attempt(send) {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        admit();
      });
      try {
        return await send();
      } finally {
        atOcc--;
        admit();
      }
    },
    succeeded() {
      isRefusing = false;
      const isClimbing = limit < ceiling;
      if (++successes < (isClimbing ? CLIMB_AFTER : PROBE_AFTER * limit)) return;
      successes = 0;
      limit = Math.min(max, limit + (isClimbing ? 1 : step));
      if (!isClimbing) step *= 2;
      ceiling = Math.max(ceiling, limit);
      admit();
    },
    throttled({ hasLeft = false } = {}) {
      if (!isRefusing) ceilingBefore = ceiling;
      isRefusing = true;
      successes = 0;
      step = 1;
      const held = hasLeft ? atOcc : atOcc - 1;
      // Of a burst each refusal says so, and the last one says it best.
      if (held < limit) {
        ceiling = Math.max(1, limit - 1);
        limit = Math.max(1, held);
      }
      // OCC that takes nothing at all does not say how much it takes when it is back.
      if (held < 1) ceiling = ceilingBefore;
    },
  };
}
