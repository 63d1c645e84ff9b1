import { useEffect, useState } from "preact/hooks";
import type { Choice, NotCurrent, NotCurrentPage as Answer, State } from "../api.ts";
import { formatCount, formatNumber } from "../format.ts";
import type { PageProps } from "../page_props.ts";
import { CurrentCauses } from "../parts/current_causes.tsx";
import { ForgetDialog, RetryDialog } from "../parts/retry_dialog.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { type ShownColumn, Table } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { usePoll } from "../poll.ts";
import { formatRoute, go } from "../route.ts";
import { MOST, NOTHING, toChoice, toggle, togglePage } from "../selection.ts";

const STATES: Exclude<State, "synced">[] = ["pending", "failed", "parked", "gone"];
const PAGE_SIZE = 100;
const LARGEST = 200;
const REFRESH_MS = 15_000;

/** What is not as OCC has it: why, since when, and what can be done. */
export function NotCurrentPage({ api, overview, route, refresh }: PageProps) {
  const { state, fingerprint: cause, search, after } = route.query;
  const filter = {
    ...(state && { states: [state] }),
    ...(cause && { fingerprint: cause }),
    ...(search && { search }),
  };
  const key = JSON.stringify(filter);
  const [selection, setSelection] = useState(NOTHING);
  const [dialog, setDialog] = useState<{ retry: Choice } | { forget: string[] }>();
  useEffect(() => setSelection(NOTHING), [key]);
  const polled = usePoll(
    (signal) => api.notCurrent({ ...filter, ...(after && { after }), page_size: PAGE_SIZE }, signal),
    key + after,
    () => REFRESH_MS,
  );
  const pick = (changes: Record<string, string | undefined>, replace = false) =>
    go(["not-current"], { ...route.query, after: undefined, ...changes }, replace);
  const done = () => {
    setSelection(NOTHING);
    polled.refresh();
    refresh();
  };
  const all = async () => {
    const rows: NotCurrent[] = [];
    for (;;) {
      const last = rows.at(-1)?.application;
      const page = await api.notCurrent({ ...filter, ...(last && { after: last }), page_size: LARGEST });
      rows.push(...page.rows);
      if (page.rows.length < LARGEST) return rows;
    }
  };
  const choice = toChoice(selection, cause);
  const select = (row: NotCurrent) => (
    <input
      type="checkbox"
      aria-label={`Choose ${row.application}`}
      checked={selection.all || selection.numbers.has(row.application)}
      onChange={() => setSelection(toggle(selection, row.application))}
    />
  );
  return (
    <>
      <Loaded polled={polled} what="what is not current">
        {(answer: Answer) => (
          <>
            <section class="panel">
              <header class="row">
                <h1>Not current</h1>
                <nav class="choices" aria-label="By state">
                  <a
                    href={formatRoute(["not-current"], { fingerprint: cause, search })}
                    aria-current={state ? undefined : "true"}
                  >
                    all
                  </a>
                  {STATES.map((name) => (
                    <a
                      key={name}
                      href={formatRoute(["not-current"], { ...route.query, after: undefined, state: name })}
                      aria-current={state === name ? "true" : undefined}
                    >
                      {formatNumber(answer.counts[name])} {name}
                    </a>
                  ))}
                </nav>
                <label class="inline end">
                  Number
                  <input
                    type="search"
                    data-search
                    value={search ?? ""}
                    placeholder="G3-…"
                    onInput={(event) => pick({ search: event.currentTarget.value.trim() || undefined }, true)}
                  />
                </label>
              </header>
              {cause && (
                <p>
                  Only what fails with “{cause}”.{" "}
                  <a href={formatRoute(["not-current"], { state, search })}>Any cause</a>
                </p>
              )}
              {!cause && answer.causes.length > 0 && <CurrentCauses causes={answer.causes} />}
            </section>
            <section class="panel">
              {overview.operator && (
                <div class="row">
                  <button
                    type="button"
                    onClick={() => setSelection(togglePage(selection, answer.rows.map((row) => row.application)))}
                  >
                    Choose this page
                  </button>
                  {(cause || !state && !search) && (
                    <button
                      type="button"
                      onClick={() => setSelection({ ...NOTHING, all: true })}
                    >
                      {cause ? "Choose all of this cause" : "Choose all that failed or are parked"}
                    </button>
                  )}
                  <span class="faint" role="status">
                    {selection.all ? "all chosen" : `${formatNumber(selection.numbers.size)} chosen`}
                    {selection.numbers.size > MOST && `: at most ${formatNumber(MOST)} at a time`}
                  </span>
                  <button
                    type="button"
                    class="main end"
                    disabled={!choice || selection.numbers.size > MOST}
                    onClick={() => setDialog({ retry: choice! })}
                  >
                    Try again
                  </button>
                  <button
                    type="button"
                    class="danger"
                    disabled={selection.numbers.size === 0 || selection.numbers.size > MOST}
                    onClick={() => setDialog({ forget: [...selection.numbers] })}
                  >
                    Forget
                  </button>
                </div>
              )}
              <p class="faint">{formatCount(answer.total, "application")}</p>
              <Table
                caption="Applications that are not current"
                columns={overview.operator
                  ? [{ heading: "Chosen", text: () => null, show: select, file: false }, ...COLUMNS]
                  : COLUMNS}
                rows={answer.rows}
                keyOf={(row) => row.application}
                empty={search || state || cause ? "Nothing is like that." : "Every application is as OCC has it."}
                all={all}
              />
              <div class="row">
                {after && <a href={formatRoute(["not-current"], { ...route.query, after: undefined })}>First page</a>}
                {answer.rows.length === PAGE_SIZE && (
                  <a href={formatRoute(["not-current"], { ...route.query, after: answer.rows.at(-1)!.application })}>
                    Next page
                  </a>
                )}
              </div>
            </section>
          </>
        )}
      </Loaded>
      {dialog && "retry" in dialog && (
        <RetryDialog
          api={api}
          choice={dialog.retry}
          close={() => setDialog(undefined)}
          done={done}
        />
      )}
      {dialog && "forget" in dialog && (
        <ForgetDialog
          api={api}
          applications={dialog.forget}
          close={() => setDialog(undefined)}
          done={done}
        />
      )}
    </>
  );
}

const COLUMNS: ShownColumn<NotCurrent>[] = [
  {
    heading: "Application",
    text: (row) => row.application,
    show: (row) => <a href={formatRoute(["applications", row.application])}>{row.application}</a>,
  },
  {
    heading: "State",
    text: (row) => row.state,
    show: (row) => `${row.state}${row.in_flight ? ", in flight" : row.requested ? ", asked for" : ""}`,
  },
  {
    heading: "Not current since",
    text: (row) => row.stale_since,
    show: (row) => row.stale_since && <Time at={row.stale_since} age />,
  },
  { heading: "Attempts", text: (row) => row.attempts, show: (row) => formatNumber(row.attempts), number: true },
  {
    heading: "Next attempt",
    text: (row) => row.next_attempt_at,
    show: (row) => row.next_attempt_at && <Time at={row.next_attempt_at} age />,
  },
  { heading: "Last error", text: (row) => row.last_error },
];
