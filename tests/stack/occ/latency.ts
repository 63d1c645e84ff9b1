import { FaultsError } from "./faults.ts";
import { randomOf } from "../../support/random.ts";

/** Of the log-normal distribution: its 99th percentile is 8 times the median. */
const SIGMA = Math.log(8) / 2.326;

/** Milliseconds a call takes. */
export type Latency = (...parts: (string | number)[]) => number;

/**
 * Reads `--latency`, in milliseconds: `0`, `1200`, `1000-2000` (uniform), or `~1400` (log-normal around a median, the
 * 99th percentile 8 times as long).
 *
 * @throws FaultsError
 */
export function parseLatency(text: string): Latency {
  const match = /^(~)?(\d+)(?:-(\d+))?$/.exec(text.trim());
  if (!match || (match[1] && match[3])) {
    throw new FaultsError(
      `Cannot read --latency ${JSON.stringify(text)}: use 0, 1200, 1000-2000 or ~1400 (milliseconds)`,
    );
  }
  const low = Number(match[2]);
  if (match[1]) return (...parts) => low * Math.exp(SIGMA * gaussian(...parts));
  const high = match[3] === undefined ? low : Number(match[3]);
  if (high < low) throw new FaultsError(`Cannot read --latency ${JSON.stringify(text)}: ${high} is less than ${low}`);
  return (...parts) => low + (high - low) * randomOf("latency", ...parts);
}

/** Box and Muller. */
function gaussian(...parts: (string | number)[]): number {
  const radius = Math.sqrt(-2 * Math.log(1 - randomOf("radius", ...parts)));
  return radius * Math.cos(2 * Math.PI * randomOf("angle", ...parts));
}
