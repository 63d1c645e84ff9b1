import { useState } from "preact/hooks";
import type { Action, Api } from "../api.ts";
import { usePoll } from "../poll.ts";
import { Loaded } from "./loaded.tsx";
import { Table } from "./table.tsx";
import { Time } from "./time.tsx";

const REFRESH_MS = 15_000;

/** Who did what, newest first. */
export function ActionLog({ api }: { api: Api }) {
  const [older, setOlder] = useState<{ rows: Action[]; more: boolean }>();
  const polled = usePoll((signal) => api.actions(undefined, signal), "actions", () => REFRESH_MS);
  return (
    <section class="panel">
      <h2>Who did what</h2>
      <Loaded polled={polled} what="the log of actions">
        {(newest) => {
          const rows = [...newest.rows, ...(older?.rows ?? []).filter(({ id }) => id < newest.rows.at(-1)!.id)];
          const more = async () => {
            const page = await api.actions(rows.at(-1)!.id);
            setOlder({ rows: [...(older?.rows ?? []), ...page.rows], more: page.more });
          };
          return (
            <>
              <Table
                caption="Actions"
                rows={rows}
                keyOf={({ id }) => String(id)}
                empty="Nobody has done anything yet."
                columns={[
                  { heading: "When", text: (row) => row.acted_at, show: (row) => <Time at={row.acted_at} /> },
                  { heading: "Who", text: (row) => row.email ?? row.role },
                  { heading: "Action", text: (row) => row.action },
                  {
                    heading: "With",
                    text: (row) => JSON.stringify(row.arguments),
                    show: (row) => <code>{JSON.stringify(row.arguments)}</code>,
                  },
                  { heading: "What came of it", text: (row) => row.result },
                ]}
              />
              {(older ?? newest).more && <button type="button" onClick={more}>Show older</button>}
            </>
          );
        }}
      </Loaded>
    </section>
  );
}
