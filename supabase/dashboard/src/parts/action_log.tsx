import { useState } from "preact/hooks";
import { describeAction, describeArguments } from "../action_words.ts";
import type { Action, Api } from "../api.ts";
import { usePoll, useRefresh } from "../poll.ts";
import { Loaded } from "./loaded.tsx";
import { type ShownColumn, Table } from "./table.tsx";
import { Time } from "./time.tsx";

const REFRESH_MS = 30_000;

/** Who did what, newest first; asked for again when `cause` changes. */
export function ActionLog({ api, cause }: { api: Api; cause: unknown }) {
  const [older, setOlder] = useState<{ rows: Action[]; more: boolean }>({ rows: [], more: true });
  const [wrong, setWrong] = useState<string>();
  const polled = usePoll((signal) => api.actions(undefined, signal), "actions", () => REFRESH_MS);
  useRefresh(polled.refresh, cause);
  return (
    <section class="panel" aria-labelledby="actions">
      <h2 id="actions">Who did what</h2>
      <Loaded polled={polled} what="the log of actions">
        {(newest) => {
          const lowest = newest.rows.at(-1)?.id ?? 0;
          const rows = [...newest.rows, ...older.rows.filter(({ id }) => id < lowest)];
          const readOlder = async () => {
            setWrong(undefined);
            try {
              const page = await api.actions(rows.at(-1)!.id);
              setOlder({ rows: [...older.rows, ...page.rows], more: page.more });
            } catch (error) {
              setWrong(error instanceof Error ? error.message : String(error));
            }
          };
          return (
            <>
              <Table
                caption="Actions"
                rows={rows}
                keyOf={({ id }) => String(id)}
                empty="Nobody has done anything yet."
                columns={COLUMNS}
              />
              {newest.more && older.more && <button type="button" onClick={readOlder}>Show older</button>}
              <span role="status">{wrong && <span class="wrong">{wrong}</span>}</span>
            </>
          );
        }}
      </Loaded>
    </section>
  );
}

const COLUMNS: ShownColumn<Action>[] = [
  { heading: "When", text: ({ acted_at }) => acted_at, show: ({ acted_at }) => <Time at={acted_at} /> },
  { heading: "Who", text: ({ email, role }) => email ?? `the database's role ${role}` },
  { heading: "What", text: ({ action }) => describeAction(action) },
  { heading: "Of what", text: describeArguments },
  { heading: "What came of it", text: ({ result }) => result },
];
