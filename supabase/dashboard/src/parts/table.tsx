import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { type Column, download, toCsv } from "../csv.ts";

export interface ShownColumn<Row> extends Column<Row> {
  /** How it is shown, where that is more than its text. */
  show?(row: Row): ComponentChildren;
  /** Right-aligned, tabular digits. */
  number?: boolean;
  /** Left out on a narrow screen, where each row is a card. */
  wide?: boolean;
}

interface TableProps<Row> {
  /** Said to who cannot see it, and the file's name. */
  caption: string;
  columns: readonly ShownColumn<Row>[];
  rows: readonly Row[];
  keyOf(row: Row): string;
  /** What stands there when there are no rows. */
  empty: string;
  /** All rows for the CSV, where the page shows only some. */
  all?: () => Promise<readonly Row[]>;
}

/** A table whose rows can be had as CSV. On a narrow screen each row becomes a card. */
export function Table<Row>({ caption, columns, rows, keyOf, empty, all }: TableProps<Row>) {
  const [state, setState] = useState<"idle" | "reading" | "failed">("idle");
  const save = async () => {
    const name = caption.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
    setState("reading");
    try {
      download(`${name}.csv`, toCsv(columns, all ? await all() : rows));
      setState("idle");
    } catch {
      setState("failed");
    }
  };
  if (rows.length === 0) return <p class="empty">{empty}</p>;
  return (
    <div class="table">
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ heading, number, wide }) => (
              <th key={heading} scope="col" class={toClass(number, wide)}>{heading}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ heading, text, show, number, wide }) => (
                <td key={heading} data-heading={heading} class={toClass(number, wide)}>
                  {show ? show(row) : text(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <button type="button" class="quiet csv" disabled={state === "reading"} onClick={save}>
        {state === "reading" ? "Reading all rows…" : "Download CSV"}
      </button>
      <span role="status">
        {state === "failed" && <span class="wrong">Not all rows could be read: try again</span>}
      </span>
    </div>
  );
}

function toClass(number = false, wide = false): string {
  return [number && "number", wide && "wide"].filter(Boolean).join(" ");
}
