import { capitalize, type Tone, toneOfRun } from "../words.ts";

const SHAPES: Record<Tone, string> = { good: "✓", busy: "↻", warn: "◐", bad: "✕" };

/** How a run ended: a shape and a word, in the colour of it. */
export function Outcome({ run }: { run: { outcome: string; failed: number | null } }) {
  const tone = toneOfRun(run);
  const shape = run.outcome === "cancelled" ? "■" : SHAPES[tone];
  return (
    <span class={`outcome ${tone}`}>
      <span aria-hidden="true">{shape}</span> {capitalize(run.outcome)}
    </span>
  );
}
