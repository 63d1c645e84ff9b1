import type { Mode } from "./occ/applications.ts";

/** A kind of world: which trouble there is, and how much of it. Trouble of one kind is seen better alone. */
export interface Profile {
  /** How often each kind of trouble (`TROUBLE`) begins, by its name. */
  trouble: Readonly<Record<string, number>>;
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
  /** Begins then, and OCC's times are in UTC. */
  start?: string;
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
  /** Nothing else is wrong: checks all the time how often an undated application is fetched. */
  onlyUndated?: true;
  /** Checks how many fetches a change costs. */
  fetchesPerChange?: number;
  /** Goes on for so long after all is well, to see what the endless trouble costs. Milliseconds. */
  after?: number;
  /** What begins in the first hours and stays, so that there is time to see what comes of it. */
  early?: readonly string[];
  /** What comes in the last hours. */
  late?: readonly string[];
  /** Details are down from the first minute, for so many hours. */
  downAtFirst?: number;
  /** Rows are stored already, as after a move from another system; their dates may be off. */
  adopted?: true;
  watchEvery?: number;
}
