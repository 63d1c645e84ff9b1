export interface Series {
  label: string;
  /** Of all of it that is shown, in words. */
  total: string;
  /** A colour of theme.css. */
  color: "good-fill" | "bad-fill" | "warn-fill" | "busy" | "faint";
  /** Bars stand on those of the series before. */
  kind: "bar" | "line" | "area";
  values: (number | null)[];
}

export interface ChartProps {
  title: string;
  /** The end of the last bucket follows from the width, as all have the same. In seconds since 1970. */
  since: number;
  width: number;
  /** Of all charts that stand together, the same kinds in the same order as long as it lives. */
  series: Series[];
  /** What the values are. */
  unit: "count" | "seconds";
  /** Of the bucket the cursor is on. */
  describe(bucket: number): string;
  select(from: number, to: number): void;
  open(bucket: number): void;
}
