/** How many calls to OCC may run at once: all it allows, learnt from its throttling. */
export interface Concurrency {
  limit(): number;
  succeeded(): void;
  throttled(): void;
}

/**
 * Halves on throttling, then creeps back: quickly to just below where it was throttled, and from there one step per
 * hundred successes, to find out whether OCC allows more by now (docs/architecture.md).
 */
export function createConcurrency(max: number): Concurrency {
  let limit = max;
  let ceiling = max;
  let successes = 0;
  // Calls that were in flight when the limit was halved say nothing about the new limit.
  let stragglers = 0;
  return {
    limit: () => limit,
    succeeded() {
      if (stragglers > 0) stragglers--;
      if (++successes < (limit < ceiling ? 2 : 100)) return;
      successes = 0;
      if (limit < max) limit++;
      ceiling = Math.max(ceiling, limit);
    },
    throttled() {
      if (stragglers > 0) {
        stragglers--;
        return;
      }
      stragglers = limit;
      ceiling = Math.max(1, limit - 1);
      limit = Math.max(1, Math.floor(limit / 2));
      successes = 0;
    },
  };
}
