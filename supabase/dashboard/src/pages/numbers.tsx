import type { Statistics } from "../api.ts";
import { formatCount, formatNumber, formatShare } from "../format.ts";
import type { PageProps } from "../page_props.ts";
import { Loaded } from "../parts/loaded.tsx";
import { type ShownColumn, Table } from "../parts/table.tsx";
import { usePoll } from "../poll.ts";
import { capitalize } from "../words.ts";

const DAYS = 30;
/** What it counts changes by the minute, and costs a look at every application. */
const REFRESH_MS = 300_000;

/** The specification's statistics: applications by status and branch, and how many change. */
export function NumbersPage({ api }: PageProps) {
  const polled = usePoll((signal) => api.statistics(DAYS, signal), "statistics", () => REFRESH_MS);
  return (
    <Loaded polled={polled} what="the numbers">
      {(numbers) => (
        <>
          <section class="panel">
            <h1>{formatCount(numbers.total, "application")}</h1>
            <p class="faint">{formatNumber(numbers.stored_today)} stored for the first time today</p>
          </section>
          <div class="columns">
            <Counts title="By status" name="Status" total={numbers.total} rows={listStatuses(numbers)} />
            <Counts title="By branch" name="Branch" total={numbers.total} rows={listBranches(numbers)} />
          </div>
          <Counts
            title={`Changes a day, the last ${DAYS} days`}
            name="Day"
            rows={listDays(numbers)}
            unit="attribute"
            empty="Nothing has changed in these days."
          />
        </>
      )}
    </Loaded>
  );
}

interface Row {
  name: string;
  count: number;
  note?: string;
}

function listStatuses({ by_status }: Statistics): Row[] {
  return by_status.map(({ status, description, applications }) => ({
    name: status ?? "none",
    count: applications,
    ...(description && { note: description }),
  }));
}

function listBranches({ by_branch, other_branches }: Statistics): Row[] {
  const rows = by_branch.map(({ branch, applications }) => ({ name: branch ?? "none", count: applications }));
  const { branches, applications } = other_branches;
  if (branches === 0) return rows;
  return [...rows, { name: formatCount(branches, "other branch", "other branches"), count: applications }];
}

function listDays({ changes_a_day }: Statistics): Row[] {
  return changes_a_day.toReversed().filter(({ changes }) => changes > 0).map(({ day, changes, applications }) => ({
    name: day,
    count: changes,
    note: `in ${formatCount(applications, "application")}`,
  }));
}

interface CountsProps {
  title: string;
  name: string;
  rows: Row[];
  unit?: string;
  /** Of which the counts are shares. */
  total?: number;
  empty?: string;
}

function Counts({ title, name, rows, unit = "application", total, empty = "Nothing is stored yet." }: CountsProps) {
  const largest = Math.max(1, ...rows.map(({ count }) => count));
  const columns: ShownColumn<Row>[] = [
    {
      heading: name,
      text: (row) => row.name,
      show: (row) => (
        <>
          {row.name} {row.note && <span class="faint">{row.note}</span>}
        </>
      ),
    },
    {
      heading: "To scale",
      text: () => null,
      file: false,
      show: (row) => (
        <svg class="share-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
          <rect width={(row.count / largest) * 100} height="8" />
        </svg>
      ),
    },
    { heading: capitalize(`${unit}s`), text: (row) => row.count, show: (row) => formatNumber(row.count), number: true },
    ...(total === undefined ? [] : [{
      heading: "Share",
      text: (row: Row) => formatShare(row.count, total),
      number: true,
    }]),
  ];
  return (
    <section class="panel">
      <h2>{title}</h2>
      <Table caption={title} rows={rows} keyOf={(row) => row.name} columns={columns} empty={empty} />
    </section>
  );
}
