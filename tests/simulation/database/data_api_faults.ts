import type { Random } from "../../support/random.ts";
import type { Scheduler } from "../scheduler.ts";

/** What can become of a call. Of the first kind nothing is carried out, of the second all is. */
export const FATES = [
  "refused",
  "cancelled",
  "hangs",
  "bad gateway",
  "empty",
  "lost",
  "lost, 502",
  "lost, empty",
  "late",
] as const;
export type Fate = typeof FATES[number] | "served";

export interface DataApiFault {
  fate: Fate;
  /** For each call. */
  probability: number;
  /** When it begins and ends. Milliseconds since the epoch. */
  from: number;
  to: number;
}

/** What goes wrong between the function and its database. */
export interface DataApiFaults {
  add(fault: DataApiFault): void;
  /** The fate of the next call. */
  draw(): Fate;
  heal(): void;
}

export function createDataApiFaults(scheduler: Scheduler, random: Random): DataApiFaults {
  let faults: DataApiFault[] = [];
  return {
    add: (fault) => void faults.push(fault),
    draw() {
      const now = scheduler.now();
      for (const { fate, probability, from, to } of faults) {
        if (from <= now && now < to && random.chance(probability)) return fate;
      }
      return "served";
    },
    heal: () => void (faults = []),
  };
}
