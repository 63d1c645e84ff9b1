import fc from "fast-check";
import { toCsv } from "../../../supabase/dashboard/src/csv.ts";
import { assert, assertEquals } from "../../support/assert.ts";

type Row = { name: string | null; count: number | null };
const COLUMNS = [
  { heading: "Name", text: (row: Row) => row.name },
  { heading: "Seen only", text: () => "no", file: false },
  { heading: "Count", text: (row: Row) => row.count },
];

/** As RFC 4180 says a reader does it. */
function parse(csv: string): string[][] {
  const lines: string[][] = [];
  let line: string[] = [];
  let cell = "";
  let quoted = false;
  for (let at = csv.startsWith("\uFEFF") ? 1 : 0; at < csv.length; at++) {
    const char = csv[at]!;
    if (quoted) {
      if (char !== '"') cell += char;
      else if (csv[at + 1] === '"') cell += csv[++at];
      else quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === ",") {
      line.push(cell);
      cell = "";
    } else if (char === "\r" && csv[at + 1] === "\n") {
      at++;
      lines.push([...line, cell]);
      [line, cell] = [[], ""];
    } else cell += char;
  }
  return lines;
}

Deno.test("toCsv() begins with a byte order mark and the headings, and leaves out what is for the eye", () => {
  assertEquals(toCsv(COLUMNS, [{ name: "G3-1", count: 2 }]), "\uFEFFName,Count\r\nG3-1,2\r\n");
  assertEquals(toCsv(COLUMNS, [{ name: null, count: null }]), "\uFEFFName,Count\r\n,\r\n");
});

Deno.test("toCsv() is read back as it was, but for the quote before what a spreadsheet would run", () => {
  const row = fc.record({
    name: fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'",\r\n=+-@\t ab') })),
    count: fc.option(fc.integer()),
  });
  fc.assert(fc.property(fc.array(row), (rows) => {
    const [, ...lines] = parse(toCsv(COLUMNS, rows));
    assertEquals(
      lines,
      rows.map((
        { name, count },
      ) => [/^[=+\-@\t\r]/.test(name) ? `'${name}` : name, count === null ? "" : String(count)]),
    );
  }));
});

Deno.test("toCsv() gives a spreadsheet no text it would take for a formula", () => {
  fc.assert(fc.property(fc.constantFrom(..."=+-@\t\r"), fc.string(), (first, rest) => {
    const [, [name = ""] = []] = parse(toCsv(COLUMNS, [{ name: first + rest, count: -1 }]));
    assert(name.startsWith("'"), name);
  }));
  assertEquals(toCsv(COLUMNS, [{ name: "-", count: -1 }]), "\uFEFFName,Count\r\n'-,-1\r\n", "a number stays one");
});
