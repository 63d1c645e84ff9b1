/** A seed that failed once, or that is the only one of few to reach something. */
export interface KnownSeed {
  seed: number;
  profile: string;
  /** What it found. */
  found: string;
}

/** They are played first. A seed means the same only as long as its profile does: what it found is tested beside it. */
export const CORPUS: readonly KnownSeed[] = [
  {
    seed: 11,
    profile: "kills",
    found: "nothing yet: it is the world in which a sync that waits is sent again, which too few of the others are",
  },
  {
    seed: 1024,
    profile: "list too large, accepted",
    found: "nothing yet: it is a world in which a complete list covers a gap before somebody accepts it",
  },
  {
    seed: 1,
    profile: "people",
    found: "nothing yet: it is a world in which ticks are lost, and the alert of it is resolved",
  },
  {
    seed: 9,
    profile: "all",
    found: "the only canary left was deleted at OCC: OCC was found unwell at every tick, and nothing was fetched again",
  },
  {
    seed: 11,
    profile: "list too large for ever",
    found:
      "a long list that timed out left a short pass no time for today's, or passed for an OCC that cannot be reached: " +
      "no gap was opened, and fresh changes stood still",
  },
  {
    seed: 117,
    profile: "poison heals",
    found:
      "(of the simulation) an older state that OCC repeats through a reconciliation cannot be told from its last word",
  },
  {
    seed: 30130,
    profile: "poison alone",
    found:
      "without a synced application, one that Postgres rejects was taken for OCC's recovery at each of its attempts, and " +
      "all that had failed was asked for again",
  },
  {
    seed: 30376,
    profile: "offset",
    found:
      "what was settled in spite of the list had to be repeated once more, for another ten minutes, at each recheck",
  },
  {
    seed: 1173,
    profile: "people",
    found: "(of the simulation) who empties the log takes away what is known of runs, until three others have ended",
  },
  {
    seed: 70069,
    profile: "gone, and storms",
    found:
      "(of the simulation) what is asked for while OCC fails is none of the fetches until an application is parked",
  },
  {
    seed: 223,
    profile: "kills",
    found: "(of the simulation) a dispatch that failed stays the last one while idle ticks are skipped",
  },
  {
    seed: 90186,
    profile: "outage of all there is",
    found: "(of the simulation) what waited for a wait's end was looked at in the middle of a run, not after a tick's",
  },
  {
    seed: 64144,
    profile: "outage",
    found:
      "in an outage in which all there is became stale, and no canary was left, failures counted: once OCC was back the " +
      "first success made the others due, but nobody went on with them before the next tick",
  },
];
