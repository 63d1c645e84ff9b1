import { useNow } from "../now.ts";
import type { PageProps } from "../page_props.ts";
import { formatRoute } from "../route.ts";
import { capitalize, describeFreshness, describeNextTick, SHAPES, toneOf } from "../words.ts";
import { QuickActions } from "./quick_actions.tsx";
import { Statement } from "./statement.tsx";
import { Time } from "./time.tsx";

/** Is it well, why not, and what mends it: the first thing one sees. */
export function Verdict(props: PageProps) {
  const { overview } = props;
  const now = useNow();
  const tone = toneOf(overview.verdict);
  const freshness = describeFreshness(overview, now);
  return (
    <section class={`panel verdict ${tone}`} aria-labelledby="verdict">
      <span class="shape" aria-hidden="true">{SHAPES[tone]}</span>
      <div class="what">
        <h1 id="verdict">{capitalize(overview.verdict)}</h1>
        {overview.reason && <p>{overview.reason}</p>}
        {overview.cause_fingerprint && (
          <p>
            <a href={formatRoute(["not-current"], { fingerprint: overview.cause_fingerprint })}>
              Show the applications it is about
            </a>
          </p>
        )}
        {overview.what_to_do && <Statement text={overview.what_to_do} />}
      </div>
      <QuickActions {...props} />
      <dl class="facts">
        <div>
          <dt>Freshness</dt>
          <dd class={freshness.tone === "bad" ? "bad" : ""}>{freshness.text}</dd>
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
      </dl>
    </section>
  );
}
