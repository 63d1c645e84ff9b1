import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "./client.ts";

/** What is known, from when it is, and what stands in the way of knowing more. */
export interface Polled<Value> {
  value: Value | undefined;
  error: ApiError | undefined;
  /** When `value` was true, in milliseconds since 1970. */
  at: number | undefined;
  refresh(): void;
}

/** What could not be asked, as nobody answered, is asked again so soon. */
const OFFLINE_MS = 15_000;

/**
 * Asks again and again, one call at a time, `pause(value)` milliseconds after each answer; null: only once, if there is
 * one. A hidden tab asks nothing, and at once when it is seen again. `key` names what is asked for: another key starts
 * anew.
 */
export function usePoll<Value>(
  load: (signal: AbortSignal) => Promise<Value>,
  key: string,
  pause: (value: Value | undefined) => number | null,
): Polled<Value> {
  const [known, setKnown] = useState<{ key: string; value?: Value; error?: ApiError; at?: number }>({ key });
  const [again, setAgain] = useState(0);
  const steps = useRef({ load, pause });
  steps.current = { load, pause };
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asking = false;
    const ask = async () => {
      if (asking || stop.signal.aborted || document.hidden) return;
      asking = true;
      clearTimeout(timer);
      let value: Value | undefined;
      let wrong: ApiError | undefined;
      try {
        value = await steps.current.load(stop.signal);
        if (!stop.signal.aborted) setKnown({ key, value, at: Date.now() });
      } catch (error) {
        const problem = wrong = toApiError(error);
        // What was known stays on the page, with its age; the error is said beside it.
        if (!stop.signal.aborted) {
          setKnown((before) => ({ ...(before.key === key ? before : { key }), error: problem }));
        }
      }
      asking = false;
      const usual = steps.current.pause(value);
      const wait = wrong?.kind === "offline" ? Math.min(usual ?? OFFLINE_MS, OFFLINE_MS) : usual;
      if (wait !== null && !stop.signal.aborted) timer = setTimeout(ask, wait);
    };
    document.addEventListener("visibilitychange", ask);
    addEventListener("online", ask);
    ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", ask);
      removeEventListener("online", ask);
    };
  }, [key, again]);
  const refresh = useCallback(() => setAgain((count) => count + 1), []);
  const current = known.key === key ? known : undefined;
  return { value: current?.value, error: current?.error, at: current?.at, refresh };
}

/** Asks again when what it depends on has changed; not when it is first shown, as it has just been asked for. */
export function useRefresh(refresh: () => void, cause: unknown): void {
  const known = useRef(cause);
  useEffect(() => {
    if (known.current !== cause) refresh();
    known.current = cause;
  }, [cause]);
}

function toApiError(error: unknown): ApiError {
  return error instanceof ApiError
    ? error
    : new ApiError("The page made a mistake: see the browser's console", "failed");
}
