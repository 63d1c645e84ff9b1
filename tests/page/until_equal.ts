import { setTimeout as delay } from "node:timers/promises";
import { assertEquals } from "../support/assert.ts";

/** No promise of how fast anything is: only so that what never comes fails a test instead of hanging it. */
export const PATIENCE_MS = 120_000;

/** Asks until it is so: what a page shows follows what was done to it, sooner or later. @throws what it was last */
export async function untilEqual<Value>(ask: () => Promise<Value>, expected: Value, what?: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return assertEquals(await ask(), expected, what);
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await delay(50);
  }
}
