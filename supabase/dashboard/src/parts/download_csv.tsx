import { useState } from "preact/hooks";
import { type Column, download, toCsv } from "../csv.ts";

interface DownloadCsvProps<Row> {
  /** Becomes the file's. */
  name: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** All rows, where the page shows only some. */
  all?: () => Promise<readonly Row[]>;
}

/** What is shown, as a file for a spreadsheet. */
export function DownloadCsv<Row>({ name, columns, rows, all }: DownloadCsvProps<Row>) {
  const [state, setState] = useState<"idle" | "reading" | "failed">("idle");
  const save = async () => {
    setState("reading");
    try {
      download(`${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}.csv`, toCsv(columns, all ? await all() : rows));
      setState("idle");
    } catch {
      setState("failed");
    }
  };
  return (
    <>
      <button type="button" class="quiet csv" disabled={state === "reading"} onClick={save}>
        {state === "reading" ? "Reading all rows…" : "Download CSV"}
      </button>
      <span role="status">
        {state === "failed" && <span class="wrong">Not all rows could be read: try again</span>}
      </span>
    </>
  );
}
