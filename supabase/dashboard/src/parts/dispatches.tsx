import type { Dispatch } from "../api.ts";
import { describeStatus, describeTrigger } from "../words.ts";
import { Table } from "./table.tsx";
import { Time } from "./time.tsx";

/** The requests that started a run and its later passes, and what the function answered. */
export function Dispatches({ dispatches }: { dispatches: Dispatch[] }) {
  return (
    <section class="panel" aria-labelledby="dispatches">
      <h2 id="dispatches">How it was started</h2>
      <Table
        caption="Dispatches of the run"
        rows={dispatches}
        keyOf={({ id }) => String(id)}
        empty="No dispatch is known: somebody called the function themselves, or the record of it is no longer kept."
        columns={[
          { heading: "Sent", text: (row) => row.dispatched_at, show: (row) => <Time at={row.dispatched_at} /> },
          { heading: "By", text: (row) => describeTrigger(row.trigger) },
          { heading: "Outcome", text: (row) => row.outcome ?? "no answer yet" },
          { heading: "HTTP", text: (row) => row.status_code, show: (row) => describeStatus(row.status_code) },
          { heading: "Answer", text: (row) => row.message, show: (row) => row.message ?? "–" },
        ]}
      />
    </section>
  );
}
