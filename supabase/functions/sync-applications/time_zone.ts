const DAY_MS = 86_400_000;

/** A time zone of the IANA database, such as `Pacific/Auckland`. Instants are milliseconds since the epoch. */
export interface TimeZone {
  readonly name: string;
  /** The date, `YYYY-MM-DD`, it is there at an instant. */
  dateAt(instant: number): string;
  /**
   * Its local clock time (as milliseconds, read as if it were UTC) to the instant. Where the clock was put back, the
   * earlier of the two; in a gap, as if it had not jumped.
   */
  toUtc(local: number): number;
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** @throws RangeError when there is no such zone */
export function createTimeZone(name: string): TimeZone {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: name,
    hourCycle: "h23",
    era: "narrow",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  // A list of OCC asks for tens of thousands of instants in a few days, and to ask `Intl` for each would take seconds.
  const startsOfDays = new Map<number, number>();

  function measure(instant: number): number {
    const parts: Record<string, string> = {};
    for (const { type, value } of format.formatToParts(instant)) parts[type] = value;
    const year = parts.era === "B" ? 1 - Number(parts.year) : Number(parts.year);
    // Date.UTC takes the year 99 for 1999.
    const local = new Date(0).setUTCFullYear(year, Number(parts.month) - 1, Number(parts.day)) +
      ((Number(parts.hour) * 60 + Number(parts.minute)) * 60 + Number(parts.second)) * 1000;
    return local - Math.floor(instant / 1000) * 1000;
  }

  function atStartOfDay(day: number): number {
    const known = startsOfDays.get(day);
    if (known !== undefined) return known;
    const offset = measure(day * DAY_MS);
    startsOfDays.set(day, offset);
    return offset;
  }

  /** Milliseconds east of UTC. A day that begins and ends with one offset has no other in between. */
  function offsetAt(instant: number): number {
    const day = Math.floor(instant / DAY_MS);
    const offset = atStartOfDay(day);
    return offset === atStartOfDay(day + 1) ? offset : measure(instant);
  }

  return {
    name,
    dateAt: (instant) => new Date(instant + offsetAt(instant)).toISOString().slice(0, 10),
    toUtc(local) {
      if (name === "UTC") return local;
      const before = offsetAt(local - DAY_MS);
      const guess = local - before;
      const offset = offsetAt(guess);
      if (offset === before) return guess;
      const second = local - offset;
      return offsetAt(second) === offset ? second : guess;
    },
  };
}
