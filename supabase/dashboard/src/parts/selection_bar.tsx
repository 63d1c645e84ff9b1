import { useState } from "preact/hooks";
import { formatCount, formatNumber } from "../format.ts";
import { MOST, NOTHING, type Selection, type Whole } from "../selection.ts";

interface SelectionBarProps {
  selection: Selection;
  select(selection: Selection): void;
  whole: Whole;
  /** The rows of all that the filter shows. */
  readAll(): Promise<{ application: string }[]>;
  retry(): void;
  forget(applications: string[]): void;
}

/** What is chosen, and what can be done with it; stays in sight while one scrolls. */
export function SelectionBar({ selection, select, whole, readAll, retry, forget }: SelectionBarProps) {
  const [state, setState] = useState<"idle" | "reading" | "failed">("idle");
  const { numbers, all } = selection;
  const count = all ? whole.count : numbers.size;
  const isTooMany = whole.count > MOST;
  /** By number, as forgetting and filters without a name of their own need them. */
  const read = async () => {
    setState("reading");
    try {
      const rows = await readAll();
      setState("idle");
      return rows.map(({ application }) => application);
    } catch {
      setState("failed");
      return [];
    }
  };
  const selectAll = async () => {
    if (whole.choice) return select({ ...NOTHING, all: true });
    const ids = await read();
    if (ids.length > 0) select({ numbers: new Set(ids), all: false });
  };
  const forgetThem = async () => {
    const ids = all ? await read() : [...numbers];
    if (ids.length > 0) forget(ids);
  };
  return (
    <div class="selection row" role="group" aria-label="What is chosen">
      <span role="status">
        {state === "reading" ? "Reading them all…" : count === 0 ? "None chosen" : `${formatNumber(count)} chosen`}
        {state === "failed" && <span class="wrong">. They could not be read: try again</span>}
      </span>
      {!all && whole.count > 0 && (
        <button
          type="button"
          class="quiet"
          disabled={state === "reading" || isTooMany && !whole.choice}
          onClick={selectAll}
        >
          Choose {whole.words}
        </button>
      )}
      {isTooMany && !whole.choice && (
        <span class="faint">more than {formatCount(MOST, "application")}: choose one cause</span>
      )}
      {count > 0 && <button type="button" class="quiet" onClick={() => select(NOTHING)}>Choose none</button>}
      <span class="row end">
        {all && isTooMany && <span class="faint">too many to forget at once</span>}
        <button type="button" class="main" disabled={count === 0} onClick={retry}>Try again</button>
        <button
          type="button"
          class="danger"
          disabled={count === 0 || state === "reading" || all && isTooMany}
          onClick={forgetThem}
        >
          Forget
        </button>
      </span>
    </div>
  );
}
