import type { Bucket } from "../api.ts";
import { countRuns } from "../buckets.ts";
import { formatDuration, formatNumber, formatSpan } from "../format.ts";
import { useNow } from "../now.ts";
import { toQuery } from "../ranges.ts";
import { formatRoute } from "../route.ts";
import { type ShownColumn, Table } from "./table.tsx";

/** A bucket's runs, for the address. */
export function toRunsQuery(row: Bucket): { from: string; to: string } {
  return toQuery({ since: Date.parse(row.bucket_from), until: Date.parse(row.bucket_to) });
}

/** What the charts draw, for who cannot see them or wants the numbers; each line a way to its runs. */
export function HistoryTable({ rows }: { rows: Bucket[] }) {
  const now = useNow();
  return (
    <details>
      <summary>The same as a table</summary>
      <Table
        caption="History of the sync"
        keyOf={(row) => row.bucket_from}
        rows={rows.filter((row) => countRuns(row) > 0)}
        empty="No run began in this time."
        columns={[
          {
            heading: "Time",
            text: (row) => `${row.bucket_from} to ${row.bucket_to}`,
            show: (row) => (
              <a href={formatRoute(["runs"], toRunsQuery(row))}>{formatSpan(row.bucket_from, row.bucket_to, now)}</a>
            ),
          },
          count("Completed", (row) => row.completed),
          count("Failed", (row) => row.failed),
          count("Cancelled", (row) => row.cancelled),
          duration("Average duration", (row) => row.seconds_avg),
          duration("Longest", (row) => row.seconds_max),
          count("Synced", (row) => row.synced),
          count("Failures", (row) => row.failures),
          duration("Age of the data, at its worst", (row) => row.freshness_seconds),
        ]}
      />
    </details>
  );
}

function count(heading: string, text: (row: Bucket) => number): ShownColumn<Bucket> {
  return { heading, text, show: (row) => formatNumber(text(row)), number: true };
}

/** Seconds in the CSV, where they can be reckoned with. */
function duration(heading: string, text: (row: Bucket) => number | null): ShownColumn<Bucket> {
  const show = (row: Bucket) => {
    const seconds = text(row);
    return seconds === null ? "–" : formatDuration(seconds);
  };
  return { heading, text, show, number: true };
}
