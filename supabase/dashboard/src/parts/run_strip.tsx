import type { ShortRun } from "../api.ts";
import { formatRoute } from "../route.ts";
import { describeCell, toneOfRun } from "../words.ts";

/** The last runs, oldest first, one cell each: as high as it was long, hatched where it failed. */
export function RunStrip({ runs }: { runs: ShortRun[] }) {
  if (runs.length === 0) return <p class="empty">No sync has run yet. The next tick starts one.</p>;
  return (
    <ol class="strip" aria-label={`The last ${runs.length} runs, oldest first`}>
      {runs.map((run) => (
        <li key={run.id}>
          <a class={toneOfRun(run)} href={formatRoute(["runs", run.id])} title={describeCell(run)}>
            <span class="unseen">{describeCell(run)}</span>
          </a>
        </li>
      ))}
    </ol>
  );
}
