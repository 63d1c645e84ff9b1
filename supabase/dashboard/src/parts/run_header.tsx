import type { Run } from "../api.ts";
import { formatDuration, formatNumber } from "../format.ts";
import { capitalize, describeAsked, describeTrigger, shapeOfRun, toneOfRun } from "../words.ts";
import { Time } from "./time.tsx";

/** How a run ended and what it was. */
export function RunHeader({ run }: { run: Run }) {
  const tone = toneOfRun(run);
  return (
    <section class={`panel verdict ${tone}`} aria-labelledby="outcome">
      <span class="shape" aria-hidden="true">{shapeOfRun(run)}</span>
      <div class="what">
        <h1 id="outcome">
          {capitalize(run.outcome)} <span class="faint">{describeTrigger(run.trigger).toLowerCase()} run</span>
        </h1>
        <p>{capitalize(run.words)}.</p>
        {run.reason && !run.words.includes(run.reason) && <p>{capitalize(run.reason)}</p>}
        {run.cancelled_by && (
          <p>
            Cancelled by {run.cancelled_by} at <Time at={run.cancelled_at} />.
          </p>
        )}
      </div>
      <dl class="facts">
        <div>
          <dt>Began</dt>
          <dd>
            <Time at={run.started_at} />{" "}
            <span class="faint">
              (<Time at={run.started_at} age />)
            </span>
          </dd>
        </div>
        <div>
          <dt>{run.outcome === "running" ? "Going on for" : "Took"}</dt>
          <dd>
            {formatDuration(run.seconds)} in {run.passes === 1 ? "one pass" : `${formatNumber(run.passes)} passes`}
          </dd>
        </div>
        <div>
          <dt>Asked by</dt>
          <dd>{describeAsked(run)}</dd>
        </div>
        <div>
          <dt>Changed since</dt>
          <dd>{run.since}{run.force ? ", everything again" : ""}</dd>
        </div>
        <div>
          <dt>Next schedule lists from here</dt>
          <dd>{run.watermark ? "yes" : "no"}</dd>
        </div>
      </dl>
    </section>
  );
}
