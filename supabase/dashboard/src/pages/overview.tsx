import type { PageProps } from "../page_props.ts";
import { Alerts } from "../parts/alerts.tsx";
import { History } from "../parts/history.tsx";
import { Running } from "../parts/running.tsx";
import { RunStrip } from "../parts/run_strip.tsx";
import { States } from "../parts/states.tsx";
import { Verdict } from "../parts/verdict.tsx";
import { formatRoute } from "../route.ts";

/** All at a glance. */
export function OverviewPage(props: PageProps) {
  const { overview } = props;
  return (
    <>
      <Verdict {...props} />
      <Running {...props} />
      <Alerts alerts={overview.alerts} />
      <section class="panel" aria-labelledby="last-runs">
        <header class="row">
          <h2 id="last-runs">Last runs</h2>
          <a class="end" href={formatRoute(["runs"])}>All runs</a>
        </header>
        <RunStrip runs={overview.runs} />
      </section>
      <States counts={overview.counts} />
      <History {...props} />
    </>
  );
}
