import type { ComponentChildren } from "preact";
import type { Polled } from "../poll.ts";
import { Problem } from "./problem.tsx";

/** Shows what was loaded; before that, or in its place, says in words that it is loading or why it cannot be. */
export function Loaded<Value>(
  { polled, what, children }: { polled: Polled<Value>; what: string; children: (value: Value) => ComponentChildren },
) {
  const { value, error, refresh } = polled;
  if (value !== undefined) return <>{children(value)}</>;
  if (!error) return <p class="loading" role="status">Loading {what}…</p>;
  return (
    <Problem title={`Cannot load ${what}`} text={`${error.message}.${error.hint ? ` ${error.hint}` : ""}`}>
      <button type="button" onClick={refresh}>Try again</button>
    </Problem>
  );
}
