import { useRef } from "preact/hooks";
import type { Choice, NotCurrent, NotCurrentPage as Answer } from "../api.ts";
import { formatCount, formatNumber } from "../format.ts";
import type { Polled } from "../poll.ts";
import { formatRoute, type Route } from "../route.ts";
import { describeWhole, type Filter, type Selection, toChoice } from "../selection.ts";
import { Loaded } from "./loaded.tsx";
import { NotCurrentTable, PAGE_SIZE } from "./not_current_table.tsx";
import { SelectionBar } from "./selection_bar.tsx";
import { Stale } from "./stale.tsx";
import { Time } from "./time.tsx";

interface NotCurrentListProps {
  route: Route;
  filter: Filter;
  polled: Polled<Answer> & { busy: boolean };
  selection: Selection;
  /** Where the viewer may act on what is chosen. */
  select: ((selection: Selection) => void) | undefined;
  /** All rows of a filter; without one, of what is shown. */
  readAll(filter?: Filter): Promise<NotCurrent[]>;
  retry(choice: Choice): void;
  forget(applications: string[]): void;
}

/** One page of the list, what is chosen from it, and the way to the next. */
export function NotCurrentList(props: NotCurrentListProps) {
  const { route, filter, polled, selection, select, readAll, retry, forget } = props;
  const { search, after } = route.query;
  return (
    <section class="panel" aria-label="The applications" aria-busy={polled.busy}>
      <Stale polled={polled} />
      <Loaded polled={polled} what="what is not current">
        {(answer) => {
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
              {select && answer.total > 0 && (
                <SelectionBar
                  selection={selection}
                  select={select}
                  whole={whole}
                  readAll={() => readAll(whole.filter)}
                  retry={() => choice && retry(choice)}
                  forget={forget}
                />
              )}
              <NotCurrentTable
                rows={answer.rows}
                selection={selection}
                select={select}
                empty={describeEmpty(filter, after)}
                all={() => readAll()}
              />
              <Further route={route} rows={answer.rows} />
            </>
          );
        }}
      </Loaded>
    </section>
  );
}

function Further({ route: { path, query }, rows }: { route: Route; rows: NotCurrent[] }) {
  return (
    <nav class="row pages" aria-label="Further applications">
      {query.after && <a href={formatRoute(path, { ...query, after: undefined })}>First</a>}
      {rows.length === PAGE_SIZE && (
        <a class="end" href={formatRoute(path, { ...query, after: rows.at(-1)?.application })}>
          Next {formatNumber(PAGE_SIZE)}
        </a>
      )}
    </nav>
  );
}

function describeEmpty({ states, fingerprint, search }: Filter, after?: string): string {
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
