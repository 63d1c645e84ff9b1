import type { Dispatch, Run, RunReport } from "../api.ts";
import { formatCount, formatDuration, formatNumber } from "../format.ts";
import type { PageProps } from "../page_props.ts";
import { Causes } from "../parts/causes.tsx";
import { Facts } from "../parts/facts.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Running } from "../parts/running.tsx";
import { Table } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { usePoll } from "../poll.ts";
import { capitalize, toneOfRun } from "../words.ts";

const RUNNING_MS = 2_000;

/** One run with all that is known of it. */
export function RunPage(props: PageProps & { run: string }) {
  const { api, overview, run } = props;
  const polled = usePoll(
    (signal) => api.run(run, signal),
    `${run} ${overview.running?.id === run}`,
    (report) => report?.run.outcome === "running" ? RUNNING_MS : null,
  );
  return (
    <>
      {overview.running?.id === run && <Running {...props} />}
      <Loaded polled={polled} what="this run">{(report) => <Report report={report} />}</Loaded>
    </>
  );
}

function Report({ report: { run, dispatches, warnings, errors, changes } }: { report: RunReport }) {
  return (
    <>
      <section class="panel">
        <h1>
          {run.trigger === "schedule" ? "Scheduled run" : capitalize(`${run.trigger} run`)}:{" "}
          <span class={toneOfRun(run)}>{run.outcome}</span>
        </h1>
        <p>{run.words}</p>
        {run.reason && run.reason !== run.words && <p class="bad">{run.reason}</p>}
        <Facts facts={listFacts(run, changes)} />
      </section>
      {warnings.length > 0 && (
        <section class="panel">
          <h2>{formatCount(warnings.length, "warning")}</h2>
          <ul>{warnings.map((text) => <li key={text}>{text}</li>)}</ul>
        </section>
      )}
      {errors.length > 0 && (
        <section class="panel">
          <h2>What failed, by cause</h2>
          <Causes causes={errors.map(({ count, ...cause }) => ({ ...cause, applications: count }))} />
        </section>
      )}
      <section class="panel">
        <h2>How the function was called</h2>
        <Dispatches dispatches={dispatches} />
      </section>
    </>
  );
}

function listFacts(run: Run, changes: number): [string, preact.ComponentChildren][] {
  const number = (value: number | null) => value === null ? "not known yet" : formatNumber(value);
  const asked = run.asked_by && `${run.asked_by.email ?? run.asked_by.role}`;
  const some = (value: number, label: string): [string, string][] => value > 0 ? [[label, formatNumber(value)]] : [];
  return [
    ["Started", <Time key="started" at={run.started_at} />],
    ["Ended", run.completed_at === null ? "not yet" : <Time key="ended" at={run.completed_at} />],
    ["Took", `${formatDuration(run.seconds)} in ${formatCount(Math.max(1, run.passes), "pass", "passes")}`],
    ["Listed since", `${run.listed_since ?? run.since}${run.force ? ", everything again" : ""}`],
    ["Asked for by", asked ?? (run.trigger === "manual" ? "somebody with a key" : "the schedule")],
    ["OCC listed", number(run.found)],
    ["Of these current already", formatNumber(run.unchanged)],
    ["To be fetched", formatNumber(run.enqueued)],
    ["Fetched", number(run.fetched)],
    ["Could not be fetched", number(run.fetch_failures)],
    ["Stored", number(run.synced)],
    ["Could not be stored", number(run.upsert_failures)],
    ["Really changed", formatNumber(changes)],
    ...some(run.parked, "Parked"),
    ...some(run.locked, "Locked by somebody"),
    ...some(run.missing, "Missing from the list"),
    ...some(run.gone, "Gone at OCC"),
    ...(run.changes_missed === null
      ? []
      : [["Changes the runs had missed", formatNumber(run.changes_missed)] as [string, string]]),
  ];
}

function Dispatches({ dispatches }: { dispatches: Dispatch[] }) {
  return (
    <Table
      caption="Calls of the function"
      rows={dispatches}
      keyOf={({ id }) => String(id)}
      empty="The database did not call the function for it: somebody called it directly, or the record of the call is gone."
      columns={[
        { heading: "When", text: (row) => row.dispatched_at, show: (row) => <Time at={row.dispatched_at} /> },
        { heading: "For", text: (row) => row.trigger === "next_pass" ? "its next pass" : row.trigger },
        { heading: "Outcome", text: (row) => row.outcome ?? "not answered yet" },
        { heading: "HTTP", text: (row) => row.status_code, number: true },
        { heading: "Answer", text: (row) => row.message },
      ]}
    />
  );
}
