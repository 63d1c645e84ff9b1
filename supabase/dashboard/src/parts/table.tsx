import type { ComponentChildren } from "preact";
import type { Column } from "../csv.ts";
import { DownloadCsv } from "./download_csv.tsx";

export interface ShownColumn<Row> extends Column<Row> {
  /** How it is shown, where that is more than its text. */
  show?(row: Row): ComponentChildren;
  /** Right-aligned, tabular digits. */
  number?: boolean;
  /** Left out on a narrow screen, where each row is a card. */
  wide?: boolean;
  /** In the place of its heading, where that is something to be used. */
  head?: ComponentChildren;
  /** For the file only. */
  unseen?: boolean;
}

interface TableProps<Row> {
  /** Said to who cannot see it, and the file's name. */
  caption: string;
  columns: readonly ShownColumn<Row>[];
  rows: readonly Row[];
  keyOf(row: Row): string;
  /** What stands there when there are no rows. */
  empty: string;
  /** So narrow that it stays a table on a phone. */
  narrow?: boolean;
  /** All rows for the CSV, where the page shows only some. */
  all?: () => Promise<readonly Row[]>;
}

/** A table whose rows can be had as CSV. On a narrow screen each row becomes a card. */
export function Table<Row>({ caption, columns, rows, keyOf, empty, narrow = false, all }: TableProps<Row>) {
  if (rows.length === 0) return <p class="empty">{empty}</p>;
  const seen = columns.filter(({ unseen }) => !unseen);
  return (
    <div class={narrow ? "table narrow" : "table"}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {seen.map(({ heading, head, number, wide }) => (
              <th key={heading} scope="col" class={toClass(number, wide)}>{head ?? heading}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {seen.map(({ heading, text, show, number, wide }) => (
                <td key={heading} data-heading={heading} class={toClass(number, wide)}>
                  {show ? show(row) : text(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <DownloadCsv name={caption} columns={columns} rows={rows} {...(all ? { all } : {})} />
    </div>
  );
}

function toClass(number = false, wide = false): string {
  return [number && "number", wide && "wide"].filter(Boolean).join(" ");
}
