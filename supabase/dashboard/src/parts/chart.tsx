import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { createOptions, HEIGHT } from "./chart_options.ts";
import type { ChartProps } from "./chart_props.ts";

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
