/** Linux' unit of CPU time in /proc, the same on all common machines: hundredths of a second. */
const TICK_MS = 10;

/** CPU time a process has used so far, all threads, user and system, in milliseconds. */
export function cpuMs(pid: number | "self"): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The command in parentheses may itself hold blanks and parentheses: what counts follows the last one.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
