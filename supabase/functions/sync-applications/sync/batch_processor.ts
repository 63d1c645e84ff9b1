import { type Clock, sleep, systemClock } from "../clock.ts";

export interface BatchResult<T, R> {
  successful: R[];
  failed: { item: T; error: unknown }[];
}

export interface BatchOptions {
  /** How many may run just now, at most the batch size; asked before each start. */
  limit?: () => number;
  /** At most `batchSize` starts in any window of this many milliseconds. 100, as specified. */
  intervalMs?: number;
  clock?: Clock;
}

/**
 * Runs `process` over the items, `batchSize` at a time, and separates what succeeded from what failed
 * (specification, "Batch Processor"). One slow item holds up no other: as soon as one ends, the next starts. Items may
 * come from an async iterable, which is asked for the next one only when there is room for it.
 */
export async function processBatch<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  batchSize: number,
  process: (item: T) => Promise<R>,
  options: BatchOptions = {},
): Promise<BatchResult<T, R>> {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`Cannot process a batch: batchSize must be a whole number above 0, not ${batchSize}`);
  }
  const { limit = () => batchSize, intervalMs = 100, clock = systemClock } = options;
  const result: BatchResult<T, R> = { successful: [], failed: [] };
  const running = new Set<Promise<void>>();
  const starts: number[] = [];
  let ended = () => {};

  for await (const item of items) {
    // Promise.race() would leave a reaction with each that runs, for each that ends.
    while (running.size >= Math.max(1, Math.min(batchSize, limit()))) {
      await new Promise<void>((resolve) => ended = resolve);
    }
    const oldest = starts.length < batchSize ? undefined : starts.shift();
    if (oldest !== undefined) {
      const wait = oldest + intervalMs - clock.now();
      if (wait > 0) await sleep(clock, wait);
    }
    starts.push(clock.now());
    const run = process(item)
      .then((value) => void result.successful.push(value), (error) => void result.failed.push({ item, error }))
      .finally(() => {
        running.delete(run);
        ended();
      });
    running.add(run);
  }
  await Promise.all(running);
  return result;
}

/** Splits items into chunks of at most `size` (specification, "Batch Processor"). */
export function chunkArray<T>(items: readonly T[], size: number): T[][] {
  if (!Number.isInteger(size) || size < 1) {
    throw new RangeError(`Cannot chunk: size must be a whole number above 0, not ${size}`);
  }
  return Array.from(
    { length: Math.ceil(items.length / size) },
    (_, index) => items.slice(index * size, (index + 1) * size),
  );
}
