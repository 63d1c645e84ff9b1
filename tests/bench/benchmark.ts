import type { Bench } from "./open_bench.ts";

/** What was measured: a number, or one for each case. */
export type Figures = Record<string, number | Record<string, number>>;

export interface Goal {
  /** The name of the figure it is about. */
  figure: string;
  /** What it is, in words: its row in docs/performance.md. */
  about?: string;
  atMost?: number;
  atLeast?: number;
  /** The bound of the short form, which runs on busy machines; without it the figure is not judged there. */
  short?: number;
}

/** `short` takes seconds and serves CI; `full` adds the backlog at OCC's real latency. */
export type Form = "short" | "normal" | "full";

export interface Benchmark {
  key: string;
  /** What is done, for the table. */
  work: string;
  goals: Goal[];
  /** Figures without a goal that are told all the same, in words. */
  stated?: Record<string, string>;
  measure(bench: Bench, form: Form): Promise<Figures>;
  /** Takes minutes: measured only when it is named. */
  onlyByName?: boolean;
  /** For people, where lines of figures would not do. */
  describe?(figures: Figures): string;
}

export interface Verdict extends Goal {
  value: number;
  bound: number;
  met: boolean;
}

/** The goals that count in this form, each with what was measured. */
export function judge({ goals }: Pick<Benchmark, "goals">, figures: Figures, form: Form): Verdict[] {
  return goals.flatMap((goal) => {
    const value = figures[goal.figure];
    const bound = form === "short" ? goal.short : goal.atMost ?? goal.atLeast;
    if (typeof value !== "number" || bound === undefined) return [];
    return [{ ...goal, value, bound, met: goal.atMost === undefined ? value >= bound : value <= bound }];
  });
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2;
}

/** Four digits are more than any of these measurements is worth. */
export function round(value: number): number {
  return Number(value.toPrecision(4));
}
