import { setTimeout as delay } from "node:timers/promises";

const ASK_EVERY_MS = 25;

/**
 * Asks again until there is an answer. `timeoutMs` is no promise of how fast anything is, and generous: it makes what
 * never comes fail a test instead of hanging it.
 *
 * @throws when there is none in time, naming what was waited for
 */
export async function waitUntil<T>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<T | undefined | false>,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await delay(ASK_EVERY_MS);
  }
  throw new Error(`Waited ${timeoutMs / 1000} s for ${what}`);
}
