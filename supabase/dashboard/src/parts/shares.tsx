import { formatNumber, formatShare } from "../format.ts";
import type { Bar } from "../statistics.ts";
import { Table } from "./table.tsx";

interface SharesProps {
  title: string;
  heading: string;
  bars: Bar[];
  total: number;
}

/** How the applications are spread: a table each of whose rows is a bar too. */
export function Shares({ title, heading, bars, total }: SharesProps) {
  const largest = Math.max(1, ...bars.map(({ applications }) => applications));
  return (
    <section class="panel shares" aria-label={title}>
      <h2>{title}</h2>
      <Table
        caption={title}
        rows={bars}
        keyOf={({ name }) => name}
        empty="Nothing is stored yet."
        narrow
        columns={[
          {
            heading,
            text: ({ name, note }) => note ? `${name} ${note}` : name,
            show: ({ name, note, applications }) => (
              <div class="bar">
                {name} {note && <span class="faint">{note}</span>}
                <svg class="share" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
                  <rect width={(applications / largest) * 100} height="1" />
                </svg>
              </div>
            ),
          },
          {
            heading: "Applications",
            text: ({ applications }) => applications,
            show: ({ applications }) => formatNumber(applications),
            number: true,
          },
          { heading: "Share", text: ({ applications }) => formatShare(applications, total), number: true },
        ]}
      />
    </section>
  );
}
