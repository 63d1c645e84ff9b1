import type { PageProps } from "../page_props.ts";
import { Alerts } from "../parts/alerts.tsx";
import { History } from "../parts/history.tsx";
import { QuickActions } from "../parts/quick_actions.tsx";
import { Running } from "../parts/running.tsx";
import { RunStrip } from "../parts/run_strip.tsx";
import { States } from "../parts/states.tsx";
import { Verdict } from "../parts/verdict.tsx";

/** All at a glance. */
export function OverviewPage(props: PageProps) {
  const { overview } = props;
  return (
    <>
      <Verdict overview={overview} />
      <Alerts alerts={overview.alerts} />
      <Running {...props} />
      <section class="panel" aria-labelledby="last-runs">
        <header class="row">
          <h2 id="last-runs">Last runs</h2>
          <QuickActions {...props} />
        </header>
        <RunStrip runs={overview.runs} />
      </section>
      <States counts={overview.counts} />
      <History {...props} />
    </>
  );
}
