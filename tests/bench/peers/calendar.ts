import type { WorldApplication } from "../../stack/occ/world.ts";

export const TICKS = 288;
const DAY_MS = 86_400_000;

/** A day with so many new applications, spread evenly over its ticks; the day before had as many. */
export interface Calendar {
  yesterday: WorldApplication[];
  /** What is new since the tick before; ticks are counted from 1. */
  newAt(tick: number): WorldApplication[];
  /** The date of the tick before: since when the next one lists, `YYYY-MM-DD`. The first is the first after midnight. */
  sinceOf(tick: number): string;
}

export function createCalendar(changes: number, now = Date.now()): Calendar {
  const midnight = Math.floor(now / DAY_MS) * DAY_MS;
  function make(day: "Y" | "T", change: number): WorldApplication {
    const savedAt = midnight + (change / changes - (day === "Y" ? 1 : 0)) * DAY_MS;
    return { id: `G3-${day}${change}`, lastSavedDateTime: new Date(savedAt).toISOString(), version: 0 };
  }
  const upTo = (tick: number) => Math.floor((changes * tick) / TICKS);
  return {
    yesterday: Array.from({ length: changes }, (_, change) => make("Y", change)),
    newAt: (tick) =>
      Array.from({ length: upTo(tick) - upTo(tick - 1) }, (_, change) => make("T", upTo(tick - 1) + change)),
    sinceOf: (tick) => new Date(midnight + ((tick - 2) / TICKS) * DAY_MS).toISOString().slice(0, 10),
  };
}

/** As OCC lists. */
export function isListed({ lastSavedDateTime }: WorldApplication, since: string): boolean {
  return lastSavedDateTime.slice(0, 10) >= since;
}
