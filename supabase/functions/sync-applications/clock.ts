/** Time as the sync sees it; a test brings its own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back after `ms` milliseconds; the returned function cancels it. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms` milliseconds. */
export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve));
}

/** The other side did not answer in time. */
export class TimeoutError extends Error {
  override name = "TimeoutError";
}

/**
 * Waits for `work` at most `ms` milliseconds, and no longer than until `signal` is aborted; the work is told by the
 * signal it is given. What does not listen to that signal is not waited for either.
 *
 * @throws TimeoutError, or the signal's reason
 */
export async function withTimeout<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => PromiseLike<T>,
): Promise<T> {
  // By hand: AbortSignal.any() leaves 2 kB behind in a signal that lives on, and some live as long as the isolate.
  const either = new AbortController();
  const aborted = Promise.withResolvers<never>();
  // When the work has ended, or thrown at once, nobody listens to it any more.
  aborted.promise.catch(() => {});
  function abort(reason: unknown): void {
    // First, so that what the work says of being aborted does not hide why it was.
    aborted.reject(reason);
    either.abort(reason);
  }
  const onAbort = () => abort(signal?.reason);
  const cancel = clock.after(ms, () => abort(new TimeoutError(`No answer within ${ms / 1000} s`)));
  signal?.addEventListener("abort", onAbort);
  try {
    signal?.throwIfAborted();
    return await Promise.race([work(either.signal), aborted.promise]);
  } finally {
    cancel();
    signal?.removeEventListener("abort", onAbort);
  }
}
