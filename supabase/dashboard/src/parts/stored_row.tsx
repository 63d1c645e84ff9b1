import { isMoment, orderAttributes } from "../timeline.ts";
import { DownloadCsv } from "./download_csv.tsx";
import { Time } from "./time.tsx";

/** The row as it is stored, by the names the specification prints. */
export function StoredRow({ stored }: { stored: Record<string, string | null> }) {
  const rows = orderAttributes(stored);
  const missing = rows.filter(([, value]) => value === null).map(([name]) => name);
  return (
    <section class="panel" aria-labelledby="stored">
      <h2 id="stored">What is stored</h2>
      <dl class="attributes">
        {rows.filter(([, value]) => value !== null).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{isMoment(value) ? <Time at={value} /> : value}</dd>
          </div>
        ))}
      </dl>
      {missing.length > 0 && <p class="faint">OCC gave nothing for {missing.join(", ")}.</p>}
      <DownloadCsv
        name={stored.G3_application_number ?? "application"}
        columns={[
          { heading: "Attribute", text: ([name]: [string, string | null]) => name },
          { heading: "Value", text: ([, value]: [string, string | null]) => value },
        ]}
        rows={rows}
      />
    </section>
  );
}
