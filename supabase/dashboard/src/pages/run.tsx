import type { RunReport } from "../api.ts";
import { formatCount, formatNumber } from "../format.ts";
import type { PageProps } from "../page_props.ts";
import { Causes } from "../parts/causes.tsx";
import { Dispatches } from "../parts/dispatches.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Problem } from "../parts/problem.tsx";
import { RunHeader } from "../parts/run_header.tsx";
import { Running } from "../parts/running.tsx";
import { Stale } from "../parts/stale.tsx";
import { Sums } from "../parts/sums.tsx";
import { usePoll } from "../poll.ts";
import { formatRoute } from "../route.ts";

const RUNNING_MS = 2_000;
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** One run: how it ended, how its counts add up, who asked, what went wrong. Asked for again only while it goes on. */
export function RunPage(props: PageProps & { run: string }) {
  const { run } = props;
  if (!ID.test(run)) {
    return (
      <Problem alone title="There is no such run" text={`"${run}" is not the id of a run.`}>
        <a href={formatRoute(["runs"])}>All runs</a>
      </Problem>
    );
  }
  return <KnownRun {...props} key={run} />;
}

function KnownRun(props: PageProps & { run: string }) {
  const { api, overview, run } = props;
  const polled = usePoll(
    (signal) => api.run(run, signal),
    run,
    (report) => report?.run.outcome === "running" ? RUNNING_MS : null,
  );
  return (
    <>
      <div>
        <Neighbours runs={overview.runs} run={run} />
        <Stale polled={polled} />
      </div>
      <Loaded polled={polled} what="the run" alone>
        {(report) => (
          <>
            <RunHeader run={report.run} />
            {overview.running?.id === run && <Running {...props} />}
            <Report {...report} />
          </>
        )}
      </Loaded>
    </>
  );
}

/** The way back, and to the run before and after, as far as the overview knows them. */
function Neighbours({ runs, run }: { runs: PageProps["overview"]["runs"]; run: string }) {
  const at = runs.findIndex(({ id }) => id === run);
  const [before, after] = at < 0 ? [] : [runs[at - 1], runs[at + 1]];
  return (
    <nav class="row" aria-label="Runs">
      <a href={formatRoute(["runs"])}>All runs</a>
      <span class="end row">
        {before && <a href={formatRoute(["runs", before.id])}>← Earlier run</a>}
        {after && <a href={formatRoute(["runs", after.id])}>Later run →</a>}
      </span>
    </nav>
  );
}

function Report({ run, errors, warnings, dispatches, changes }: RunReport) {
  return (
    <>
      <section class="panel" aria-labelledby="counts">
        <h2 id="counts">What it did</h2>
        <Sums run={run} />
        {run.outcome !== "running" && (
          <p>
            {changes === 0
              ? "Of what was stored before, nothing changed."
              : `Of what was stored before, ${formatCount(changes, "application")} changed.`}
            {run.parked > 0 && ` ${formatNumber(run.parked)} of the failed have failed for a day and are parked.`}
            {run.missing > 0 &&
              ` ${
                formatCount(run.missing, "stored application was", "stored applications were")
              } missing from the list and asked for, to see whether OCC still has them.`}
            {run.changes_missed !== null &&
              ` It found ${formatCount(run.changes_missed, "change")} that the scheduled runs had missed.`}
          </p>
        )}
      </section>
      {errors.length > 0 && <Causes errors={errors} />}
      {warnings.length > 0 && (
        <section class="panel" aria-labelledby="warnings">
          <h2 id="warnings">{formatCount(warnings.length, "warning")}</h2>
          <ul class="warnings">{warnings.map((warning) => <li key={warning}>{warning}</li>)}</ul>
        </section>
      )}
      <Dispatches dispatches={dispatches} />
    </>
  );
}
