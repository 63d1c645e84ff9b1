import { useState } from "preact/hooks";
import type { PageProps } from "../page_props.ts";
import { formatCount, formatDuration, formatNumber, formatRate, formatShare } from "../format.ts";
import { useNow } from "../now.ts";
import { formatRoute } from "../route.ts";
import { capitalize, describeLeft } from "../words.ts";
import { Confirm } from "./confirm.tsx";

/** The run that is going on, as far as it can be known. */
export function Running({ api, overview, refresh }: PageProps) {
  const [asking, setAsking] = useState(false);
  const now = useNow();
  const run = overview.running;
  if (!run) return asking ? <CancelDialog api={api} close={() => setAsking(false)} refresh={refresh} /> : null;
  const whole = run.remaining === null ? null : run.done + run.remaining;
  const seconds = (now - new Date(run.started_at).getTime()) / 1000;
  return (
    <section class="panel running" aria-labelledby="running">
      <header class="row">
        <h2 id="running">
          <a href={formatRoute(["runs", run.id])}>A {run.trigger === "schedule" ? "scheduled" : run.trigger} run</a>
          {" "}
          is going on
        </h2>
        <span class="faint">
          since {run.since}
          {run.force ? ", everything again" : ""} · pass {formatNumber(Math.max(1, run.passes))} · for{" "}
          {formatDuration(seconds)}
        </span>
        {overview.operator && run.cancelled_by === null && (
          <button
            type="button"
            class="end"
            onClick={() => setAsking(true)}
          >
            Cancel this run
          </button>
        )}
      </header>
      {whole === null
        ? <progress aria-label="Progress of the run" />
        : <progress aria-label="Progress of the run" value={run.done} max={Math.max(1, whole)} />}
      <div class="row">
        {whole !== null && (
          <strong>
            {formatNumber(run.done)} of {formatCount(whole, "application")} ({formatShare(run.done, whole)})
          </strong>
        )}
        <span>{describeLeft(run)}</span>
        {run.per_second !== null && <span class="faint">{formatRate(run.per_second)} a second</span>}
        {run.failed > 0 && <span class="bad">{formatCount(run.failed, "failure")}</span>}
        <span class={run.phase === "stalled" ? "bad" : "faint"}>
          {run.phase === "stalled" ? capitalize(run.waits_for) : `Waits for ${run.waits_for}`}
        </span>
      </div>
      {asking && <CancelDialog api={api} close={() => setAsking(false)} refresh={refresh} />}
    </section>
  );
}

function CancelDialog({ api, close, refresh }: Pick<PageProps, "api" | "refresh"> & { close(): void }) {
  const act = async () => {
    const { message } = await api.cancel();
    refresh();
    return message;
  };
  return (
    <Confirm title="Cancel this run?" verb="Cancel the run" danger act={act} close={close}>
      <p>
        It stops within half a minute. What is stored stays, and what it had not come to is done by the next tick. To
        stop that too, pause the schedule first.
      </p>
    </Confirm>
  );
}
