// `deno task bench`: measures the sync against the specification's algorithm and against what OCC allows, all in one run
// on one machine. `deno task bench backlog settle` measures only some; `--short` serves CI.
import { styleText } from "node:util";
import { exitWithUsage, readArgs } from "../../supabase/tools/read_args.ts";
import { backlog } from "./backlog.ts";
import { type Benchmark, type Figures, type Form, judge, type Verdict } from "./benchmark.ts";
import { concurrency } from "./concurrency.ts";
import { cpu } from "./cpu.ts";
import { health } from "./health.ts";
import { heavyTail } from "./heavy_tail.ts";
import { idleTick } from "./idle_tick.ts";
import { longList } from "./long_list.ts";
import { month } from "./month.ts";
import { type Bench, openBench } from "./open_bench.ts";
import { page } from "./page.ts";
import { peers } from "./peers/peers.ts";
import { realLatency } from "./real_latency.ts";
import { scale } from "./scale.ts";
import { settle } from "./settle.ts";
import { steadyDay } from "./steady_day.ts";
import { describeResult, renderRows } from "./render_figures.ts";
import { throttled } from "./throttled.ts";

const BENCHMARKS: Benchmark[] = [
  backlog,
  heavyTail,
  realLatency,
  throttled,
  concurrency,
  cpu,
  scale,
  longList,
  idleTick,
  settle,
  health,
  steadyDay,
  month,
  page,
  peers,
];

interface Outcome {
  figures: Figures;
  verdicts: Verdict[];
  /** Why it could not be measured. */
  error?: string;
}

/** One that breaks takes no other with it: all of them take half an hour. */
async function measure(benchmark: Benchmark, bench: Bench, form: Form): Promise<Outcome> {
  try {
    const figures = await benchmark.measure(bench, form);
    return { figures, verdicts: judge(benchmark, figures, form) };
  } catch (error) {
    console.error(`${benchmark.key} could not be measured:`, error);
    return { figures: {}, verdicts: [], error: String(error) };
  }
}

async function measureAll(benchmarks: Benchmark[], form: Form, done: (benchmark: Benchmark, outcome: Outcome) => void) {
  const bench = await openBench();
  try {
    for (const benchmark of benchmarks) {
      done(benchmark, await measure(benchmark, bench, form));
    }
  } finally {
    await bench.close();
  }
}

const { values: { json, markdown, short, full }, words: keys } = readArgs({
  task: "bench",
  purpose:
    "Measures the sync against the specification's algorithm and against what OCC allows, in one run; peers only by name.",
  options: {
    short: { type: "boolean", about: "judges ratios only, with generous margins: exit code 1 when one is missed" },
    full: { type: "boolean", about: "adds the backlog at OCC's real latency" },
    json: { type: "boolean", about: "for programs: the figures by benchmark, and whether its goals are met" },
    markdown: { type: "boolean", about: "the rows of the table in docs/performance.md" },
  },
  examples: [["", "all of them"], ["backlog settle", "two of them"], ["--short", "as CI runs it"]],
  exits: {
    0: "all is measured, whatever came of it",
    1: "something could not be measured; with --short: a ratio is missed",
  },
  words: { name: "benchmark", known: BENCHMARKS.map(({ key }) => key) },
}, Deno.args);
if (short && full) exitWithUsage("Choose one of --short and --full");
if (json && markdown) exitWithUsage("Choose one of --json and --markdown");
const form: Form = short ? "short" : full ? "full" : "normal";
const outcomes = new Map<string, Outcome>();
await measureAll(
  BENCHMARKS.filter(({ key, onlyByName }) => keys.length === 0 ? !onlyByName : keys.includes(key)),
  form,
  (benchmark, outcome) => {
    outcomes.set(benchmark.key, outcome);
    if (outcome.error) return;
    if (json || markdown) console.error(`${benchmark.key} is measured`);
    if (markdown) { for (const row of renderRows(benchmark, outcome.figures, outcome.verdicts)) console.log(row); }
    else if (!json) console.log(`${describeResult(benchmark, outcome.figures, outcome.verdicts)}\n`);
  },
);

const broken = [...outcomes].filter(([, { error }]) => error).map(([key]) => key);
const missed = [...outcomes].flatMap(([key, { verdicts }]) =>
  verdicts.filter(({ met }) => !met).map(({ figure }) => `${key}.${figure}`)
);
if (json) {
  const report = [...outcomes].map(([key, { figures, verdicts, error }]) => [
    key,
    error ? { error, met: false } : { ...figures, met: verdicts.every(({ met }) => met), goals: verdicts },
  ]);
  console.log(JSON.stringify(Object.fromEntries(report), undefined, 2));
} else if (!markdown && missed.length > 0) {
  console.log(styleText("red", `Missed: ${missed.join(", ")}`));
} else if (!markdown && broken.length === 0) {
  console.log("Every goal is met");
}
if (broken.length > 0) console.error(styleText("red", `Could not be measured: ${broken.join(", ")}`));
Deno.exit(broken.length > 0 || form === "short" && missed.length > 0 ? 1 : 0);
