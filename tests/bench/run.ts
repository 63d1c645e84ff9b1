// `deno task bench`: measures the sync against the specification's algorithm and against what OCC allows, all in one run
// on one machine. `deno task bench backlog settle` measures only some keys; `--json` is for programs; `--short` judges
// ratios only, with generous margins, and serves CI; `--full` adds the backlog at OCC's real latency.
import { styleText } from "node:util";
import { backlog } from "./backlog.ts";
import { type Benchmark, type Figures, type Form, judge, type Verdict } from "./benchmark.ts";
import { cpu } from "./cpu.ts";
import { heavyTail } from "./heavy_tail.ts";
import { idleTick } from "./idle_tick.ts";
import { openBench } from "./open_bench.ts";
import { parseBenchArgs } from "./parse_bench_args.ts";
import { scale } from "./scale.ts";
import { settle } from "./settle.ts";
import { steadyDay } from "./steady_day.ts";
import { describeResult } from "./render_figures.ts";
import { throttled } from "./throttled.ts";

const BENCHMARKS: Benchmark[] = [backlog, heavyTail, steadyDay, idleTick, cpu, settle, throttled, scale];

interface Outcome {
  figures: Figures;
  verdicts: Verdict[];
}

async function measureAll(benchmarks: Benchmark[], form: Form, done: (benchmark: Benchmark, outcome: Outcome) => void) {
  const bench = await openBench();
  try {
    for (const benchmark of benchmarks) {
      const figures = await benchmark.measure(bench, form);
      done(benchmark, { figures, verdicts: judge(benchmark, figures, form) });
    }
  } finally {
    await bench.close();
  }
}

const { json, form, keys } = parseBenchArgs(Deno.args, BENCHMARKS.map(({ key }) => key));
const outcomes = new Map<string, Outcome>();
await measureAll(BENCHMARKS.filter(({ key }) => keys.includes(key)), form, (benchmark, outcome) => {
  outcomes.set(benchmark.key, outcome);
  if (!json) console.log(`${describeResult(benchmark, outcome.figures, outcome.verdicts)}\n`);
});

const missed = [...outcomes].flatMap(([key, { verdicts }]) =>
  verdicts.filter(({ met }) => !met).map(({ figure }) => `${key}.${figure}`)
);
if (json) {
  const report = [...outcomes].map(([key, { figures, verdicts }]) => [
    key,
    { ...figures, met: verdicts.every(({ met }) => met) },
  ]);
  console.log(JSON.stringify(Object.fromEntries(report), undefined, 2));
} else {
  console.log(missed.length === 0 ? "Every goal is met" : styleText("red", `Missed: ${missed.join(", ")}`));
}
Deno.exit(form === "short" && missed.length > 0 ? 1 : 0);
