import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { COUNT_STEPS, DURATION_STEPS, formatCountMark, formatDurationMark } from "../axis.ts";

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

interface ChartProps {
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

const HEIGHT = 132;
const AXIS = 46;
/** A drag shorter than this, in pixels, is a click. */
const CLICK = 4;

/** One chart: drag to zoom, click a bucket to open it. What it draws stands in the table beside it too. */
export function Chart(props: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const tip = useRef<HTMLParagraphElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const { title, series } = props;
  useEffect(() => {
    const element = place.current!;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(
        createOptions(latest, tip.current!, element.clientWidth),
        toData(latest.current),
        element,
      );
    };
    draw();
    // The canvas knows no style sheet: another scheme is another drawing.
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    dark.addEventListener("change", draw);
    resized.observe(element);
    return () => {
      dark.removeEventListener("change", draw);
      resized.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, []);
  useEffect(() => plot.current?.setData(toData(latest.current)), [series]);
  return (
    <figure class="chart">
      <figcaption>
        <strong>{title}</strong>
        {series.map(({ label, total, color, kind }) => (
          <span key={label} class={`key ${color} ${kind}`}>
            {label} <b>{total}</b>
          </span>
        ))}
      </figcaption>
      <div ref={place} aria-hidden="true" />
      <p ref={tip} class="tip" aria-hidden="true" hidden />
    </figure>
  );
}

/** Points stand in the middle of their bucket. Bars are drawn from the last series to the first, so they are turned round. */
function toData({ since, width, series }: ChartProps): uPlot.AlignedData {
  const length = series[0]?.values.length ?? 0;
  const middles = Array.from({ length }, (_, at) => since + (at + 0.5) * width);
  const sums = new Array<number>(length).fill(0);
  const columns = series.map(({ values, kind }) =>
    kind === "bar" ? values.map((value, at) => sums[at] = sums[at]! + (value ?? 0)) : values
  );
  return [middles, ...columns.reverse()];
}

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

function createOptions(latest: { current: ChartProps }, tip: HTMLElement, width: number): uPlot.Options {
  const { series, unit, title } = latest.current;
  const font = `11px ${getComputedStyle(document.documentElement).fontFamily}`;
  const axis = { stroke: readColor("faint"), font, ticks: { show: false } };
  const format = unit === "count" ? formatCountMark : formatDurationMark;
  const mark = document.createElement("div");
  mark.className = "mark";
  let began = performance.now();
  let wasDragged = false;
  const end = () => {
    const { since, width, series } = latest.current;
    return since + width * (series[0]?.values.length ?? 0);
  };
  const bucketAt = (plot: uPlot, left: number) =>
    Math.floor((plot.posToVal(left, "x") - latest.current.since) / latest.current.width);
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    padding: [8, 24, 0, 0],
    scales: {
      x: { time: true, range: () => [latest.current.since, end()] },
      y: { range: (_plot, _min, max) => [0, Math.max(unit === "count" ? 4 : 10, (max ?? 0) * 1.08)] },
    },
    axes: [
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
    ],
    cursor: {
      x: false,
      y: false,
      points: { show: false },
      drag: { x: true, y: false, setScale: false },
      // Where the cursor is, not what is dragged: that is one chart's.
      sync: { key: "history", filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } },
    },
    series: [{}, ...series.map(({ kind, color }) => STYLES[kind](readColor(color))).reverse()],
    hooks: {
      ready: [(plot) => {
        plot.over.append(mark);
        plot.over.addEventListener("mousedown", () => wasDragged = false);
        plot.over.addEventListener("click", (event) => {
          if (!wasDragged) latest.current.open(bucketAt(plot, event.offsetX));
        });
      }],
      setData: [() => began = performance.now()],
      draw: [() => {
        // For the browser's own performance panel, the last one only.
        performance.clearMeasures(`chart ${title}`);
        performance.measure(`chart ${title}`, { start: began });
      }],
      setCursor: [(plot) => {
        const left = plot.cursor.left ?? -1;
        const at = left < 0 ? -1 : bucketAt(plot, left);
        const isOn = at >= 0 && at < (latest.current.series[0]?.values.length ?? 0);
        tip.hidden = mark.hidden = !isOn;
        if (!isOn) return;
        const { since, width, describe } = latest.current;
        const from = plot.valToPos(since + at * width, "x");
        const to = plot.valToPos(since + (at + 1) * width, "x");
        mark.style.left = `${from}px`;
        mark.style.width = `${to - from}px`;
        tip.textContent = describe(at);
        const middle = AXIS + (from + to) / 2 - tip.offsetWidth / 2;
        tip.style.left = `${Math.min(Math.max(0, middle), Math.max(0, plot.width - tip.offsetWidth))}px`;
      }],
      setSelect: [(plot) => {
        const { left, width } = plot.select;
        if (width < CLICK) return;
        wasDragged = true;
        plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        latest.current.select(plot.posToVal(left, "x") * 1000, plot.posToVal(left + width, "x") * 1000);
      }],
    },
  };
}
