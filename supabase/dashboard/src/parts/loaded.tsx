import type { ComponentChildren } from "preact";
import type { Polled } from "../poll.ts";
import { Problem } from "./problem.tsx";

interface LoadedProps<Value> {
  polled: Polled<Value>;
  what: string;
  /** Whether it is all there is on the page. */
  alone?: boolean;
  children(value: Value): ComponentChildren;
}

/** Shows what was loaded; before that, or in its place, says in words that it is loading or why it cannot be. */
export function Loaded<Value>({ polled, what, alone = false, children }: LoadedProps<Value>) {
  const { value, error, refresh } = polled;
  if (value !== undefined) return <>{children(value)}</>;
  if (!error) return <p class="loading" role="status">Loading {what}…</p>;
  return (
    <Problem
      title={`Cannot load ${what}`}
      text={`${error.message}.${error.hint ? ` ${error.hint}` : ""}`}
      alone={alone}
    >
      <button type="button" onClick={refresh}>Try again</button>
    </Problem>
  );
}
