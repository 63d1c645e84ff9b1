import type { ListedRun } from "../api.ts";
import { formatCount, formatDuration, formatNumber, formatSpan } from "../format.ts";
import { useNow } from "../now.ts";
import type { PageProps } from "../page_props.ts";
import { Choices } from "../parts/choices.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Outcome } from "../parts/outcome.tsx";
import { Stale } from "../parts/stale.tsx";
import { type ShownColumn, Table } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { usePoll, useRefresh } from "../poll.ts";
import { RANGES } from "../ranges.ts";
import { formatRoute } from "../route.ts";
import { OUTCOMES, PAGE_SIZE, readAllPages, readRunsChoice, type RunsChoice, TRIGGERS } from "../runs_query.ts";
import { capitalize, describeTrigger } from "../words.ts";

/** The most that the database hands out at once. */
const CSV_PAGE = 200;

/** All runs, newest first; what is chosen stands in the address. */
export function RunsPage({ api, overview, route }: PageProps) {
  const now = useNow();
  const choice = readRunsChoice(route.query, now);
  const polled = usePoll(
    (signal) => api.runs({ ...choice, page_size: PAGE_SIZE }, signal),
    JSON.stringify(route.query),
    () => null,
  );
  // The overview's poll tells when there is something new to ask for.
  const newest = overview.runs.at(-1);
  useRefresh(polled.refresh, `${newest?.id} ${newest?.outcome}`);
  return (
    <section class="panel" aria-labelledby="runs">
      <Filters route={route} choice={choice} />
      <Stale polled={polled} />
      <Loaded polled={polled} what="the runs">
        {(page) => <List api={api} query={route.query} choice={choice} {...page} />}
      </Loaded>
    </section>
  );
}

function Filters({ route, choice: { since, until } }: Pick<PageProps, "route"> & { choice: RunsChoice }) {
  const now = useNow();
  return (
    <header class="filters">
      <h1 id="runs">Runs</h1>
      <Choices
        route={route}
        name="range"
        words="Time"
        choices={RANGES.map(({ name, words }) => ({ value: name, words }))}
        clears={["from", "to", "before"]}
        other={since !== undefined && until !== undefined ? formatSpan(since, until, now) : undefined}
      />
      <Choices
        route={route}
        name="outcome"
        words="Outcome"
        choices={OUTCOMES.map((value) => ({ value, words: capitalize(value) }))}
        clears={["before"]}
      />
      <Choices
        route={route}
        name="trigger"
        words="Asked for by"
        choices={TRIGGERS.map((value) => ({ value, words: describeTrigger(value) }))}
        clears={["before"]}
      />
    </header>
  );
}

interface ListProps {
  api: PageProps["api"];
  query: Record<string, string>;
  choice: RunsChoice;
  rows: ListedRun[];
  total: number;
}

function List({ api, query, choice, rows, total }: ListProps) {
  const last = rows.at(-1);
  const readAll = () =>
    readAllPages(
      (before) => api.runs({ ...choice, ...(before ? { before } : {}), page_size: CSV_PAGE }),
      CSV_PAGE,
    );
  return (
    <>
      <p class="faint" role="status">
        {formatCount(total, "run")}
        {choice.before && (
          <>
            , before <Time at={choice.before} />
          </>
        )}
      </p>
      <Table
        caption="Runs"
        rows={rows}
        keyOf={({ id }) => id}
        empty={describeEmpty(choice)}
        columns={COLUMNS}
        all={readAll}
      />
      <nav class="row pages" aria-label="Older and newer runs">
        {choice.before && <a href={formatRoute(["runs"], { ...query, before: undefined })}>Newest</a>}
        {last && rows.length === PAGE_SIZE && (
          <a class="end" href={formatRoute(["runs"], { ...query, before: last.started_at })}>Earlier runs</a>
        )}
      </nav>
    </>
  );
}

function describeEmpty(choice: RunsChoice): string {
  if (choice.before) return "There are no earlier runs.";
  return Object.keys(choice).length === 0 ? "No sync has run yet." : "No run is like that.";
}

const COLUMNS: ShownColumn<ListedRun>[] = [
  { heading: "Outcome", text: ({ outcome }) => outcome, show: (run) => <Outcome run={run} /> },
  {
    heading: "Began",
    text: ({ started_at }) => started_at,
    show: ({ id, started_at }) => (
      <a href={formatRoute(["runs", id])}>
        <Time at={started_at} />
      </a>
    ),
  },
  { heading: "By", text: ({ trigger }) => describeTrigger(trigger), wide: true },
  { heading: "Since", text: ({ since }) => since, show: ({ since }) => <time>{since}</time>, wide: true },
  { heading: "Took", text: ({ seconds }) => seconds, show: ({ seconds }) => formatDuration(seconds), number: true },
  count("Listed", ({ found }) => found),
  count("Synced", ({ synced }) => synced),
  count("Failed", ({ failed }) => failed),
  { heading: "What came of it", text: ({ words }) => capitalize(words) },
];

function count(heading: string, text: (run: ListedRun) => number | null): ShownColumn<ListedRun> {
  const show = (run: ListedRun) => {
    const value = text(run);
    return value === null ? "–" : <span class={value === 0 ? "none" : ""}>{formatNumber(value)}</span>;
  };
  return { heading, text, show, number: true, wide: true };
}
