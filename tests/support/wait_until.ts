import { setTimeout as delay } from "node:timers/promises";

/** Asks again until there is an answer. @throws when there is none in time, naming what was waited for */
export async function waitUntil<T>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<T | undefined | false>,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await delay(100);
  }
  throw new Error(`Waited ${timeoutMs / 1000} s for ${what}`);
}
