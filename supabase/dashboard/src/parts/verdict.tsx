import type { Overview } from "../api.ts";
import { capitalize, describeFreshness, describeNextTick, toneOf } from "../words.ts";
import { formatNumber } from "../format.ts";
import { useNow } from "../now.ts";
import { formatRoute } from "../route.ts";
import { Statement } from "./statement.tsx";
import { Time } from "./time.tsx";

const SHAPES = { good: "✓", busy: "↻", warn: "‖", bad: "!" };

/** Is it well, why not, and what mends it: the first thing one sees. */
export function Verdict({ overview }: { overview: Overview }) {
  const now = useNow();
  const tone = toneOf(overview.verdict);
  const freshness = describeFreshness(overview, now);
  const { counts } = overview;
  return (
    <section class={`panel verdict ${tone}`} aria-labelledby="verdict">
      <span class="shape" aria-hidden="true">{SHAPES[tone]}</span>
      <div class="what">
        <h1 id="verdict">{capitalize(overview.verdict)}</h1>
        {overview.reason && <p>{overview.reason}</p>}
        {overview.what_to_do && <Statement text={overview.what_to_do} />}
        {overview.cause_fingerprint && (
          <p>
            <a href={formatRoute(["not-current"], { cause: overview.cause_fingerprint })}>Which applications it is</a>
          </p>
        )}
      </div>
      <dl class="facts">
        <div>
          <dt>Freshness</dt>
          <dd class={freshness.tone === "good" ? "" : freshness.tone}>{freshness.text}</dd>
        </div>
        <div>
          <dt>Last completed</dt>
          <dd>
            <Time at={overview.last_completed_at} age />
          </dd>
        </div>
        <div>
          <dt>Next tick</dt>
          <dd>{describeNextTick(overview, now)}</dd>
        </div>
        <div>
          <dt>Applications</dt>
          <dd>
            {counts.synced_is_about ? "about " : ""}
            {formatNumber(counts.synced + counts.pending + counts.failed + counts.parked + counts.gone)}
          </dd>
        </div>
      </dl>
    </section>
  );
}
