import { useState } from "preact/hooks";
import type { ApplicationReport, State } from "../api.ts";
import type { PageProps } from "../page_props.ts";
import { ForgetDialog, RetryDialog } from "../parts/bulk_dialogs.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Stale } from "../parts/stale.tsx";
import { StateTag } from "../parts/state_tag.tsx";
import { Statuses } from "../parts/statuses.tsx";
import { StoredRow } from "../parts/stored_row.tsx";
import { Timeline } from "../parts/timeline.tsx";
import { Why } from "../parts/why.tsx";
import { usePoll } from "../poll.ts";
import { formatRoute } from "../route.ts";
import type { Offer } from "../sentences.ts";

const REFRESH_MS = 15_000;
/** Of the others the last sentence offers to fetch it. */
const FAILED: State[] = ["failed", "parked", "gone"];

/** One application: why it is as it is, what can be done, what is stored, and what became of it. */
export function ApplicationPage({ api, application, overview, refresh }: PageProps & { application: string }) {
  const [asked, setAsked] = useState<Offer>();
  const why = usePoll((signal) => api.explain(application, signal), application, () => REFRESH_MS);
  const report = usePoll((signal) => api.application(application, signal), application, () => REFRESH_MS);
  const done = () => {
    why.refresh();
    report.refresh();
    refresh();
  };
  const dialog = { api, done, close: () => setAsked(undefined) };
  const act = async () => {
    const { message } = await (asked === "resume" ? api.resume() : api.request([application]));
    done();
    return message;
  };
  const { stored, state } = report.value ?? { stored: null, state: null };
  return (
    <>
      <section class="panel" aria-labelledby="application">
        <a href={formatRoute(["not-current"])}>All that is not current</a>
        <header class="row headed">
          <h1 id="application">{application}</h1>
          {state && <StateTag state={state.state} />}
          {stored && <span class="faint">{describe(stored)}</span>}
          {overview.operator && state && FAILED.includes(state.state) && (
            <button
              type="button"
              class="end"
              onClick={() => setAsked("request")}
            >
              Fetch now
            </button>
          )}
        </header>
        <Stale polled={why} />
        <Loaded polled={why} what="why it is as it is">
          {(lines) => (
            <Why sentences={lines.map(({ sentence }) => sentence)} ask={overview.operator ? setAsked : undefined} />
          )}
        </Loaded>
      </section>
      <Loaded polled={report} what="the application">
        {(value) => <Report application={application} report={value} />}
      </Loaded>
      {asked === "request" && (
        <Confirm title={`Fetch ${application} now?`} verb="Fetch now" act={act} close={dialog.close}>
          <p>OCC is asked for it before all others, whatever is known of it.</p>
        </Confirm>
      )}
      {asked === "resume" && (
        <Confirm title="Resume the schedule?" verb="Resume" act={act} close={dialog.close}>
          <p>The next tick lists from where the last one began: nothing that changed meanwhile is lost.</p>
        </Confirm>
      )}
      {asked === "retry" && <RetryDialog {...dialog} choice={{ applications: [application] }} />}
      {asked === "forget" && <ForgetDialog {...dialog} applications={[application]} />}
    </>
  );
}

function describe({ applicationName, appStatusDesc, appStatusCode }: Record<string, string | null>): string {
  return [applicationName, appStatusDesc ?? appStatusCode].filter(Boolean).join(" · ");
}

function Report({ application, report }: { application: string; report: ApplicationReport }) {
  const { stored, history, more, statuses } = report;
  if (stored === null && history.length === 0) {
    return <p class="panel empty">Nothing is stored of it: once it is fetched, its row and its history stand here.</p>;
  }
  return (
    <div class="beside">
      <div>
        <Timeline application={application} history={history} more={more} />
        {statuses.length > 0 && <Statuses application={application} statuses={statuses} />}
      </div>
      {stored && <StoredRow stored={stored} />}
    </div>
  );
}
