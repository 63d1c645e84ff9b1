import { useMemo, useRef } from "preact/hooks";
import type { Bucket } from "../api.ts";
import {
  addUp,
  countRuns,
  describeApplications,
  describeDuration,
  describeFreshness,
  describeRuns,
} from "../buckets.ts";
import { formatDuration, formatNumber, formatSpan } from "../format.ts";
import { useNow } from "../now.ts";
import type { PageProps } from "../page_props.ts";
import { usePoll, useRefresh } from "../poll.ts";
import { nameRange, RANGES, readRange, toQuery } from "../ranges.ts";
import { formatRoute, go, type Route } from "../route.ts";
import { Chart } from "./chart.tsx";
import type { Series } from "./chart_props.ts";
import { HistoryTable, toRunsQuery } from "./history_table.tsx";
import { Loaded } from "./loaded.tsx";

/** Data grow old also where no run ends. */
const REFRESH_MS = 5 * 60_000;

/** By how much the viewer's clock is ahead of UTC. */
const offsetAt = (now: number) => -new Date(now).getTimezoneOffset() * 60_000;

/** The charts of a range: runs, how long they took, applications, freshness. */
export function History({ api, overview, route }: Pick<PageProps, "api" | "overview" | "route">) {
  const now = useNow();
  const range = readRange(route.query, now, offsetAt(now));
  const { since, until, buckets, dragged } = range;
  const name = nameRange(route.query);
  const { from, to } = toQuery(range);
  const polled = usePoll(
    (signal) => api.history(from, to, buckets, signal),
    dragged ? `${from} ${to}` : name,
    () => REFRESH_MS,
  );
  useRefresh(polled.refresh, overview.last_completed_at);
  // Until the next range is there the one before stays: nothing jumps.
  const before = useRef<Bucket[] | undefined>(undefined);
  if (polled.value) before.current = polled.value;
  const shown = polled.value ?? (polled.error ? undefined : before.current);
  return (
    <section
      class="panel"
      aria-labelledby="history"
      aria-busy={polled.value === undefined && polled.error === undefined}
    >
      <header class="row">
        <h2 id="history">History</h2>
        <nav class="choices" aria-label="How far back">
          {RANGES.map(({ name: other, words }) => (
            <a
              key={other}
              href={formatRoute(route.path, { range: other })}
              aria-current={!dragged && name === other ? "true" : undefined}
            >
              {words}
            </a>
          ))}
        </nav>
        <span class="faint">{formatSpan(since, until, now)}</span>
        {dragged
          ? <a href={formatRoute(route.path, { range: route.query.range })}>Zoom out</a>
          : <span class="faint hint">Drag over a chart to zoom, click it for its runs</span>}
      </header>
      <Loaded polled={{ ...polled, value: shown }} what="the history">
        {(rows) => <Charts rows={rows} route={route} />}
      </Loaded>
    </section>
  );
}

function Charts({ rows, route }: { rows: Bucket[]; route: Route }) {
  const now = useNow();
  const charts = useMemo(() => toCharts(rows), [rows]);
  const [first] = rows;
  if (!first || rows.every((row) => countRuns(row) === 0 && row.freshness_seconds === null)) {
    return <p class="empty">No run began in this time.</p>;
  }
  const since = Date.parse(first.bucket_from) / 1000;
  const span = (row: Bucket) => formatSpan(row.bucket_from, row.bucket_to, now);
  const shared = {
    since,
    width: Date.parse(first.bucket_to) / 1000 - since,
    select: (from: number, to: number) =>
      go(route.path, { range: route.query.range, ...toQuery({ since: from, until: to }) }),
    open: (at: number) => rows[at] && go(["runs"], toRunsQuery(rows[at])),
  };
  const say = (describe: (row: Bucket) => string) => (at: number) => `${span(rows[at]!)}: ${describe(rows[at]!)}`;
  return (
    <>
      <div class="charts">
        <Chart {...shared} title="Runs" unit="count" series={charts.runs} describe={say(describeRuns)} />
        <Chart
          {...shared}
          title="Applications"
          unit="count"
          series={charts.applications}
          describe={say(describeApplications)}
        />
        <Chart
          {...shared}
          title="How long runs took"
          unit="seconds"
          series={charts.durations}
          describe={say(describeDuration)}
        />
        <Chart
          {...shared}
          title="Freshness"
          unit="seconds"
          series={charts.freshness}
          describe={say(describeFreshness)}
        />
      </div>
      <HistoryTable rows={rows} />
    </>
  );
}

function toCharts(rows: Bucket[]): Record<"runs" | "durations" | "applications" | "freshness", Series[]> {
  const totals = addUp(rows);
  const duration = (seconds: number | null) => seconds === null ? "–" : formatDuration(seconds);
  const bar = (
    label: "completed" | "failed" | "cancelled" | "synced" | "failures",
    color: Series["color"],
  ): Series => ({
    label,
    total: formatNumber(totals[label]),
    color,
    kind: "bar",
    values: rows.map((row) => row[label]),
  });
  return {
    runs: [bar("completed", "good-fill"), bar("failed", "bad-fill"), bar("cancelled", "warn-fill")],
    applications: [bar("synced", "good-fill"), bar("failures", "bad-fill")],
    durations: [
      {
        label: "average",
        total: duration(totals.seconds_avg),
        color: "busy",
        kind: "line",
        values: rows.map((row) => row.seconds_avg),
      },
      {
        label: "longest",
        total: duration(totals.seconds_max),
        color: "faint",
        kind: "line",
        values: rows.map((row) => row.seconds_max),
      },
    ],
    freshness: [{
      label: "age of the data, at its worst",
      total: duration(totals.freshness_seconds),
      color: "busy",
      kind: "area",
      values: rows.map((row) => row.freshness_seconds),
    }],
  };
}
