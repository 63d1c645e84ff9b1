import process from "node:process";
// @ts-types="./cli_progress.d.ts"
import { Format, SingleBar } from "cli-progress";
import { columns } from "./columns.ts";

const LINE_EVERY_MS = 5000;
/** What is written behind a bar has room for as much. */
const BESIDE = 44;
const NARROWEST = 10;

/** A bar that is filled to a share, from 0 to 1. */
export function renderBar(share: number, width: number): string {
  return Format.BarFormat(Math.min(1, Math.max(0, share)), {
    barsize: width,
    barCompleteString: "█".repeat(width),
    barIncompleteString: "░".repeat(width),
    barGlue: "",
  });
}

/** Of work under way: on a terminal one line that is redrawn, elsewhere a line every five seconds, and the last one. */
export interface ProgressBar {
  /** The text stands behind a bar that is filled to the share, or alone. */
  show(text: string, share?: number): void;
  /** What was shown last stays. */
  stop(): void;
}

export function createProgressBar(): ProgressBar {
  const width = Math.min(40, Math.max(NARROWEST, (columns() ?? Infinity) - BESIDE));
  const bar = new SingleBar({
    stream: Deno.stdout.isTerminal() ? process.stdout : withoutBlankLines(),
    format: (_options, _params, { text, share }) => `  ${share === null ? "" : `${renderBar(share, width)} `}${text}`,
    hideCursor: true,
    linewrap: false,
    gracefulExit: false,
    noTTYOutput: true,
    notTTYSchedule: LINE_EVERY_MS,
  });
  let isShown = false;
  return {
    show(text, share) {
      const payload = { text, share: share ?? null };
      if (isShown) bar.update(0, payload);
      else bar.start(1, 0, payload);
      isShown = true;
    },
    stop() {
      if (isShown) bar.stop();
      isShown = false;
    },
  };
}

/** Where nothing is redrawn each line ends by itself, and there is none to be left at the end. */
function withoutBlankLines() {
  let isFresh = true;
  return {
    isTTY: false,
    write(text: string): void {
      if (text === "\n" && isFresh) return;
      isFresh = text.endsWith("\n");
      process.stdout.write(text);
    },
  };
}
