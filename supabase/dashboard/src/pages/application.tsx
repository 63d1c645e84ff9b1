import { useState } from "preact/hooks";
import type { ApplicationReport, Choice } from "../api.ts";
import { formatDuration } from "../format.ts";
import type { PageProps } from "../page_props.ts";
import { Confirm } from "../parts/confirm.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { ForgetDialog, RetryDialog } from "../parts/retry_dialog.tsx";
import { Table } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { usePoll } from "../poll.ts";
import { formatRoute } from "../route.ts";

const REFRESH_MS = 15_000;

/** One application: why it is as it is, what is stored, and what became of it. */
export function ApplicationPage({ api, application, overview, refresh }: PageProps & { application: string }) {
  const [dialog, setDialog] = useState<"request" | "retry" | "forget">();
  const why = usePoll((signal) => api.explain(application, signal), application, () => REFRESH_MS);
  const report = usePoll((signal) => api.application(application, signal), application, () => REFRESH_MS);
  const close = () => setDialog(undefined);
  const done = () => {
    why.refresh();
    report.refresh();
    refresh();
  };
  const request = async () => {
    const { message } = await api.request([application]);
    done();
    return message;
  };
  const choice: Choice = { applications: [application] };
  return (
    <>
      <section class="panel">
        <header class="row">
          <h1>{application}</h1>
          {overview.operator && (
            <span class="row end">
              <button type="button" class="main" onClick={() => setDialog("request")}>Fetch now</button>
              {report.value?.state && (
                <>
                  <button type="button" onClick={() => setDialog("retry")}>Try again</button>
                  <button type="button" class="danger" onClick={() => setDialog("forget")}>Forget</button>
                </>
              )}
            </span>
          )}
        </header>
        <Loaded polled={why} what="why it is as it is">
          {(lines) => <ul class="why">{lines.map(({ line, sentence }) => <li key={line}>{sentence}</li>)}</ul>}
        </Loaded>
      </section>
      <Loaded polled={report} what="the application">
        {(value) => <Report application={application} report={value} />}
      </Loaded>
      {dialog === "request" && (
        <Confirm title={`Fetch ${application} now?`} verb="Fetch now" act={request} close={close}>
          <p>OCC is asked for it before all others, whatever is known of it.</p>
        </Confirm>
      )}
      {dialog === "retry" && <RetryDialog api={api} choice={choice} close={close} done={done} />}
      {dialog === "forget" && <ForgetDialog api={api} applications={[application]} close={close} done={done} />}
    </>
  );
}

function Report(
  { application, report: { stored, history, more, statuses } }: { application: string; report: ApplicationReport },
) {
  return (
    <>
      <section class="panel">
        <h2>What is stored</h2>
        {stored === null ? <p class="empty">Nothing is stored of it.</p> : (
          <dl class="facts">
            {Object.entries(stored).map(([attribute, value]) => (
              <div key={attribute}>
                <dt>{attribute}</dt>
                <dd>{value ?? <span class="none">none</span>}</dd>
              </div>
            ))}
          </dl>
        )}
      </section>
      <section class="panel">
        <h2>History</h2>
        <Table
          caption={`History of ${application}`}
          rows={history}
          keyOf={(change) => `${change.changed_at} ${change.attribute}`}
          empty="Nothing of it has changed since it was first stored."
          columns={[
            { heading: "When", text: (change) => change.changed_at, show: (change) => <Time at={change.changed_at} /> },
            { heading: "Attribute", text: (change) => change.attribute },
            {
              heading: "Was",
              text: (change) => change.old,
              show: (change) => change.old ?? <span class="none">none</span>,
            },
            {
              heading: "Is",
              text: (change) => change.new,
              show: (change) => change.new ?? <span class="none">none</span>,
            },
            {
              heading: "By",
              text: (change) => change.run ?? "somebody else",
              show: (change) => change.run ? <a href={formatRoute(["runs", change.run])}>a sync</a> : "somebody else",
            },
          ]}
        />
        {more && <p class="faint">Older changes are in sync_changes.</p>}
      </section>
      {statuses.length > 0 && (
        <section class="panel">
          <h2>Time in each status</h2>
          <Table
            caption={`Statuses of ${application}`}
            rows={statuses}
            keyOf={(status) => `${status.entered_at} ${status.status}`}
            empty="It has had no status yet."
            columns={[
              { heading: "Status", text: ({ status }) => status ?? "none" },
              {
                heading: "From",
                text: ({ entered_at }) => entered_at,
                show: ({ entered_at }) => entered_at ? <Time at={entered_at} /> : "not known",
              },
              {
                heading: "Until",
                text: ({ left_at }) => left_at,
                show: ({ left_at }) => left_at ? <Time at={left_at} /> : "now",
              },
              {
                heading: "For",
                text: ({ seconds }) => seconds,
                show: ({ seconds }) => seconds === null ? "not known" : formatDuration(seconds),
                number: true,
              },
            ]}
          />
        </section>
      )}
    </>
  );
}
