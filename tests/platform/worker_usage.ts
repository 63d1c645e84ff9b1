/**
 * CPU time of the process's main thread, in milliseconds: the isolate's own thread, which is what the platform counts.
 * Helper threads of V8 and Tokio are not in it.
 */
export function ownThreadMs(pid: number): number {
  const [nanoseconds] = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/schedstat`).split(" ");
  return Number(nanoseconds) / 1e6;
}

/** Memory resident now, of the whole process, in megabytes: more than the isolate's own. */
export function residentMb(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`));
  return Number(match?.[1] ?? 0) / 1024;
}

/** The most memory a process has ever had resident, in megabytes. */
export function peakResidentMb(pid: number): number {
  const match = /^VmHWM:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`));
  return Number(match?.[1]) / 1024;
}
