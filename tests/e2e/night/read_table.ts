/** What docs/troubleshooting.md says of a fault. */
export interface NightRow {
  what: string;
  alerts: string[];
  words: string[];
  log: string[];
  mends: string[];
}

const PAGE = new URL("../../../docs/troubleshooting.md", import.meta.url);
const HEADING = "## An operator's night";

/** The rows of the table, each cell as the texts it quotes. */
export async function readTable(): Promise<NightRow[]> {
  const text = await Deno.readTextFile(PAGE);
  const [, ...rows] = text.slice(text.indexOf(`\n${HEADING}\n`)).match(/^\|.*\|$/gm) ?? [];
  return rows.filter((row) => !/^\| -/.test(row)).map((row) => {
    const [what = "", ...cells] = row.split("|").slice(1, -1).map((cell) => cell.trim());
    const [alerts = [], words = [], log = [], mends = []] = cells.map((cell) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, quoted = ""]) => quoted)
    );
    return { what, alerts, words, log, mends };
  });
}

/** Whether a text says what is quoted of it; "…" stands for anything within a line. */
export function says(text: string, quoted: string): boolean {
  const pattern = quoted.split(" … ").map(RegExp.escape).join(".*");
  return new RegExp(pattern).test(text);
}
