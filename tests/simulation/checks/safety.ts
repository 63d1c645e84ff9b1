import type { Inspection, RunRow } from "../database/inspection.ts";
import type { Simulation } from "../simulation.ts";
import { HOUR } from "../time_units.ts";
import { checkGone } from "./gone.ts";
import { isHealthy } from "./health.ts";

/** What must hold after each statement, whatever trouble there is; in words, what does not. */
export function checkSafety(simulation: Simulation, before: Inspection, after: Inspection, what: string): string[] {
  const { occ, scheduler } = simulation;
  const now = scheduler.now();
  const problems: string[] = [];
  if (after.running > 1) problems.push(`${after.running} runs are running`);
  for (const run of after.runs) {
    if (!addsUp(run)) problems.push(`counts do not add up: ${JSON.stringify(run)}`);
  }
  for (const { id, owner } of after.applications) {
    if (id.startsWith("edited ") || occ.answered.has(`${id} ${owner}`)) continue;
    problems.push(`${id} is stored as ${owner}, which OCC never answered`);
  }
  problems.push(
    ...checkDeaths(before, after, now),
    ...checkCancelled(before, after),
    ...checkGone(simulation, before, after, what),
  );
  const states = new Map(before.statuses.map((status) => [status.id, status.state]));
  const anySynced = before.statuses.some(({ state }) => state === "synced");
  for (const { id, state, nextAttemptAt, lastError, missingSince } of after.statuses) {
    if (state === "parked" && states.get(id) !== "parked" && anySynced && isHealthy(simulation, id)) {
      problems.push(`${id} is parked, although nothing is wrong with it: ${lastError}`);
    }
    const isDue = nextAttemptAt !== null && nextAttemptAt <= now + 25 * HOUR;
    if (state !== "synced" && !isDue && !(state === "gone" && missingSince !== null)) {
      problems.push(`${id} is stale without a due time`);
    }
  }
  return problems;
}

/** As long a run must show no sign of life before anybody takes it for dead. Milliseconds. */
const DEAD_AFTER = 90_000;

/** Nobody is declared dead, or guilty of a death, who is not. */
function checkDeaths(before: Inspection, after: Inspection, now: number): string[] {
  const problems: string[] = [];
  for (const run of after.runs) {
    const was = before.runs.find(({ id }) => id === run.id);
    if (was?.status !== "running" || !/worker died|never came/.test(run.reason ?? "") || run.status === "running") {
      continue;
    }
    const silence = now - (was.heartbeatAt ?? 0);
    if (silence < DEAD_AFTER) problems.push(`a run is taken for dead after ${silence / 1000} s`);
  }
  const inFlight = before.statuses.filter(({ claimed }) => claimed).length;
  const lapses = new Map(before.statuses.map((status) => [status.id, status]));
  for (const { id, attempts, lapses: count } of after.statuses) {
    const was = lapses.get(id);
    if (!was || count <= was.lapses || attempts <= was.attempts || inFlight === 1) continue;
    problems.push(`the death of a worker counts against ${id}, although ${inFlight} were in flight`);
  }
  return problems;
}

/** A run that is cancelled does nothing more, ends as failed with that reason, and costs no application an attempt. */
function checkCancelled(before: Inspection, after: Inspection): string[] {
  return after.runs.flatMap((run) => {
    const was = before.runs.find(({ id }) => id === run.id);
    if (!was || was.cancelledAt === null) return [];
    const problems: string[] = [];
    if (run.upserted > was.upserted || run.enqueued > was.enqueued || run.passes > was.passes) {
      problems.push(`a cancelled run goes on: ${JSON.stringify(run)}`);
    }
    if (run.status !== "running" && !run.reason?.startsWith("Cancelled by ")) {
      problems.push(`a cancelled run is ${run.status}: ${run.reason}`);
    }
    return problems;
  });
}

function addsUp(run: RunRow): boolean {
  return run.found === run.unchanged + run.enqueued &&
    run.fetched === run.upserted + run.upsertFailures &&
    (run.status === "running") === (run.completedAt === null) &&
    (run.status === "running" || !run.held) &&
    Math.min(run.unchanged, run.enqueued, run.fetched, run.upserted, run.fetchFailures, run.upsertFailures) >= 0;
}
