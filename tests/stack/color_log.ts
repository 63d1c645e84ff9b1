import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** The function's lines by kind: what failed, what was left out, who asked for a run, what the run does. */
const KINDS: [RegExp, Style][] = [
  [/\bfailed in \d|could not be closed|^the function's process ended/, "red"],
  [/\] (Skipped|Refused)\b/, "yellow"],
  [/^\[(Cron|Next pass)\]/, "cyan"],
  [/^\[Manual\]/, "magenta"],
  [/Sync completed successfully$/, "green"],
  [/^\[syncApplicationsSince\]/, "white"],
];

/** A line of the function's log for the terminal. What has none of its marks was printed by something that broke. */
export function colorLine(line: string, options: { validateStream?: boolean } = {}): string {
  return styleText(KINDS.find(([pattern]) => pattern.test(line))?.[1] ?? "red", line, options);
}
