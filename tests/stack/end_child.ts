import { setTimeout as delay } from "node:timers/promises";

/** What a browser's driver needs to take its browser along. */
const GRACE_MS = 2000;

/** Ends a child: politely, then for certain. Resolves once it is gone. */
export async function endChild(child: Deno.ChildProcess): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    try {
      child.kill(signal);
    } catch {
      // It has ended.
    }
    const grace = new AbortController();
    const isGone = await Promise.race([
      child.status.then(() => true),
      delay(GRACE_MS, false, { signal: grace.signal }).catch(() => false),
    ]);
    grace.abort();
    if (isGone) return;
  }
}
