// The applications in numbers, as rows and columns to draw. Pure.
import type { Statistics } from "./api.ts";
import { formatCount, formatRate } from "./format.ts";

/** How far back the changes go, by what stands in the address. */
export const DAYS = [{ value: "7", words: "7 days" }, { value: "30", words: "30 days" }, {
  value: "90",
  words: "90 days",
}];
const USUAL = 30;

export function readDays(query: Record<string, string>): number {
  return Number(DAYS.find(({ value }) => value === query.days)?.value ?? USUAL);
}

export interface Bar {
  name: string;
  note?: string;
  applications: number;
}

export function listStatuses({ by_status }: Pick<Statistics, "by_status">): Bar[] {
  return by_status.map(({ status, description, applications }) => ({
    name: status ?? "No status",
    applications,
    ...(description && description !== status ? { note: description } : {}),
  }));
}

export function listBranches({ by_branch, other_branches }: Pick<Statistics, "by_branch" | "other_branches">): Bar[] {
  const bars = by_branch.map(({ branch, applications }) => ({ name: branch ?? "No branch", applications }));
  const { branches, applications } = other_branches;
  if (branches === 0) return bars;
  return [...bars, { name: formatCount(branches, "other branch", "other branches"), applications }];
}

type Day = Statistics["changes_a_day"][number];

/** `25 Nov`; a day is one of the credit union's, whatever the viewer's zone. */
export function describeDay(day: string): string {
  return new Date(`${day}T00:00:00Z`).toLocaleDateString("en-GB", { timeZone: "UTC", day: "numeric", month: "short" });
}

export function describeChanges({ day, changes, applications }: Day): string {
  if (changes === 0) return `${describeDay(day)}: nothing changed`;
  return `${describeDay(day)}: ${formatCount(changes, "change")} in ${formatCount(applications, "application")}`;
}

/** `2,310 changes in 30 days, 77 a day`. */
export function describeSum(days: readonly Day[]): string {
  const changes = days.reduce((sum, day) => sum + day.changes, 0);
  const words = `${formatCount(changes, "change")} in ${formatCount(days.length, "day")}`;
  return changes === 0 ? words : `${words}, ${formatRate(changes / days.length)} a day`;
}

const ENDS = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** Where a scale of counts ends: a round number that nothing exceeds, and not by much. */
export function roundUp(value: number): number {
  if (value < 10) return Math.max(1, Math.ceil(value));
  const power = 10 ** Math.floor(Math.log10(value));
  return ENDS.map((end) => end * power).find((end) => end >= value) ?? value;
}
