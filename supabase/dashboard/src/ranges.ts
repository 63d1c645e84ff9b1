// Which time the charts show, in how many buckets. Pure: the clock and the viewer's zone come in.

export interface Range {
  since: number;
  until: number;
  buckets: number;
  /** Whether it is what somebody dragged, not one of the named ones. */
  dragged: boolean;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A bucket is as wide as some ticks of five minutes; few enough of them that a bar can be told from the next on a phone. */
export const RANGES = [
  { name: "hour", words: "Hour", length: HOUR, width: 5 * MINUTE },
  { name: "day", words: "Day", length: DAY, width: HOUR },
  { name: "week", words: "Week", length: 7 * DAY, width: 6 * HOUR },
  { name: "month", words: "30 days", length: 30 * DAY, width: DAY },
  { name: "quarter", words: "90 days", length: 90 * DAY, width: 3 * DAY },
] as const;

export type RangeName = (typeof RANGES)[number]["name"];

const USUAL = RANGES[1];
const SHORTEST = 10 * MINUTE;
const MOST = 30;
const WIDTHS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440].map((minutes) => minutes * MINUTE);

/** Whole centuries of charts are a mistake in the address; beyond, a Date could not hold their end. */
const EARLIEST = Date.UTC(2000, 0);
const LATEST = Date.UTC(2200, 0);

/** Which of the named ranges the address names; the day when it names none that is known. */
export function nameRange(query: Record<string, string>): RangeName {
  return (RANGES.find(({ name }) => name === query.range) ?? USUAL).name;
}

/**
 * The range the address names: `range=week`, or a dragged `from` and `to`; the last day when it names none that can be.
 * `offset`: by how many milliseconds the viewer's clock is ahead of UTC, so that their days are whole buckets.
 */
export function readRange(query: Record<string, string>, now: number, offset = 0): Range {
  const from = Date.parse(query.from ?? "");
  const to = Date.parse(query.to ?? "");
  if (EARLIEST <= from && from < to && to <= LATEST) return cut(from, to, offset);
  const { length, width } = RANGES.find(({ name }) => name === nameRange(query)) ?? USUAL;
  // On whole buckets, so that the same run stays in the same one while time goes on.
  const until = Math.ceil((now + offset) / width) * width - offset;
  return { since: until - length, until, buckets: length / width, dragged: false };
}

/** What was dragged, at least ten minutes, in some 15 to 30 buckets of round width. */
export function cut(from: number, to: number, offset = 0): Range {
  const length = Math.max(SHORTEST, to - from);
  const width = WIDTHS.find((width) => length / width <= MOST) ?? Math.ceil(length / MOST / DAY) * DAY;
  const since = Math.floor((from + offset) / width) * width - offset;
  const buckets = Math.max(1, Math.ceil((from + length - since) / width));
  return { since, until: since + buckets * width, buckets, dragged: true };
}

/** For the address. */
export function toQuery({ since, until }: Pick<Range, "since" | "until">): { from: string; to: string } {
  return { from: new Date(since).toISOString(), to: new Date(until).toISOString() };
}
