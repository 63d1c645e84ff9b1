import { capitalize, shapeOfRun, toneOfRun } from "../words.ts";

/** How a run ended: a shape and a word, in the colour of it. */
export function Outcome({ run }: { run: { outcome: string; failed: number | null } }) {
  return (
    <span class={`outcome ${toneOfRun(run)}`}>
      <span aria-hidden="true">{shapeOfRun(run)}</span> {capitalize(run.outcome)}
    </span>
  );
}
