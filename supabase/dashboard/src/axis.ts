// Where a chart's axis has its marks, and what stands there. Pure.
import { formatNumber } from "./format.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Steps between the marks of a duration, in seconds: those of a clock. */
export const DURATION_STEPS = [
  ...[1, 2, 5, 10, 20, 30],
  ...[1, 2, 5, 10, 20, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map((days) => days * DAY),
];

/** Of what is counted: there is no half run. */
export const COUNT_STEPS = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((first) => first * 10 ** power))
  .flat();

/** `20 s`, `40 min`, `1.5 h`, `2 d`: one unit, for there is little room. */
export function formatDurationMark(seconds: number): string {
  if (seconds === 0) return "0";
  if (seconds < MINUTE) return `${seconds} s`;
  if (seconds < HOUR) return `${round(seconds / MINUTE)} min`;
  if (seconds < DAY) return `${round(seconds / HOUR)} h`;
  return `${formatNumber(round(seconds / DAY))} d`;
}

/** `0`, `500`, `2k`, `1.5M`. */
export function formatCountMark(value: number): string {
  if (value < 1000) return String(value);
  if (value < 1_000_000) return `${round(value / 1000)}k`;
  return `${round(value / 1_000_000)}M`;
}

function round(value: number): number {
  return Number(value.toFixed(1));
}
