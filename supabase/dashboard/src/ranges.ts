// Which time the charts show, in how many buckets. Pure: the clock comes in.

export interface Range {
  since: number;
  until: number;
  buckets: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The width of a bucket is a multiple of the schedule's five minutes, or a part of it in the last hour. */
export const RANGES = [
  { name: "hour", words: "Hour", length: HOUR, width: 5 * MINUTE },
  { name: "day", words: "Day", length: DAY, width: 30 * MINUTE },
  { name: "week", words: "Week", length: 7 * DAY, width: 3 * HOUR },
  { name: "month", words: "30 days", length: 30 * DAY, width: 12 * HOUR },
  { name: "quarter", words: "90 days", length: 90 * DAY, width: 2 * DAY },
] as const;

const SHORTEST = 10 * MINUTE;
const WIDTHS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880].map((minutes) => minutes * MINUTE);

/** The range the address names: `range=week`, or a dragged `from` and `to`; the last day when it names none that can be. */
export function readRange(query: Record<string, string>, now: number): Range {
  const from = Date.parse(query.from ?? "");
  const to = Date.parse(query.to ?? "");
  if (from < to) return cut(from, to);
  const { length, width } = RANGES.find(({ name }) => name === query.range) ?? RANGES[1];
  // On whole buckets, so that the same run stays in the same one while time goes on.
  const until = Math.ceil(now / width) * width;
  return { since: until - length, until, buckets: length / width };
}

/** What was dragged, at least ten minutes, in some 30 to 60 buckets of round width. */
export function cut(from: number, to: number): Range {
  const length = Math.max(SHORTEST, to - from);
  const width = WIDTHS.find((width) => length / width <= 60) ?? Math.ceil(length / 60 / DAY) * DAY;
  const since = Math.floor(from / width) * width;
  const buckets = Math.max(1, Math.ceil((from + length - since) / width));
  return { since, until: since + buckets * width, buckets };
}

/** For the address. */
export function toQuery({ since, until }: Pick<Range, "since" | "until">): { from: string; to: string } {
  return { from: new Date(since).toISOString(), to: new Date(until).toISOString() };
}
