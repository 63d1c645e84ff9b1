/** What the platform says of the end of its worker, while there is still time to end a pass well. */
export interface WorkerEnd {
  /** It is about to be ended: what is in flight is given back. */
  shutdown: AbortSignal;
  /** Most of the CPU time it may use is used: nothing more is started, what is in flight needs little of it. */
  isSpent(): boolean;
}

/** Listens to `beforeunload`, which the platform sends at 90 % of a limit, with the limit's name as its reason. */
export function watchWorkerEnd(target: EventTarget): WorkerEnd {
  const shutdown = new AbortController();
  let spent = false;
  target.addEventListener("beforeunload", (event) => {
    if (event instanceof CustomEvent && event.detail?.reason === "cpu") spent = true;
    else shutdown.abort(new Error("the worker is shutting down"));
  });
  return { shutdown: shutdown.signal, isSpent: () => spent };
}
