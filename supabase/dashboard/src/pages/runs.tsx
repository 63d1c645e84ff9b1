import { useState } from "preact/hooks";
import type { ListedRun } from "../api.ts";
import { formatCount, formatDuration, formatNumber, formatTime } from "../format.ts";
import { useNow } from "../now.ts";
import type { PageProps } from "../page_props.ts";
import { Loaded } from "../parts/loaded.tsx";
import { Select } from "../parts/select.tsx";
import { type ShownColumn, Table } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { usePoll } from "../poll.ts";
import { formatRoute, go } from "../route.ts";
import { toneOfRun } from "../words.ts";

const PAGE_SIZE = 100;
/** Of one answer of the Data API, at most. */
const LARGEST = 200;
const REFRESH_MS = 15_000;

const COLUMNS: ShownColumn<ListedRun>[] = [
  {
    heading: "Started",
    text: (run) => run.started_at,
    show: (run) => (
      <a href={formatRoute(["runs", run.id])}>
        <Time at={run.started_at} />
      </a>
    ),
  },
  { heading: "Outcome", text: (run) => run.outcome, show: (run) => <span class={toneOfRun(run)}>{run.outcome}</span> },
  { heading: "Trigger", text: (run) => run.trigger },
  { heading: "Since", text: (run) => run.since },
  { heading: "Took", text: (run) => run.seconds, show: (run) => formatDuration(run.seconds), number: true },
  { heading: "Found", text: (run) => run.found, show: (run) => show(run.found), number: true },
  { heading: "Synced", text: (run) => run.synced, show: (run) => show(run.synced), number: true },
  { heading: "Failed", text: (run) => run.failed, show: (run) => show(run.failed), number: true },
  { heading: "What came of it", text: (run) => run.words },
];

/** All runs, newest first, by outcome, trigger and time. */
export function RunsPage({ api, route }: PageProps) {
  const { outcome, trigger, from, to } = route.query;
  const now = useNow();
  const choice = {
    ...(outcome && { outcome }),
    ...(trigger && { trigger }),
    ...(from && { since: from }),
    ...(to && { until: to }),
  };
  const key = JSON.stringify(choice);
  const [older, setOlder] = useState<{ key: string; rows: ListedRun[] }>({ key, rows: [] });
  const polled = usePoll((signal) => api.runs({ ...choice, page_size: PAGE_SIZE }, signal), key, () => REFRESH_MS);
  const pick = (changes: Record<string, string | undefined>) => go(["runs"], { ...route.query, ...changes });
  const all = async () => {
    const rows: ListedRun[] = [];
    for (;;) {
      const before = rows.at(-1)?.started_at;
      const page = await api.runs({ ...choice, page_size: LARGEST, ...(before && { before }) });
      rows.push(...page.rows);
      if (page.rows.length < LARGEST) return rows;
    }
  };
  return (
    <section class="panel">
      <header class="row">
        <h1>Runs</h1>
        <Select
          label="Outcome"
          value={outcome}
          options={["completed", "failed", "cancelled", "running"]}
          pick={(outcome) => pick({ outcome })}
        />
        <Select
          label="Trigger"
          value={trigger}
          options={["schedule", "manual", "reconciliation"]}
          pick={(trigger) => pick({ trigger })}
        />
        {from && to && (
          <span>
            {formatTime(from, now)} to {formatTime(to, now)}{" "}
            <a href={formatRoute(["runs"], { outcome, trigger })}>Any time</a>
          </span>
        )}
      </header>
      <Loaded polled={polled} what="the runs">
        {({ rows, total }) => {
          const shown = older.key === key ? merge(rows, older.rows) : rows;
          const more = async () => {
            const before = shown.at(-1)!.started_at;
            const page = await api.runs({ ...choice, page_size: PAGE_SIZE, before });
            setOlder({ key, rows: [...(older.key === key ? older.rows : []), ...page.rows] });
          };
          return (
            <>
              <p class="faint">
                {formatCount(total, "run")}
                {shown.length < total && `, the newest ${formatNumber(shown.length)} of them here`}
              </p>
              <Table
                caption="Runs"
                columns={COLUMNS}
                rows={shown}
                keyOf={(run) => run.id}
                empty="No run is like that. Choose another outcome, trigger or time."
                all={all}
              />
              {shown.length < total && <button type="button" onClick={more}>Show more</button>}
            </>
          );
        }}
      </Loaded>
    </section>
  );
}

/** Newly polled ones first; one that is in both is as it is now. */
function merge(newest: ListedRun[], older: ListedRun[]): ListedRun[] {
  const known = new Set(newest.map(({ id }) => id));
  return [...newest, ...older.filter(({ id }) => !known.has(id))];
}

function show(count: number | null): string {
  return count === null ? "" : formatNumber(count);
}
