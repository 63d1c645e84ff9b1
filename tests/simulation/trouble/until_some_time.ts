import type { Simulation } from "../simulation.ts";
import { HOUR } from "../time_units.ts";

/** A time from now until trouble ends, mostly short. Milliseconds since the epoch. */
export function untilSomeTime(
  { random, scheduler, wellAt, profile }: Simulation,
  lowMs: number,
  highMs: number,
): number {
  if (profile.toTheEnd) return wellAt;
  const high = Math.min(highMs, (profile.hours ?? 4) * HOUR);
  return Math.min(wellAt, scheduler.now() + random.whole(Math.min(lowMs, high), high));
}
