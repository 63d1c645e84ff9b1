/** Seeds that failed once, each with what it found. They are played first. */
export const CORPUS: readonly { seed: number; profile: string; found: string }[] = [
  {
    seed: 133,
    profile: "all",
    found: "the only canary left was deleted at OCC: OCC was found unwell at every tick, and nothing was fetched again",
  },
  {
    seed: 88,
    profile: "list too large for ever",
    found:
      "a long list that timed out left a short pass no time for today's: no gap was opened, fresh changes stood still",
  },
  {
    seed: 117,
    profile: "poison heals",
    found:
      "(of the simulation) an older state that OCC repeats through a reconciliation cannot be told from its last word",
  },
  {
    seed: 223,
    profile: "kills",
    found: "(of the simulation) a dispatch that failed stays the last one while idle ticks are skipped",
  },
];
