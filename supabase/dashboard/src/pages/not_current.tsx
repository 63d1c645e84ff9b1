import { useEffect, useState } from "preact/hooks";
import type { Choice, NotCurrentPage as Answer } from "../api.ts";
import { readAllRows } from "../bulk.ts";
import { formatNumber } from "../format.ts";
import { useKept } from "../kept.ts";
import type { PageProps } from "../page_props.ts";
import { ForgetDialog, RetryDialog } from "../parts/bulk_dialogs.tsx";
import { CurrentCauses } from "../parts/current_causes.tsx";
import { NotCurrentList } from "../parts/not_current_list.tsx";
import { PAGE_SIZE } from "../parts/not_current_table.tsx";
import { RequestDialog } from "../parts/request_dialog.tsx";
import { Search } from "../parts/search.tsx";
import { usePoll, useRefresh } from "../poll.ts";
import { formatRoute, go, type Route } from "../route.ts";
import { NOTHING, readFilter, STATES } from "../selection.ts";
import { capitalize } from "../words.ts";

type Asked = { kind: "retry"; choice: Choice } | { kind: "forget"; applications: string[] } | { kind: "request" };

/** What is not as OCC has it: why, since when, and what can be done. */
export function NotCurrentPage({ api, overview, route, refresh }: PageProps) {
  const { search, after } = route.query;
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
  const dialog = { api, done, close: () => setAsked(undefined) };
  const request = overview.operator ? () => setAsked({ kind: "request" }) : undefined;
  const retry = overview.operator ? (choice: Choice) => setAsked({ kind: "retry", choice }) : undefined;
  return (
    <>
      <Filters route={route} answer={polled.value} request={request} retry={retry} />
      <NotCurrentList
        route={route}
        filter={filter}
        polled={polled}
        selection={selection}
        select={overview.operator ? setSelection : undefined}
        readAll={readAll}
        retry={(choice) => setAsked({ kind: "retry", choice })}
        forget={(applications) => setAsked({ kind: "forget", applications })}
      />
      {asked?.kind === "retry" && <RetryDialog {...dialog} choice={asked.choice} />}
      {asked?.kind === "forget" && <ForgetDialog {...dialog} applications={asked.applications} />}
      {asked?.kind === "request" && <RequestDialog {...dialog} first={search} />}
    </>
  );
}

interface FiltersProps {
  route: Route;
  answer: Answer | undefined;
  /** Where the viewer may act. */
  request: (() => void) | undefined;
  retry: ((choice: Choice) => void) | undefined;
}

/** By number, by state and by cause. */
function Filters({ route, answer, request, retry }: FiltersProps) {
  const { state, fingerprint: cause, search } = route.query;
  const known = STATES.find((name) => name === state);
  // Another choice begins at its first page.
  const query = (changes: Record<string, string | undefined>) => ({ ...route.query, after: undefined, ...changes });
  const address = (changes: Record<string, string | undefined>) => formatRoute(route.path, query(changes));
  return (
    <section class="panel" aria-labelledby="not-current">
      <header class="row headed">
        <h1 id="not-current">Not current</h1>
        <Search
          value={search ?? ""}
          pick={(text) => go(route.path, query({ search: text }), true)}
          open={(number) => go(["applications", number])}
        />
        {request && <button type="button" onClick={request}>Fetch by number…</button>}
      </header>
      <nav class="tabs" aria-label="By state">
        {[undefined, ...STATES].map((name) => (
          <a key={name ?? "all"} href={address({ state: name })} aria-current={known === name ? "true" : undefined}>
            {name ? capitalize(name) : "All"} {answer && <b>{formatNumber(count(answer, name))}</b>}
          </a>
        ))}
      </nav>
      {answer && (
        <CurrentCauses
          causes={answer.causes}
          chosen={cause}
          address={(fingerprint) => address({ fingerprint })}
          retry={retry && ((fingerprint) => retry({ fingerprint }))}
        />
      )}
    </section>
  );
}

function count({ counts }: Answer, state?: keyof Answer["counts"]): number {
  return state ? counts[state] : STATES.reduce((sum, name) => sum + counts[name], 0);
}
