import { setTimeout as delay } from "node:timers/promises";

/** A process and when it started: a pid alone may belong to somebody else by the time it is used. */
export interface ProcessMark {
  pid: number;
  /** Opaque: equal for the same process, different for a later one with the same pid. */
  started: string;
}

interface ProcessRow extends ProcessMark {
  parent: number;
}

/** The living processes of this machine, zombies left out. */
export function listProcesses(): ProcessRow[] {
  return Deno.build.os === "linux" ? fromProc() : fromPs();
}

/** The mark of a living process, or undefined when there is none with this pid. */
export function markProcess(pid: number): ProcessMark | undefined {
  const row = Deno.build.os === "linux" ? readProc(String(pid)) : fromPs().find((row) => row.pid === pid);
  return row && { pid: row.pid, started: row.started };
}

export function isRunning(mark: ProcessMark): boolean {
  return markProcess(mark.pid)?.started === mark.started;
}

/** Sends a signal to the marked process, and to nobody else; a process that is gone is fine. */
export function signalProcess(mark: ProcessMark, signal: Deno.Signal): void {
  if (!isRunning(mark)) return;
  try {
    Deno.kill(mark.pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound) && isRunning(mark)) throw error;
  }
}

/** Waits until none of the processes runs; false when `timeoutMs` passed first. */
export async function waitUntilGone(marks: ProcessMark[], timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (marks.some(isRunning)) {
    if (Date.now() > deadline) return false;
    await delay(20);
  }
  return true;
}

/** The process and everything it started, parents first. */
export function processTree(root: ProcessMark): ProcessMark[] {
  if (!isRunning(root)) return [];
  const rows = listProcesses();
  const tree: ProcessMark[] = [root];
  for (const { pid } of tree) {
    for (const row of rows) if (row.parent === pid) tree.push({ pid: row.pid, started: row.started });
  }
  return tree;
}

function fromProc(): ProcessRow[] {
  const rows: ProcessRow[] = [];
  for (const entry of Deno.readDirSync("/proc")) {
    const row = /^\d+$/.test(entry.name) ? readProc(entry.name) : undefined;
    if (row) rows.push(row);
  }
  return rows;
}

function readProc(pid: string): ProcessRow | undefined {
  let stat: string;
  try {
    stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  } catch {
    return undefined;
  }
  // The command in parentheses may itself hold blanks and parentheses: what counts follows the last one.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, parent] = fields;
  const started = fields[19];
  if (state === undefined || parent === undefined || started === undefined || state === "Z" || state === "X") {
    return undefined;
  }
  return { pid: Number(pid), parent: Number(parent), started };
}

function fromPs(): ProcessRow[] {
  const { stdout } = new Deno.Command("ps", { args: ["-A", "-o", "pid=,ppid=,stat=,lstart="] }).outputSync();
  return new TextDecoder().decode(stdout).split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+)$/.exec(line);
    if (!match || match[3]?.startsWith("Z")) return [];
    return [{ pid: Number(match[1]), parent: Number(match[2]), started: match[4] ?? "" }];
  });
}
