import type { Part } from "./parts.ts";

/**
 * Runs parts side by side, `lanes` at once: the longest first, so that none is left running alone at the end; and those
 * that measure after all others, one by one.
 */
export async function runInLanes(
  parts: Part[],
  lanes: number,
  run: (part: Part) => Promise<void>,
  stopping: AbortSignal,
): Promise<void> {
  const waiting = parts.filter(({ alone }) => !alone).sort((a, b) => b.seconds - a.seconds);
  async function work(): Promise<void> {
    for (let part = waiting.shift(); part && !stopping.aborted; part = waiting.shift()) await run(part);
  }
  await Promise.all(Array.from({ length: lanes }, work));
  for (const part of parts.filter(({ alone }) => alone)) if (!stopping.aborted) await run(part);
}
