import { stripVTControlCharacters } from "node:util";
import Table from "cli-table3";
import { columns } from "./columns.ts";

const NO_BORDERS = Object.fromEntries(
  [
    "top",
    "top-mid",
    "top-left",
    "top-right",
    "bottom",
    "bottom-mid",
    "bottom-left",
    "bottom-right",
    "left",
    "left-mid",
    "mid",
    "mid-mid",
    "right",
    "right-mid",
  ].map((name) => [name, ""]),
);

/** What is left for the last column at least, however narrow the terminal is. */
const NARROWEST = 20;

export interface TableOptions {
  /** Blanks before each row. */
  indent?: number;
  /** The last column is wrapped so that no line is longer; by default the terminal's width, and elsewhere nothing is. */
  width?: number | undefined;
}

/** Rows as aligned columns, without borders. */
export function renderTable(rows: readonly string[][], { indent = 0, width = columns() }: TableOptions = {}): string {
  const lines = layOut(rows, undefined);
  const tooMuch = Math.max(0, ...lines.map(lengthOf)) + indent - (width ?? Infinity);
  const fitting = tooMuch > 0 ? layOut(rows, narrow(rows.map((row) => row.at(-1) ?? ""), tooMuch)) : lines;
  return fitting.map((line) => `${" ".repeat(indent)}${line}`.trimEnd()).join("\n");
}

/** The last column's width: not less than its longest word, which would be cut off. */
function narrow(cells: string[], tooMuch: number): number {
  const longest = (pattern: RegExp) => Math.max(0, ...cells.flatMap((cell) => cell.split(pattern)).map(lengthOf));
  return Math.max(NARROWEST, longest(/\s+/), longest(/\n/) - tooMuch);
}

function lengthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}

function layOut(rows: readonly string[][], lastWidth: number | undefined): string[] {
  if (rows.length === 0) return [];
  const others = Math.max(...rows.map((row) => row.length)) - 1;
  const table = new Table({
    chars: { ...NO_BORDERS, middle: "  " },
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true },
    wordWrap: true,
    colWidths: lastWidth === undefined ? [] : [...Array(others).fill(null), lastWidth],
  });
  table.push(...rows);
  return table.toString().split("\n").map((line) => line.trimEnd());
}
