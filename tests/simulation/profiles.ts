import type { Mode } from "./occ/applications.ts";
import { HOUR, MINUTE } from "./simulation.ts";
import type { TroubleName } from "./trouble/plan_trouble.ts";

/** A kind of world: which trouble there is, and how much of it. Trouble of one kind is seen better alone. */
export interface Profile {
  /** How often each kind of trouble begins. */
  trouble: Partial<Record<TroubleName, number>>;
  /** At first; without it the seed chooses. */
  applications?: number;
  /** How long there is trouble. 4 hours without it. */
  hours?: number;
  /** How changes move dates. */
  modes?: readonly Mode[];
  /** List and details are a constant offset apart: of the seed's choice, or so many milliseconds. */
  offset?: "chosen" | number;
  maxLagMinutes?: number;
  clockPutBack?: true;
  /** Applications a pass may fetch; without it the seed chooses. */
  budget?: number;
  batchSize?: number;
  chunkSize?: number;
  /** What is wrong with single applications, or a list that is too large, stays so. */
  forEver?: true;
  /** What is wrong with OCC ends when all trouble does, and not before. */
  toTheEnd?: true;
  /** Dispatches are lost or delivered twice. */
  lossy?: true;
  /** Checks all the time that what is healthy is stale for so long at most. Milliseconds. */
  freshWithin?: number;
  /** Checks that so many ticks after OCC is back nothing healthy is stale. */
  soon?: number;
  /** Checks that a lagging replica shows an older state for so long at most. Milliseconds. */
  regress?: number;
  /** Checks how many fetches a change costs. */
  fetchesPerChange?: number;
  /** Goes on for so long after all is well, to see what the endless trouble costs. Milliseconds. */
  after?: number;
  /** What begins in the first hours and stays, so that there is time to see what comes of it. */
  early?: readonly TroubleName[];
  /** What comes in the last hours. */
  late?: readonly TroubleName[];
  /** Details are down from the first minute, for so many hours. */
  downAtFirst?: number;
  /** Rows are stored already, as after a move from another system; their dates may be off. */
  adopted?: true;
  watchEvery?: number;
}

const BOTH_WAYS: readonly Mode[] = ["forward", "back", "repeat"];
/** A lag of 8 minutes, the tick after it, and its pass. What is forced in between may show the older state. */
const REGRESS = 13.5 * MINUTE;
/** Two ticks and their passes. */
const FRESH = 12 * MINUTE;
const DAYS = { hours: 30, applications: 4, watchEvery: 5 * MINUTE } as const;

export const PROFILES: Record<string, Profile> = {
  "plain": { trouble: { changes: 20, news: 2 }, soon: 2, freshWithin: FRESH },
  "back": { trouble: { changes: 20 }, modes: BOTH_WAYS },
  "far back": { trouble: { changes: 10 }, modes: ["forward", "far back"] },
  "clock put back": { trouble: { changes: 40, burst: 8 }, clockPutBack: true, hours: 5, freshWithin: FRESH },
  "replicas lag": { trouble: { changes: 10, burst: 6, "replicas lag": 3 }, regress: 0 },
  "replicas lag, dates back": {
    trouble: { changes: 10, burst: 6, "replicas lag": 3, requests: 5, manual: 4 },
    modes: BOTH_WAYS,
    regress: REGRESS,
  },
  "long lag": { trouble: { changes: 10, burst: 6, "request soon": 4, "replicas lag": 4 }, maxLagMinutes: 40 },
  "list lags": { trouble: { changes: 10, burst: 6, "list lags": 3 }, freshWithin: FRESH + 10 * MINUTE },
  "offset": { trouble: { changes: 20, burst: 4 }, offset: "chosen", fetchesPerChange: 5 },
  "offset exactly": { trouble: { changes: 10 }, offset: HOUR, modes: ["forward", "by the offset"] },
  "offset and lag": { trouble: { changes: 20, burst: 6, "replicas lag": 3, "list lags": 2 }, offset: "chosen" },
  "undated": { ...DAYS, trouble: { changes: 10, undated: 2 } },
  "wrong dates": { trouble: { changes: 20, "wrong date": 4, "list repeats itself": 1 } },
  "news": { trouble: { changes: 5, news: 6, "replicas lag": 3, "list lags": 1 } },
  "deletions": { trouble: { changes: 5, deletions: 2, "list lags": 1, "replicas lag": 1 } },
  "outage": { trouble: { changes: 20, "details down": 2, "details time out": 1 }, soon: 2 },
  "outage to the end": {
    trouble: { changes: 20, "partial outage": 1, "details down": 1 },
    applications: 20,
    toTheEnd: true,
    soon: 2,
  },
  "partial outage": { trouble: { changes: 30, "partial outage": 2 }, applications: 20 },
  "partial outage for days": { ...DAYS, applications: 8, trouble: { changes: 10, "partial outage": 2 } },
  "details 404": { trouble: { changes: 20, "details 404": 2 }, soon: 2 },
  "flaky": { trouble: { changes: 20, flaky: 2, throttled: 2 }, applications: 30 },
  "poison": {
    ...DAYS,
    trouble: { changes: 6, poison: 1 },
    forEver: true,
    early: ["poison"],
    hours: 4,
    after: 50 * HOUR,
  },
  "poison alone": {
    ...DAYS,
    trouble: { poison: 3 },
    applications: 3,
    forEver: true,
    early: ["poison"],
    hours: 4,
    after: 26 * HOUR,
  },
  "poison heals": { ...DAYS, trouble: { changes: 2, poison: 2 }, early: ["poison"], hours: 30 },
  "down at first": { ...DAYS, trouble: { changes: 3 }, downAtFirst: 27, hours: 28 },
  "poison and people": {
    ...DAYS,
    trouble: { changes: 2, poison: 3, "retry parked": 1, "request of many": 1, forget: 1 },
    early: ["poison", "request of many"],
    late: ["retry parked", "forget"],
    hours: 32,
  },
  "poison for hours": { trouble: { changes: 20, poison: 8 }, freshWithin: FRESH },
  "killer": { trouble: { changes: 20, killer: 1, poison: 1 } },
  "killer for ever": {
    ...DAYS,
    trouble: { changes: 4, killer: 1 },
    forEver: true,
    early: ["killer"],
    hours: 4,
    after: 26 * HOUR,
  },
  "adopted": { trouble: { changes: 10 }, adopted: true },
  "regress": {
    trouble: { changes: 6, "request soon": 6, "force soon": 4, "replicas lag": 4 },
    regress: REGRESS,
  },
  "regress, dates back": {
    trouble: { changes: 6, "request soon": 6, "force soon": 4, burst: 6, "replicas lag": 4, "list lags": 3 },
    modes: BOTH_WAYS,
  },
  "locked rows": { trouble: { changes: 20, "row locked": 4 }, applications: 8, freshWithin: FRESH },
  "locked statuses": { trouble: { changes: 20, "status locked": 4, requests: 2 }, applications: 8, freshWithin: FRESH },
  "rows being inserted": { trouble: { changes: 10, "row being inserted": 2, "row locked": 1 } },
  "list down and requests": { trouble: { changes: 10, requests: 8, "list down": 2, "list times out": 1 } },
  "kills": {
    trouble: { changes: 30, kills: 20, freezes: 4, shutdowns: 4, manual: 4, requests: 4, pause: 1 },
    lossy: true,
    budget: 5,
  },
  "frozen": { trouble: { changes: 30, freezes: 10, "second tick": 6, manual: 4 }, budget: 6 },
  "requests": {
    trouble: { changes: 20, "request in flight": 6, requests: 6, "request of many": 2, pause: 2, "sync now": 2 },
  },
  "list empty": { trouble: { changes: 15, "list empty": 2, "list short": 1 } },
  "list empty for days": {
    ...DAYS,
    hours: 40,
    trouble: { changes: 8, "list empty": 1 },
    early: ["list empty"],
    soon: 2,
  },
  "rejected": { trouble: { changes: 20, "details rejected": 2, manual: 4, "request of many": 3 }, applications: 8 },
  "list too large": { trouble: { changes: 15, "list too large": 2 } },
  "list too large, accepted": {
    trouble: { changes: 15, "list too large": 1, "list down": 1, "accept gap": 2, "start from": 1 },
    late: ["accept gap"],
    hours: 6,
  },
  "list too large for ever": { ...DAYS, trouble: { changes: 10, "list too large": 2 }, forEver: true },
  "database": {
    trouble: {
      changes: 20,
      "database away": 2,
      "database hangs": 2,
      "database hangs at times": 1,
      "database answers late": 1,
      "database shaky": 3,
    },
  },
  "shaky database": { trouble: { changes: 30, "database shaky": 8, kills: 3, requests: 3 }, budget: 6, lossy: true },
  "people": {
    trouble: {
      changes: 20,
      pause: 2,
      "sync now": 2,
      manual: 2,
      "log deleted": 2,
      "rows deleted": 2,
      "rows truncated": 1,
      "older date edited": 3,
      "newer date edited": 1,
      "key edited": 1,
      "ticks lost": 1,
      "start from": 1,
      forget: 1,
    },
  },
  "all": {
    trouble: {
      changes: 15,
      burst: 3,
      news: 2,
      deletions: 1,
      "replicas lag": 1,
      "list lags": 1,
      "details down": 1,
      "partial outage": 1,
      "list down": 1,
      "list empty": 1,
      "list short": 1,
      "details 404": 1,
      "wrong date": 1,
      poison: 1,
      undated: 1,
      requests: 3,
      "request in flight": 1,
      manual: 3,
      pause: 1,
      "retry parked": 1,
      kills: 4,
      freezes: 1,
      "database shaky": 2,
      "row locked": 1,
      "status locked": 1,
      "rows deleted": 1,
    },
    modes: ["forward", "forward", "back", "repeat"],
    lossy: true,
  },
  "all, an offset apart": {
    trouble: {
      changes: 15,
      burst: 3,
      "replicas lag": 1,
      "list lags": 1,
      "details down": 1,
      "partial outage": 1,
      "list down": 1,
      "wrong date": 1,
      news: 2,
      poison: 1,
      requests: 3,
      "request in flight": 1,
      manual: 3,
      pause: 1,
      kills: 4,
      "database shaky": 1,
    },
    offset: "chosen",
    modes: ["forward", "forward", "back", "repeat"],
    lossy: true,
  },
};
