import { useMemo } from "preact/hooks";
import type { Bucket } from "../api.ts";
import { formatCount, formatDuration, formatNumber, formatTime } from "../format.ts";
import type { PageProps } from "../page_props.ts";
import { usePoll } from "../poll.ts";
import { useNow } from "../now.ts";
import { cut, RANGES, readRange, toQuery } from "../ranges.ts";
import { formatRoute, go } from "../route.ts";
import { Chart, type Series } from "./chart.tsx";
import { Loaded } from "./loaded.tsx";
import { Table } from "./table.tsx";

/** Often enough for what happens every five minutes. */
const REFRESH_MS = 60_000;

/** The charts of a range: runs with their duration, applications, freshness. */
export function History({ api, route }: Pick<PageProps, "api" | "route">) {
  const now = useNow();
  const { since, until, buckets } = readRange(route.query, now);
  const dragged = route.query.from !== undefined;
  const [from, to] = [new Date(since).toISOString(), new Date(until).toISOString()];
  const polled = usePoll(
    (signal) => api.history(from, to, buckets, signal),
    `${route.query.range ?? ""} ${dragged ? from + to : ""}`,
    () => REFRESH_MS,
  );
  return (
    <section class="panel" aria-labelledby="history">
      <header class="row">
        <h2 id="history">History</h2>
        <nav class="choices" aria-label="How far back">
          {RANGES.map(({ name, words }) => (
            <a
              key={name}
              href={formatRoute(route.path, { range: name })}
              aria-current={!dragged && (route.query.range ?? "day") === name ? "true" : undefined}
            >
              {words}
            </a>
          ))}
        </nav>
        {dragged && (
          <span>
            {formatTime(since, now)} to {formatTime(until, now)} <a href={formatRoute(route.path)}>Zoom out</a>
          </span>
        )}
      </header>
      <Loaded polled={polled} what="the history">{(rows) => <Charts rows={rows} route={route} />}</Loaded>
    </section>
  );
}

function Charts({ rows, route }: { rows: Bucket[] } & Pick<PageProps, "route">) {
  const now = useNow();
  const times = useMemo(() => rows.map(({ bucket_from }) => Date.parse(bucket_from) / 1000), [rows]);
  const charts = useMemo(() => toCharts(rows), [rows]);
  const width = rows[0] ? (Date.parse(rows[0].bucket_to) - Date.parse(rows[0].bucket_from)) / 1000 : 1;
  const shared = {
    times,
    width,
    select: (from: number, to: number) => go(route.path, toQuery(cut(from, to))),
    open: (bucket: number) => {
      const row = rows[bucket]!;
      go(["runs"], { from: row.bucket_from, to: row.bucket_to });
    },
  };
  const span = (row: Bucket) => `${formatTime(row.bucket_from, now)} to ${formatTime(row.bucket_to, now)}`;
  return (
    <>
      <Chart
        {...shared}
        title="Runs"
        series={charts.runs}
        format={(value) => Number.isInteger(value) ? formatNumber(value) : ""}
        formatRight={formatDuration}
        describe={(bucket) => `${span(rows[bucket]!)}: ${describeRuns(rows[bucket]!)}`}
      />
      <Chart
        {...shared}
        title="Applications"
        series={charts.applications}
        format={formatNumber}
        describe={(bucket) =>
          `${span(rows[bucket]!)}: ${formatNumber(rows[bucket]!.synced)} synced, ${
            formatCount(rows[bucket]!.failures, "failure")
          }`}
      />
      <Chart
        {...shared}
        title="Freshness"
        series={charts.freshness}
        format={formatDuration}
        describe={(bucket) => `${span(rows[bucket]!)}: ${describeFreshness(rows[bucket]!)}`}
      />
      <details>
        <summary>The same as a table</summary>
        <Table
          caption="History of the sync"
          keyOf={(row) => row.bucket_from}
          rows={rows.filter((row) => row.completed + row.failed + row.cancelled > 0)}
          empty="No run began in this time."
          columns={[
            { heading: "From", text: (row) => row.bucket_from, show: (row) => formatTime(row.bucket_from, now) },
            { heading: "To", text: (row) => row.bucket_to, show: (row) => formatTime(row.bucket_to, now) },
            { heading: "Completed", text: (row) => row.completed, number: true },
            { heading: "Failed", text: (row) => row.failed, number: true },
            { heading: "Cancelled", text: (row) => row.cancelled, number: true },
            { heading: "Longest (s)", text: (row) => row.seconds_max, number: true },
            { heading: "Synced", text: (row) => row.synced, show: (row) => formatNumber(row.synced), number: true },
            { heading: "Failures", text: (row) => row.failures, number: true },
            { heading: "Age of the data at its worst (s)", text: (row) => row.freshness_seconds, number: true },
          ]}
        />
      </details>
    </>
  );
}

function toCharts(rows: Bucket[]): Record<"runs" | "applications" | "freshness", Series[]> {
  return {
    runs: [
      { label: "completed", color: "--good", kind: "bar", stacked: true, values: rows.map((row) => row.completed) },
      { label: "failed", color: "--bad", kind: "bar", stacked: true, values: rows.map((row) => row.failed) },
      { label: "cancelled", color: "--warn", kind: "bar", stacked: true, values: rows.map((row) => row.cancelled) },
      { label: "longest", color: "--faint", kind: "line", right: true, values: rows.map((row) => row.seconds_max) },
    ],
    applications: [
      { label: "synced", color: "--good", kind: "bar", stacked: true, values: rows.map((row) => row.synced) },
      { label: "failures", color: "--bad", kind: "bar", stacked: true, values: rows.map((row) => row.failures) },
    ],
    freshness: [
      {
        label: "age of the data, at its worst",
        color: "--busy",
        kind: "line",
        values: rows.map((row) => row.freshness_seconds),
      },
    ],
  };
}

function describeRuns(row: Bucket): string {
  const runs = row.completed + row.failed + row.cancelled;
  if (runs === 0) return "no run";
  const parts = [
    `${row.completed} completed`,
    row.failed && `${row.failed} failed`,
    row.cancelled && `${row.cancelled} cancelled`,
  ];
  const longest = row.seconds_max === null ? "" : `, the longest took ${formatDuration(row.seconds_max)}`;
  return `${parts.filter(Boolean).join(", ")}${longest}`;
}

function describeFreshness(row: Bucket): string {
  if (row.freshness_seconds === null) return "nothing known";
  return `the data was at most ${formatDuration(row.freshness_seconds)} old`;
}
