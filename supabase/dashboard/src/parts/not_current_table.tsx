import { useRef } from "preact/hooks";
import type { NotCurrent } from "../api.ts";
import { formatNumber, formatUtc } from "../format.ts";
import { useNow } from "../now.ts";
import { formatRoute } from "../route.ts";
import { coverPage, type Selection, toggle, togglePage, toggleRange } from "../selection.ts";
import { StateTag } from "./state_tag.tsx";
import { type ShownColumn, Table } from "./table.tsx";
import { Time } from "./time.tsx";

/** The most that the database hands out at once. */
export const PAGE_SIZE = 200;

interface NotCurrentTableProps {
  rows: NotCurrent[];
  selection: Selection;
  /** Where the viewer may act on what is chosen. */
  select: ((selection: Selection) => void) | undefined;
  empty: string;
  all(): Promise<NotCurrent[]>;
}

/** One page of what is not current. With Shift, a click chooses all rows since the one before. */
export function NotCurrentTable({ rows, selection, select, empty, all }: NotCurrentTableProps) {
  const last = useRef<string | undefined>(undefined);
  const ids = rows.map(({ application }) => application);
  const covered = coverPage(selection, ids);
  const choose = (id: string, shift: boolean) => {
    const from = shift ? last.current : undefined;
    last.current = id;
    select?.(from ? toggleRange(selection, ids, from, id) : toggle(selection, id));
  };
  const column: ShownColumn<NotCurrent> = {
    heading: "Chosen",
    text: () => null,
    file: false,
    head: (
      <input
        type="checkbox"
        aria-label="Choose this page"
        checked={covered === "all"}
        ref={(box) => void (box && (box.indeterminate = covered === "some"))}
        onChange={() => select?.(togglePage(selection, ids))}
      />
    ),
    show: ({ application }) => (
      <input
        type="checkbox"
        aria-label={`Choose ${application}`}
        checked={selection.all || selection.numbers.has(application)}
        onClick={(event) => choose(application, event.shiftKey)}
      />
    ),
  };
  return (
    <div class="queue">
      <Table
        caption="Applications that are not current"
        columns={select ? [column, ...COLUMNS] : COLUMNS}
        rows={rows}
        keyOf={({ application }) => application}
        empty={empty}
        all={all}
      />
    </div>
  );
}

/** One that is past is due: the next sync makes it. */
function NextAttempt({ at }: { at: string | null }) {
  const now = useNow();
  if (at === null) return <span class="none">none</span>;
  return Date.parse(at) <= now ? <span title={formatUtc(at)}>due</span> : <Time at={at} age />;
}

const COLUMNS: ShownColumn<NotCurrent>[] = [
  {
    heading: "Application",
    text: ({ application }) => application,
    show: ({ application }) => <a href={formatRoute(["applications", application])}>{application}</a>,
  },
  {
    heading: "State",
    text: ({ state }) => state,
    show: ({ state, in_flight, requested }) => (
      <>
        <StateTag state={state} />
        {(in_flight || requested) && <span class="faint">{in_flight ? "being fetched" : "asked for"}</span>}
      </>
    ),
  },
  {
    heading: "Since",
    text: ({ stale_since }) => stale_since,
    show: ({ stale_since }) => stale_since && <Time at={stale_since} age />,
  },
  {
    heading: "Attempts",
    text: ({ attempts }) => attempts,
    show: ({ attempts }) => <span class={attempts === 0 ? "none" : ""}>{formatNumber(attempts)}</span>,
    number: true,
    wide: true,
  },
  {
    heading: "Next attempt",
    wide: true,
    text: ({ next_attempt_at }) => next_attempt_at,
    show: ({ next_attempt_at }) => <NextAttempt at={next_attempt_at} />,
  },
  {
    heading: "Last error",
    text: ({ last_error }) => last_error,
    // Its number stands in the same row already.
    show: ({ application, last_error }) =>
      last_error?.replace(`application ${application}`, "application") ?? <span class="none">none</span>,
  },
  { heading: "OCC saved", text: ({ listed_last_saved }) => listed_last_saved, unseen: true },
  { heading: "Stored as saved", text: ({ stored_last_saved }) => stored_last_saved, unseen: true },
];
