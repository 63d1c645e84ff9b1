import { type Benchmark, type Form, round } from "../benchmark.ts";
import type { Bench } from "../open_bench.ts";
import { type Backlog, type BacklogCosts, measureBacklog, medianCosts } from "./backlog.ts";
import { TICKS } from "./calendar.ts";
import { columnsBehind, type Comparison, createComparison } from "./columns.ts";
import { playDay, playSpecifiedDay } from "./day.ts";
import { ours, specification } from "./enter_function.ts";
import { graphileBatching, graphileBatchJobs, graphilePlain, pgBossBatches, pgBossOneByOne } from "./enter_queue.ts";
import type { Contender } from "./entry.ts";
import { measureKill } from "./kill.ts";
import { describeComparison } from "./render_comparison.ts";

const CONTENDERS = [
  ours,
  specification,
  pgBossOneByOne,
  pgBossBatches,
  graphilePlain,
  graphileBatching,
  graphileBatchJobs,
];

/**
 * What somebody would build instead, side by side: the specification's algorithm, and queues from npm as their own
 * documentation advises.
 */
export const peers: Benchmark = {
  key: "peers",
  work: "the same backlog, the same day and the same kill by what somebody would build instead",
  onlyByName: true,
  goals: [{ figure: "behindWithoutReason", atMost: 0 }],
  async measure(bench, form) {
    const comparison = createComparison();
    await compareBacklogs(bench, form, comparison);
    const lambdaCallsCompared = await compareDays(bench, comparison);
    await compareKills(bench, comparison);
    const behind = columnsBehind(comparison, ours.name);
    return {
      ...comparison,
      lambdaCallsCompared,
      behind: behind.length,
      behindWithoutReason: behind.filter(({ reason }) => reason === undefined).length,
    };
  },
  describe: (figures) => describeComparison(figures as Comparison, ours.name),
};

/** Costs are counted where the queue is busy: with nearly no latency. */
const BUSY: Backlog = { applications: 300, latency: "20", pauseMs: 1 };
/** OCC's latency and the specification's pause, scaled 1:2.5: less, and the shortest polling of pg-boss would show. */
const SCALED: Backlog = { applications: 195, latency: "400-800", pauseMs: 40 };
const REAL: Backlog = { applications: 450, latency: "1000-2000", pauseMs: 100 };

async function compareBacklogs(bench: Bench, form: Form, comparison: Comparison): Promise<void> {
  const runs = new Map<Contender, BacklogCosts[]>(CONTENDERS.map((contender) => [contender, []]));
  // In turns: what else happens on the machine shall meet all of them.
  for (let turn = 0; turn < (form === "short" ? 1 : 3); turn++) {
    for (const [contender, done] of runs) done.push(await measureBacklog(bench, contender, BUSY));
  }
  for (const [contender, done] of runs) {
    const { timeToLimit } = await measureBacklog(bench, contender, form === "full" ? REAL : SCALED);
    const costs = medianCosts(done);
    const { name } = contender;
    comparison.timeToLimit[name] = round(timeToLimit);
    comparison.timeToLimitAt20Ms[name] = round(costs.timeToLimit);
    comparison.databaseCalls[name] = round(costs.databaseCalls);
    comparison.walBytes[name] = round(costs.walBytes);
    comparison.cpuMs[name] = round(costs.cpuMs);
    comparison.postgresCpuMs[name] = round(costs.postgresCpuMs);
  }
}

const CHANGES = 1000;
/** Enough to see which day it is: whoever queues again all that is listed plays the specification's. */
const FEW_CHANGES = 40;
/** pg_cron's own record of a day: a tick, a watch, a reconciliation, upkeep. The bench has pg_cron paused. */
const CRON_ROWS = 288 + 1440 + 24 + 1;

/** @returns the calls of a day by a queue whose builder compares the listed dates with the stored ones himself */
async function compareDays(bench: Bench, { lambdaCallsADay, rowsADay, walADay }: Comparison): Promise<number> {
  const specified = await playSpecifiedDay(CHANGES);
  lambdaCallsADay[specification.name] = specified;
  // Its log.
  rowsADay[specification.name] = TICKS;
  const day = await playDay(bench, ours, { changes: CHANGES, compare: false });
  lambdaCallsADay[ours.name] = day.calls;
  rowsADay[ours.name] = day.rows + CRON_ROWS;
  walADay[ours.name] = round(day.walBytes / 1e6);
  const ofFew = await playSpecifiedDay(FEW_CHANGES);
  for (
    const [played, ...others] of [[pgBossBatches, pgBossOneByOne], [graphilePlain, graphileBatching, graphileBatchJobs]]
  ) {
    if (!played) continue;
    const few = await playDay(bench, played, { changes: FEW_CHANGES, compare: false });
    // A job is a call, so all of it grows with the calls.
    const scale = specified / ofFew;
    walADay[played.name] = round(few.walBytes * scale / 1e6);
    for (const { name } of [played, ...others]) {
      lambdaCallsADay[name] = Math.round(few.calls * scale);
      rowsADay[name] = Math.round(few.rows * scale);
    }
  }
  return (await playDay(bench, graphilePlain, { changes: CHANGES, compare: true })).calls;
}

async function compareKills(bench: Bench, comparison: Comparison): Promise<void> {
  for (const contender of CONTENDERS) {
    const { fetchedAgain, waiting } = await measureKill(bench, contender);
    comparison.fetchedAgain[contender.name] = fetchedAgain;
    comparison.waiting[contender.name] = waiting;
    comparison.minutesWaiting[contender.name] = contender.minutesUntilRecovery;
  }
}
