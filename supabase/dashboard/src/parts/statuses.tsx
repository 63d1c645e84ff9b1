import type { ApplicationReport } from "../api.ts";
import { formatDuration } from "../format.ts";
import { toStays } from "../timeline.ts";
import { Table } from "./table.tsx";
import { Time } from "./time.tsx";

/** How many tones a bar's parts take in turn. */
const TONES = 4;

interface StatusesProps extends Pick<ApplicationReport, "statuses"> {
  application: string;
}

/** How long an application had each status, oldest first. */
export function Statuses({ application, statuses }: StatusesProps) {
  const stays = toStays(statuses);
  return (
    <section class="panel" aria-labelledby="statuses">
      <h2 id="statuses">Time in each status</h2>
      {stays.length > 0 && (
        <svg class="share stays" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
          {stays.map(({ status, from, width }, at) => (
            <rect key={`${at} ${status}`} class={`tone-${at % TONES}`} x={from} width={width} height="1" />
          ))}
        </svg>
      )}
      <Table
        caption={`Time of ${application} in each status`}
        rows={statuses}
        keyOf={({ status, left_at }) => `${status} ${left_at}`}
        empty="It has had no status yet."
        columns={[
          { heading: "Status", text: ({ status }) => status ?? "none" },
          {
            heading: "From",
            text: ({ entered_at }) => entered_at,
            show: ({ entered_at }) => entered_at ? <Time at={entered_at} /> : "before its history",
          },
          {
            heading: "Until",
            text: ({ left_at }) => left_at,
            show: ({ left_at }) => left_at ? <Time at={left_at} /> : "now",
          },
          {
            heading: "For",
            text: ({ seconds }) => seconds,
            show: ({ seconds }) => seconds === null ? <span class="none">not known</span> : formatDuration(seconds),
            number: true,
          },
        ]}
      />
    </section>
  );
}
