import type { Run } from "../api.ts";
import { addUpRun, checkSum, type Sum } from "../counts.ts";
import { formatNumber } from "../format.ts";

/** A run's counts, each whole as a bar of its parts. */
export function Sums({ run }: { run: Run }) {
  const sums = addUpRun(run);
  if (sums.length === 0) return <p class="faint">It got no list from OCC and fetched nothing.</p>;
  return (
    <ol class="sums">
      {sums.map((sum) => (
        <li key={sum.title}>
          <strong>{sum.title}</strong>
          <Bar {...sum} />
          <ul class="parts">
            {sum.parts.map(({ words, count, tone }) => (
              <li key={words} class={`key ${tone} ${count === 0 ? "none" : ""}`}>
                <b>{formatNumber(count)}</b> {words}
              </li>
            ))}
          </ul>
          {sum.note && <p class="faint">{sum.note}</p>}
          {checkSum(sum) && <p class="warn">{checkSum(sum)}.</p>}
        </li>
      ))}
    </ol>
  );
}

function Bar({ whole, parts }: Sum) {
  let from = 0;
  return (
    <svg class="share" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
      {parts.map(({ words, count, tone }) => {
        const width = whole === 0 ? 0 : Math.min(100 - from, count / whole * 100);
        const x = from;
        from += width;
        return <rect key={words} class={tone} x={x} width={width} height="1" />;
      })}
    </svg>
  );
}
