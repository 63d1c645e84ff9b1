import type uPlot from "uplot";
import type { ChartProps } from "./chart_props.ts";

/** How wide the vertical axis is. */
export const AXIS = 46;
/** A drag shorter than this, in pixels, is a click. */
const CLICK = 4;

/** What a chart does when it is drawn, pointed at, dragged over and clicked. */
export function createHooks(latest: { current: ChartProps }, tip: HTMLElement): uPlot.Hooks.Arrays {
  const mark = document.createElement("div");
  mark.className = "mark";
  let began = performance.now();
  let wasDragged = false;
  return {
    ready: [(plot) => {
      plot.over.append(mark);
      plot.over.addEventListener("mousedown", () => wasDragged = false);
      plot.over.addEventListener("click", (event) => {
        if (!wasDragged) latest.current.open(bucketAt(plot, event.offsetX, latest.current));
      });
    }],
    setData: [() => began = performance.now()],
    draw: [() => {
      const name = `chart ${latest.current.title}`;
      // For the browser's own performance panel, the last one only.
      performance.clearMeasures(name);
      performance.measure(name, { start: began });
    }],
    setCursor: [(plot) => showTip(plot, latest.current, tip, mark)],
    setSelect: [(plot) => {
      const { left, width } = plot.select;
      if (width < CLICK) return;
      wasDragged = true;
      plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      latest.current.select(plot.posToVal(left, "x") * 1000, plot.posToVal(left + width, "x") * 1000);
    }],
  };
}

function bucketAt(plot: uPlot, left: number, { since, width }: ChartProps): number {
  return Math.floor((plot.posToVal(left, "x") - since) / width);
}

/** Marks the bucket the cursor is on, and says above it what it holds. */
function showTip(plot: uPlot, chart: ChartProps, tip: HTMLElement, mark: HTMLElement): void {
  const left = plot.cursor.left ?? -1;
  const at = left < 0 ? -1 : bucketAt(plot, left, chart);
  const isOn = at >= 0 && at < (chart.series[0]?.values.length ?? 0);
  tip.hidden = mark.hidden = !isOn;
  if (!isOn) return;
  const from = plot.valToPos(chart.since + at * chart.width, "x");
  const to = plot.valToPos(chart.since + (at + 1) * chart.width, "x");
  mark.style.left = `${from}px`;
  mark.style.width = `${to - from}px`;
  tip.textContent = chart.describe(at);
  const middle = AXIS + (from + to) / 2 - tip.offsetWidth / 2;
  tip.style.left = `${Math.min(Math.max(0, middle), Math.max(0, plot.width - tip.offsetWidth))}px`;
}
