import { useEffect, useRef, useState } from "preact/hooks";
import type { Choice, NotCurrentPage as Answer } from "../api.ts";
import { readAllRows } from "../bulk.ts";
import { formatCount, formatNumber } from "../format.ts";
import { useKept } from "../kept.ts";
import type { PageProps } from "../page_props.ts";
import { ForgetDialog, RetryDialog } from "../parts/bulk_dialogs.tsx";
import { CurrentCauses } from "../parts/current_causes.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { NotCurrentTable, PAGE_SIZE } from "../parts/not_current_table.tsx";
import { RequestDialog } from "../parts/request_dialog.tsx";
import { Search } from "../parts/search.tsx";
import { SelectionBar } from "../parts/selection_bar.tsx";
import { Stale } from "../parts/stale.tsx";
import { Time } from "../parts/time.tsx";
import { usePoll, useRefresh } from "../poll.ts";
import { formatRoute, go } from "../route.ts";
import { describeWhole, NOTHING, readFilter, STATES, toChoice } from "../selection.ts";
import { capitalize } from "../words.ts";

type Asked = { kind: "retry"; choice: Choice } | { kind: "forget"; applications: string[] } | { kind: "request" };

/** What is not as OCC has it: why, since when, and what can be done. */
export function NotCurrentPage({ api, overview, route, refresh }: PageProps) {
  const { state, fingerprint: cause, search, after } = route.query;
  const filter = readFilter(route.query);
  const key = JSON.stringify(filter);
  const [selection, setSelection] = useState(NOTHING);
  const [asked, setAsked] = useState<Asked>();
  useEffect(() => setSelection(NOTHING), [key]);
  // Not asked for again by itself, as a list must not move under who chooses from it; a run that ends is another matter.
  const polled = useKept(usePoll(
    (signal) => api.notCurrent({ ...filter, ...(after && { after }), page_size: PAGE_SIZE }, signal),
    `${key} ${after}`,
    () => null,
  ));
  useRefresh(polled.refresh, overview.runs.findLast(({ outcome }) => outcome !== "running")?.id);
  const readAll = (chosen = filter) =>
    readAllRows((last) => api.notCurrent({ ...chosen, ...(last && { after: last }), page_size: PAGE_SIZE }), PAGE_SIZE);
  const done = () => {
    setSelection(NOTHING);
    polled.refresh();
    refresh();
  };
  const close = () => setAsked(undefined);
  const address = (changes: Record<string, string | undefined>) =>
    formatRoute(route.path, { ...route.query, after: undefined, ...changes });
  return (
    <>
      <section class="panel" aria-labelledby="not-current">
        <header class="row headed">
          <h1 id="not-current">Not current</h1>
          <Search
            value={search ?? ""}
            pick={(text) => go(route.path, { ...route.query, after: undefined, search: text }, true)}
            open={(number) => go(["applications", number])}
          />
          {overview.operator && (
            <button type="button" onClick={() => setAsked({ kind: "request" })}>Fetch by number…</button>
          )}
        </header>
        <nav class="tabs" aria-label="By state">
          {[undefined, ...STATES].map((name) => (
            <a
              key={name ?? "all"}
              href={address({ state: name })}
              aria-current={(STATES.some((known) => known === state) ? state : undefined) === name ? "true" : undefined}
            >
              {name ? capitalize(name) : "All"} {polled.value && <b>{formatNumber(count(polled.value, name))}</b>}
            </a>
          ))}
        </nav>
        {polled.value && (
          <CurrentCauses
            causes={polled.value.causes}
            chosen={cause}
            address={(fingerprint) => address({ fingerprint })}
            retry={overview.operator
              ? (fingerprint) => setAsked({ kind: "retry", choice: { fingerprint } })
              : undefined}
          />
        )}
      </section>
      <section class="panel" aria-label="The applications" aria-busy={polled.busy}>
        <Stale polled={polled} />
        <Loaded polled={polled} what="what is not current">
          {(answer: Answer) => {
            const ids = answer.rows.map(({ application }) => application);
            const whole = describeWhole(filter, answer);
            const choice = toChoice(selection, whole);
            return (
              <>
                <div class="row">
                  <span role="status">{formatCount(answer.total, "application")}</span>
                  {after && <span class="faint">after {after}</span>}
                  {search && <a href={formatRoute(["applications", search])}>Open {search}</a>}
                  <span class="end faint">
                    <Age at={polled.at} />
                    <button type="button" class="quiet" disabled={polled.busy} onClick={polled.refresh}>Refresh</button>
                  </span>
                </div>
                {overview.operator && answer.total > 0 && (
                  <SelectionBar
                    selection={selection}
                    select={setSelection}
                    whole={whole}
                    readAll={() => readAll(whole.filter)}
                    retry={() => choice && setAsked({ kind: "retry", choice })}
                    forget={(applications) => setAsked({ kind: "forget", applications })}
                  />
                )}
                <NotCurrentTable
                  rows={answer.rows}
                  selection={selection}
                  select={overview.operator ? setSelection : undefined}
                  empty={describeEmpty(filter, after)}
                  all={readAll}
                />
                <nav class="row pages" aria-label="Further applications">
                  {after && <a href={address({})}>First</a>}
                  {ids.length === PAGE_SIZE && (
                    <a class="end" href={address({ after: ids.at(-1) })}>Next {formatNumber(PAGE_SIZE)}</a>
                  )}
                </nav>
              </>
            );
          }}
        </Loaded>
      </section>
      {asked?.kind === "retry" && <RetryDialog api={api} choice={asked.choice} close={close} done={done} />}
      {asked?.kind === "forget" && (
        <ForgetDialog api={api} applications={asked.applications} close={close} done={done} />
      )}
      {asked?.kind === "request" && <RequestDialog api={api} first={search} close={close} done={done} />}
    </>
  );
}

function count({ counts }: Answer, state?: keyof Answer["counts"]): number {
  return state ? counts[state] : STATES.reduce((sum, name) => sum + counts[name], 0);
}

function describeEmpty({ states, fingerprint, search }: ReturnType<typeof readFilter>, after?: string): string {
  if (after) return "There are no further ones.";
  if (search) return `None that is not current begins with ${search}. What is current opens by its whole number.`;
  if (states || fingerprint) return "None is like that.";
  return "Every application is as OCC has it.";
}

/** When the list was read, by the viewer's own clock; it stands still, as the list does. */
function Age({ at }: { at: number | undefined }) {
  const known = useRef<number | undefined>(undefined);
  known.current = at ?? known.current;
  if (known.current === undefined) return null;
  return (
    <>
      as of <Time at={new Date(known.current).toISOString()} />
    </>
  );
}
