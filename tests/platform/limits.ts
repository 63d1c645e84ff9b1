/** What one isolate may use before the platform ends it. */
export interface Limits {
  cpuMs: number;
  memoryMb: number;
  wallClockMs: number;
  /** Without a response by then the caller gets a 504; the handler goes on. */
  responseMs: number;
}

/** The platform's, of a free project. */
export const PLATFORM_LIMITS: Limits = { cpuMs: 2000, memoryMb: 256, wallClockMs: 150_000, responseMs: 150_000 };

export type Reason = "cpu" | "memory" | "wall_clock" | "early_drop" | "termination";

/** From this share of a limit on no new request is given to the isolate. */
const RETIRE_AT = 0.5;
/** At this share of a limit the isolate is told, by `beforeunload`. */
export const WARN_AT = 0.9;

export interface Usage {
  cpuMs: number;
  memoryMb: number;
  wallClockMs: number;
}

/** Whether the isolate has done its part. Memory retires nobody: it may come back. */
export function hasDoneItsPart({ cpuMs, wallClockMs }: Usage, limits: Limits): boolean {
  return Math.max(cpuMs / limits.cpuMs, wallClockMs / limits.wallClockMs) >= RETIRE_AT;
}

/** The limit that is nearest, and which share of it is used. */
export function nearestLimit(usage: Usage, limits: Limits): { reason: Reason; share: number } {
  const shares: [Reason, number][] = [
    ["cpu", usage.cpuMs / limits.cpuMs],
    ["wall_clock", usage.wallClockMs / limits.wallClockMs],
    ["memory", usage.memoryMb / limits.memoryMb],
  ];
  const [reason, share] = shares.reduce((nearest, next) => next[1] > nearest[1] ? next : nearest);
  return { reason, share };
}
