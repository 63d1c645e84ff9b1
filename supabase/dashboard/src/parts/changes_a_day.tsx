import { useState } from "preact/hooks";
import type { Statistics } from "../api.ts";
import { formatNumber } from "../format.ts";
import { describeChanges, describeDay, describeSum, roundUp } from "../statistics.ts";
import { Table } from "./table.tsx";

/** How much changed on each day, as columns; the same stands in the table below it. */
export function ChangesADay({ days }: { days: Statistics["changes_a_day"] }) {
  const [shown, setShown] = useState<number>();
  const end = roundUp(Math.max(...days.map(({ changes }) => changes)));
  const day = shown === undefined ? undefined : days[shown];
  return (
    <>
      <p class="row">
        <span>{describeSum(days)}</span>
        <span class="faint" aria-hidden="true">{day && describeChanges(day)}</span>
      </p>
      <div class="columns-chart" aria-hidden="true">
        <span class="end-of-scale">{formatNumber(end)}</span>
        <svg viewBox={`0 0 ${days.length} 100`} preserveAspectRatio="none" onPointerLeave={() => setShown(undefined)}>
          {days.map(({ day, changes }, at) => (
            <g
              key={day}
              class={at === shown ? "on" : ""}
              onPointerEnter={() => setShown(at)}
            >
              <rect class="catch" x={at} width="1" height="100" />
              <rect x={at + 0.12} width="0.76" y={100 - (changes / end) * 100} height={(changes / end) * 100} />
            </g>
          ))}
        </svg>
        <p class="row faint">
          <span>{days[0] && describeDay(days[0].day)}</span>
          <span class="end">{days.length > 0 && describeDay(days.at(-1)!.day)}</span>
        </p>
      </div>
      <details>
        <summary>As a table</summary>
        <Table
          caption="Changes a day"
          rows={days.toReversed()}
          keyOf={({ day }) => day}
          empty="There is no day."
          narrow
          columns={[
            { heading: "Day", text: ({ day }) => day },
            {
              heading: "Changes",
              text: ({ changes }) => changes,
              show: ({ changes }) => formatNumber(changes),
              number: true,
            },
            {
              heading: "Applications",
              text: ({ applications }) => applications,
              show: ({ applications }) => formatNumber(applications),
              number: true,
            },
          ]}
        />
      </details>
    </>
  );
}
