import { setTimeout as delay } from "node:timers/promises";
import { styleText } from "node:util";
import type { Project } from "../connect.ts";
import { readStatus, UnknownStatusError } from "./read_status.ts";
import { renderStatus, type Status, summarize } from "./render_status.ts";

export const LOOK_EVERY_MS = 2000;
/** Where nothing is redrawn, what only moves on is told so seldom. */
const TELL_EVERY_MS = 10_000;

/** Shows what was read last and, when that is long ago, why nothing newer could be read. */
export type Show = (status: Status | undefined, problem: string | undefined) => void;

/** Looks again and again, also while the project is away. Never returns. */
export async function watchStatus(project: Project, show: Show): Promise<never> {
  let last: Status | undefined;
  for (;;) {
    let problem: string | undefined;
    try {
      last = await readStatus(project);
    } catch (error) {
      if (!(error instanceof UnknownStatusError)) throw error;
      problem = error.message;
    }
    show(last, problem);
    await delay(LOOK_EVERY_MS);
  }
}

/** One frame over the last, no longer than the terminal is high. */
export function redraw(status: Status | undefined, problem: string | undefined): void {
  const foot = problem === undefined
    ? styleText("gray", "Ctrl-C ends it")
    : styleText("red", `${problem}. Tries again.`);
  const body = status ? renderStatus(status, Date.now()).split("\n") : [];
  const lines = [...body.slice(0, Math.max(0, Deno.consoleSize().rows - 2)), "", `${clock()} UTC  ${foot}`];
  write(`\x1b[?25l\x1b[H${lines.map((line) => `${line}\x1b[K`).join("\n")}\x1b[J`);
}

/** Gives the terminal back. */
export function endRedraw(): void {
  write("\x1b[?25h\n");
}

/** A line for what is new, and now and then for what only moves on. */
export function createTeller(): Show {
  let told = "";
  let toldAt = 0;
  return (status, problem) => {
    const line = problem === undefined ? status ? summarize(status) : "" : `${problem}. Tries again.`;
    const key = line.replaceAll(/\d+/g, "");
    if (line === told || key === told.replaceAll(/\d+/g, "") && Date.now() - toldAt < TELL_EVERY_MS) return;
    told = line;
    toldAt = Date.now();
    console.log(`${clock()} UTC  ${line}`);
  };
}

function clock(): string {
  return new Date().toISOString().slice(11, 19);
}

function write(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}
