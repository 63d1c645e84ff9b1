import { useState } from "preact/hooks";
import type { ShortRun } from "../api.ts";
import { useNow } from "../now.ts";
import { formatRoute } from "../route.ts";
import { describeCell, describeStrip, heightOf, toneOfRun } from "../words.ts";
import { Time } from "./time.tsx";

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

/**
 * The last runs, oldest first, one cell each: as high as it was long, hatched where it failed, hollow where it was
 * cancelled. One stop of the Tab key; the arrow keys go on from there.
 */
export function RunStrip({ runs }: { runs: ShortRun[] }) {
  const now = useNow();
  const [shown, setShown] = useState<string>();
  const [stop, setStop] = useState<string>();
  if (runs.length === 0) return <p class="empty">No sync has run yet. The next tick starts one.</p>;
  const last = runs.length - 1;
  const stopAt = runs.findIndex(({ id }) => id === stop);
  const longest = Math.max(...runs.map(({ seconds }) => seconds));
  const move = (event: KeyboardEvent, at: number) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const list = (event.currentTarget as HTMLElement).closest("ol")!;
    list.querySelectorAll("a")[Math.min(last, Math.max(0, at + step))]?.focus();
  };
  const run = runs.find(({ id }) => id === shown);
  return (
    <>
      <ol
        class="strip"
        aria-label={`The last ${runs.length} runs, oldest first`}
        onPointerLeave={() => setShown(undefined)}
      >
        {runs.map((run, at) => (
          <li key={run.id}>
            <a
              class={`${toneOfRun(run)} ${run.outcome}`}
              href={formatRoute(["runs", run.id])}
              tabIndex={at === (stopAt < 0 ? last : stopAt) ? 0 : -1}
              aria-label={describeCell(run, now)}
              onPointerEnter={() => setShown(run.id)}
              onFocus={() => {
                setShown(run.id);
                setStop(run.id);
              }}
              onBlur={() => setShown(undefined)}
              onKeyDown={(event) => move(event, at)}
            >
              <span style={{ height: `${heightOf(run.seconds, longest)}%` }} />
            </a>
          </li>
        ))}
      </ol>
      <p class="readout" aria-hidden="true">
        {run ? describeCell(run, now) : (
          <>
            {describeStrip(runs)}; the oldest began <Time at={runs[0]!.started_at} age />
          </>
        )}
      </p>
    </>
  );
}
