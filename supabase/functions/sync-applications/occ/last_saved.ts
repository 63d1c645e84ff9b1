import type { TimeZone } from "../time_zone.ts";

const PATTERN =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

/** Later years are written with a sign and six digits, which Postgres does not read; Date.UTC takes 99 for 1999. */
const EARLIEST = Date.UTC(100, 0, 1);
const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59);

/**
 * Reads a `lastSavedDateTime` of OCC and writes it in UTC, microseconds kept (a `Date` would lose them).
 * Without an offset it is read in `timeZone`. Null when it is no date and time.
 */
export function parseLastSaved(text: string, timeZone: TimeZone): string | null {
  const match = PATTERN.exec(text.trim());
  if (!match) return null;
  const [, year, month, day, hour, minute, second = "00", fraction = "", offset] = match;
  const fields = [year, month, day, hour, minute, second].map(Number);
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0] = fields;
  const local = Date.UTC(y, mo - 1, d, h, mi, s);
  // Date.UTC turns the 30th of February into March: what does not come back as it went in is no date.
  if (y < 1 || new Date(local).toISOString().slice(0, 19) !== `${year}-${month}-${day}T${hour}:${minute}:${second}`) {
    return null;
  }
  const utc = offset === undefined ? timeZone.toUtc(local) : local - parseOffset(offset);
  if (!(utc >= EARLIEST && utc <= LATEST)) return null;
  const micros = fraction.slice(0, 6).replace(/0+$/, "");
  const seconds = new Date(utc).toISOString().slice(0, -5);
  return `${seconds}${micros === "" ? "" : `.${micros}`}Z`;
}

/** Whether a date is newer than another one, both as `parseLastSaved()` writes them. Any date is newer than none. */
export function isNewer(date: string | null, known: string | null): boolean {
  if (date === null || known === null) return known === null && date !== null;
  const seconds = Date.parse(date) - Date.parse(known);
  return seconds !== 0 ? seconds > 0 : date.replace("Z", "").padEnd(27, "0") > known.replace("Z", "").padEnd(27, "0");
}

/** Milliseconds east of UTC; NaN when there is no such offset. */
function parseOffset(offset: string): number {
  if (offset.toUpperCase() === "Z") return 0;
  const sign = offset.startsWith("-") ? -1 : 1;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(3).replace(":", "") || "0");
  if (hours > 23 || minutes > 59) return NaN;
  return sign * (hours * 60 + minutes) * 60_000;
}
