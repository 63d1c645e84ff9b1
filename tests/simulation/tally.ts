import { DAY } from "./time_units.ts";
import type { SeedResult } from "./simulate_seed.ts";

/** What came of all seeds together. */
export interface Tally {
  /** Takes one seed's result, and prints it when it failed; `again` plays it once more. */
  add(seed: number, result: SeedResult, again: string): void;
  fail(message: string): void;
  /** The worlds that took longest. */
  slowest(): string[];
  summary(): string;
  failed(): number;
}

export function createTally(): Tally {
  const startedAt = Date.now();
  let lastAt = startedAt;
  const times: { what: string; ms: number }[] = [];
  let played = 0;
  let safetyOnly = 0;
  let failed = 0;
  let steps = 0;
  let kills = 0;
  let days = 0;

  function fail(message: string): void {
    failed++;
    console.log(message);
  }

  return {
    add(seed, result, again) {
      const now = Date.now();
      times.push({ what: `seed ${seed} (${result.profile})`, ms: now - lastAt });
      lastAt = now;
      played++;
      safetyOnly += result.safetyOnly ? 1 : 0;
      steps += result.steps;
      kills += result.kills;
      days += result.virtualMs / DAY;
      const problems = result.problems.slice(0, 5).join("\n  ");
      if (problems !== "") {
        fail(`seed ${seed} (${result.profile}) failed: ${problems}\n  again, with its trace: ${again}`);
      }
    },
    fail,
    slowest: () => times.sort((a, b) => b.ms - a.ms).slice(0, 10).map(({ what, ms }) => `${ms} ms ${what}`),
    summary() {
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(0);
      return `${played} seeds (${safetyOnly} for safety only), ${days.toFixed(0)} virtual days, ${steps} events, ` +
        `${kills} workers killed, ${seconds} s\n${Math.max(0, played - failed)} passed | ${failed} failed`;
    },
    failed: () => failed,
  };
}
