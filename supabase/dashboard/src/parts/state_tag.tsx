import type { State } from "../api.ts";
import { capitalize } from "../words.ts";

const SHAPES: Record<State, string> = { synced: "✓", pending: "…", failed: "✕", parked: "‖", gone: "∅" };

/** An application's state: its word, its shape and its colour. */
export function StateTag({ state }: { state: State }) {
  return (
    <span class={`state ${state}`}>
      <span aria-hidden="true">{SHAPES[state]}</span> {state === "synced" ? "Current" : capitalize(state)}
    </span>
  );
}
