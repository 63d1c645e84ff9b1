import { useEffect, useState } from "preact/hooks";
import type { Polled } from "../poll.ts";
import { formatDuration } from "../format.ts";

/** Says, above what is shown, that it is old and why. */
export function Stale({ polled: { value, error, at, refresh } }: { polled: Polled<unknown> }) {
  const [own, setOwn] = useState(Date.now());
  const wrong = value !== undefined && error !== undefined;
  useEffect(() => {
    if (!wrong) return;
    setOwn(Date.now());
    const timer = setInterval(() => setOwn(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [wrong]);
  return (
    <div role="status">
      {wrong && (
        <p class="stale">
          {error.message}. What you see is {formatDuration(Math.max(0, own - (at ?? own)) / 1000)}{" "}
          old; it is asked for again by itself. <button type="button" class="quiet" onClick={refresh}>Try now</button>
        </p>
      )}
    </div>
  );
}
