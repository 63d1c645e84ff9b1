import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";

export interface Series {
  label: string;
  /** A colour of theme.css. */
  color: "--good" | "--bad" | "--warn" | "--busy" | "--faint";
  kind: "bar" | "line";
  values: (number | null)[];
  /** Bars stand on those of the series before. */
  stacked?: boolean;
  /** Against the axis on the right. */
  right?: boolean;
}

interface ChartProps {
  title: string;
  /** Beginnings of the buckets, in seconds since 1970; all have the same width. */
  times: number[];
  width: number;
  series: Series[];
  format(value: number): string;
  formatRight?(value: number): string;
  /** Of the bucket the cursor is on. */
  describe(bucket: number): string;
  select(from: number, to: number): void;
  open(bucket: number): void;
}

const HEIGHT = 150;

/** One chart: drag to zoom, click a bucket to open it. */
export function Chart(props: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const tip = useRef<HTMLParagraphElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const { title, times, series } = props;
  useEffect(() => {
    const element = place.current!;
    const draw = () => {
      element.replaceChildren();
      return new uPlot(createOptions(latest, tip.current!, element.clientWidth), toData(latest.current), element);
    };
    let plot = draw();
    const redraw = () => {
      plot.destroy();
      plot = draw();
    };
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    dark.addEventListener("change", redraw);
    resized.observe(element);
    return () => {
      dark.removeEventListener("change", redraw);
      resized.disconnect();
      plot.destroy();
    };
  }, [times, series]);
  return (
    <figure class="chart">
      <figcaption>
        <strong>{title}</strong>
        {series.map(({ label, color }) => <span key={label} class={`key ${color.slice(2)}`}>{label}</span>)}
      </figcaption>
      <div ref={place} aria-hidden="true" />
      <p ref={tip} class="tip" hidden />
    </figure>
  );
}

function toData({ times, series }: ChartProps): uPlot.AlignedData {
  const sums = new Array<number>(times.length).fill(0);
  const columns = series.map(({ values, stacked }) => {
    if (!stacked) return values;
    return values.map((value, at) => sums[at] = (sums[at] ?? 0) + (value ?? 0));
  });
  return [times, ...columns];
}

function createOptions(latest: { current: ChartProps }, tip: HTMLElement, width: number): uPlot.Options {
  const { series, format, formatRight, times, width: bucket } = latest.current;
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => {
    // light-dark() is not resolved in a custom property: an element has to wear it.
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.color = `var(${name})`;
    const resolved = getComputedStyle(probe).color;
    probe.remove();
    return resolved;
  };
  const font = `11px ${style.fontFamily}`;
  const grid = { stroke: color("--line"), width: 1 };
  const axis = { stroke: color("--faint"), font, ticks: { show: false } };
  const shown = series.map((one): uPlot.Series => ({
    label: one.label,
    scale: one.right ? "right" : "y",
    stroke: color(one.color),
    ...(one.kind === "bar"
      ? {
        fill: color(one.color),
        paths: uPlot.paths.bars!({ size: [0.8, 24], align: 1 }),
        points: { show: false },
        width: 0,
      }
      : { width: 1.5, points: { show: false }, spanGaps: true }),
  }));
  // Of stacked bars the highest is drawn first, so that the lower ones stand before it.
  const order = series.map((_, index) => index).sort((a, b) =>
    Number(series[a]!.kind === "line") - Number(series[b]!.kind === "line") ||
    (series[a]!.kind === "bar" ? b - a : a - b)
  );
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    scales: {
      x: { time: true, range: [times[0] ?? 0, (times.at(-1) ?? 0) + bucket] },
      y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] },
      right: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] },
    },
    axes: [
      { ...axis, grid: { show: false } },
      { ...axis, grid, size: 56, values: (_plot, values) => values.map(format) },
      ...(formatRight
        ? [{
          ...axis,
          scale: "right",
          side: 1 as const,
          grid: { show: false },
          size: 56,
          values: (_plot: uPlot, values: number[]) => values.map(formatRight),
        }]
        : []),
    ],
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: true, y: false, setScale: false },
      sync: { key: "history" },
    },
    series: [{}, ...order.map((index) => shown[index]!)],
    hooks: {
      setCursor: [(plot) => {
        const at = bucketAt(plot, times, bucket);
        tip.hidden = at === null;
        if (at === null) return;
        tip.textContent = latest.current.describe(at);
        const left = plot.cursor.left ?? 0;
        tip.style.left = `${
          Math.min(Math.max(0, left + 56 - tip.offsetWidth / 2), Math.max(0, width - tip.offsetWidth))
        }px`;
      }],
      setSelect: [(plot) => {
        const { left, width } = plot.select;
        if (width < 4) return;
        latest.current.select(plot.posToVal(left, "x") * 1000, plot.posToVal(left + width, "x") * 1000);
      }],
      ready: [(plot) =>
        plot.over.addEventListener("click", () => {
          const at = bucketAt(plot, times, bucket);
          if (at !== null && plot.select.width < 4) latest.current.open(at);
        })],
    },
  };
}

function bucketAt(plot: uPlot, times: number[], width: number): number | null {
  const left = plot.cursor.left ?? -1;
  if (left < 0 || times.length === 0) return null;
  const at = Math.floor((plot.posToVal(left, "x") - times[0]!) / width);
  return at >= 0 && at < times.length ? at : null;
}
