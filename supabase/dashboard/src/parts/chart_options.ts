import uPlot from "uplot";
import { COUNT_STEPS, DURATION_STEPS, formatCountMark, formatDurationMark } from "../axis.ts";
import type { ChartProps, Series } from "./chart_props.ts";
import { AXIS, createHooks } from "./chart_hooks.ts";

export const HEIGHT = 132;

/** light-dark() is not resolved in a custom property: an element has to wear it. */
function readColor(name: string): string {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = `var(--${name})`;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

const STYLES: Record<Series["kind"], (color: string) => uPlot.Series> = {
  bar: (color) => ({
    stroke: color,
    fill: color,
    width: 0,
    paths: uPlot.paths.bars!({ size: [0.78, 40], align: 0 }),
    points: { show: false },
  }),
  line: (color) => ({ stroke: color, width: 1.5, points: { show: false }, spanGaps: true }),
  area: (color) => ({
    stroke: color,
    width: 1.5,
    fill: color.replace("rgb(", "rgba(").replace(")", ", 0.15)"),
    points: { show: false },
    spanGaps: true,
  }),
};

/** The day stands below the first mark and below each that begins one. */
const TIMES: uPlot.Axis.Values = [
  [28 * 86_400, "{MMM} {YYYY}", null, null, null, null, null, null, 1],
  [86_400, "{D} {MMM}", null, null, null, null, null, null, 1],
  [60, "{HH}:{mm}", "\n{D} {MMM}", null, "\n{D} {MMM}", null, null, null, 1],
];

/** What uPlot is told of a chart; what changes while it lives it reads from `latest`. */
export function createOptions(latest: { current: ChartProps }, tip: HTMLElement, width: number): uPlot.Options {
  const { series, unit } = latest.current;
  const end = () => {
    const { since, width, series } = latest.current;
    return since + width * (series[0]?.values.length ?? 0);
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    padding: [8, 24, 0, 0],
    scales: {
      x: { time: true, range: () => [latest.current.since, end()] },
      y: { range: (_plot, _min, max) => [0, Math.max(unit === "count" ? 4 : 10, (max ?? 0) * 1.08)] },
    },
    axes: createAxes(unit),
    cursor: {
      x: false,
      y: false,
      points: { show: false },
      drag: { x: true, y: false, setScale: false },
      // Where the cursor is, not what is dragged: that is one chart's.
      sync: { key: "history", filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } },
    },
    series: [{}, ...series.map(({ kind, color }) => STYLES[kind](readColor(color))).reverse()],
    hooks: createHooks(latest, tip),
  };
}

function createAxes(unit: ChartProps["unit"]): uPlot.Axis[] {
  const font = `11px ${getComputedStyle(document.documentElement).fontFamily}`;
  const axis = { stroke: readColor("faint"), font, ticks: { show: false } };
  const format = unit === "count" ? formatCountMark : formatDurationMark;
  return [
    { ...axis, grid: { show: false }, values: TIMES, size: 34, gap: 4, space: 56 },
    {
      ...axis,
      grid: { stroke: readColor("line"), width: 1 },
      size: AXIS,
      gap: 6,
      space: 28,
      incrs: unit === "count" ? COUNT_STEPS : DURATION_STEPS,
      values: (_plot, values) => values.map(format),
    },
  ];
}
