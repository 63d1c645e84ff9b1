import { createHash } from "node:crypto";
import type postgres from "postgres";
import { createConcurrency } from "../../supabase/functions/sync-applications/sync/concurrency.ts";
import type { PassBudget } from "../../supabase/functions/sync-applications/sync/sync_applications.ts";
import { createSyncDatabase } from "../../supabase/functions/sync-applications/database/sync_database.ts";
import { createHandler } from "../../supabase/functions/sync-applications/http/handler.ts";
import { findDifferences, inspect } from "./invariants.ts";
import { createRandom, type Random } from "../support/random.ts";
import { comeToRest, createScheduler, type Owner, type Scheduler } from "./scheduler.ts";
import { createSimDatabase, type DatabaseConditions, type SimDatabase } from "./sim_database.ts";
import { createSimWorld, type SimWorld } from "./sim_occ.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.parse("2026-03-02T09:00:00Z");
const SECRET = "the-secret-of-the-simulation";
/** More than ever needed; what has not converged by then never will. */
const MAX_QUIET_TICKS = 120;

export interface SeedResult {
  problems: string[];
  /** What happened, for a person. */
  trace: string[];
  /** The same for the same seed. */
  fingerprint: string;
  steps: number;
  kills: number;
}

interface Simulation {
  scheduler: Scheduler;
  world: SimWorld;
  database: SimDatabase;
  random: Random;
  conditions: DatabaseConditions;
  workers: Set<Worker>;
  trace: (line: string) => void;
  budget: PassBudget;
  kills: number;
}

interface Worker extends Owner {
  shutdown: AbortController;
}

/** Plays one seed: some hours of trouble, then quiet, and in the end everything must be as it is at OCC. */
export async function simulateSeed(sql: postgres.Sql, seed: number): Promise<SeedResult> {
  const lines: string[] = [];
  const scheduler = createScheduler(START);
  const trace = (line: string) => void lines.push(`${new Date(scheduler.now()).toISOString().slice(5, 23)} ${line}`);
  const plan = createRandom(seed, "plan");
  const simulation: Simulation = {
    scheduler,
    world: createSimWorld(scheduler, createRandom(seed, "occ")),
    database: createSimDatabase(sql, scheduler, createRandom(seed, "database")),
    random: plan,
    conditions: plan.pick([calm(), calm(), { refused: 0.05, lost: 0.05, silent: 0.05, cancelled: 0.05 }]),
    workers: new Set(),
    trace,
    budget: { timeMs: plan.pick([10_000, 40_000, 100_000]), applications: plan.pick([4, 15, 1000]) },
    kills: 0,
  };
  await reset(simulation);
  for (let count = plan.pick([1, 3, 12, 40]); count > 0; count--) simulation.world.change(`G3-${count}`);
  planTrouble(simulation, START + plan.whole(1, 6) * HOUR);

  const problems: string[] = [];
  const seen = new Map<string, number>();
  let steps = 0;
  async function play(until: number): Promise<void> {
    while (problems.length === 0 && await scheduler.step(until)) {
      steps++;
      if (!simulation.database.wasTouched()) continue;
      const { problems: found, stored, requests } = await inspect(simulation.database, scheduler.now());
      problems.push(...found, ...simulation.database.problems);
      // What somebody deleted may come back in an older state, if that is what OCC answers.
      for (const id of seen.keys()) if (!stored.has(id)) seen.delete(id);
      for (const [id, { saved }] of stored) {
        if (saved < (seen.get(id) ?? 0)) problems.push(`${id} was overwritten by something older`);
        seen.set(id, saved);
      }
      deliverRequests(simulation, requests);
    }
    scheduler.advanceTo(until);
  }

  await play(START + 8 * HOUR);
  if (problems.length === 0) {
    trace("quiet from here on");
    simulation.world.heal();
    Object.assign(simulation.conditions, calm());
    for (let tick = 0; tick < MAX_QUIET_TICKS && problems.length === 0; tick++) {
      await invoke(simulation, "tick", { body: { trigger: "schedule" } });
      await play(scheduler.now() + 5 * MINUTE);
      if (await isQuiet(simulation)) break;
      scheduler.advanceTo(await nextDue(simulation));
    }
    problems.push(...await findDifferences(simulation.database, simulation.world, scheduler.now()));
    if (!(await isQuiet(simulation))) problems.push("something is still to be done after all that time");
  }
  for (const worker of simulation.workers) worker.alive = false;
  const fingerprint = createHash("sha256").update(lines.join("\n")).digest("hex");
  return { problems, trace: lines, fingerprint, steps, kills: simulation.kills };
}

const calm = (): DatabaseConditions => ({ refused: 0, lost: 0, silent: 0, cancelled: 0 });

async function reset({ database, scheduler }: Simulation): Promise<void> {
  await database.at(scheduler.now(), "supabase_admin", async (sql) => {
    await sql`truncate public.tblsovereignapplications, public.tblsovereignapplicationssynclog,
      public.sync_status, sim.requests`;
  });
}

/** Everything that goes on and goes wrong until `end`: ticks, changes, outages, kills, people. */
function planTrouble(simulation: Simulation, end: number): void {
  const { scheduler, world, random, workers, trace, conditions } = simulation;
  const during = (work: () => void | Promise<void>) => scheduler.after(random.whole(0, end - START), undefined, work);
  const times = (count: number, work: () => void | Promise<void>) => {
    for (; count > 0; count--) during(work);
  };
  for (let at = 0; START + at < end; at += 5 * MINUTE) {
    scheduler.after(at, undefined, () => invoke(simulation, "tick", { body: { trigger: "schedule" } }));
    if (random.chance(0.05)) {
      scheduler.after(at, undefined, () => invoke(simulation, "second tick", { body: { trigger: "schedule" } }));
    }
  }
  const size = world.applications.size;
  times(random.whole(0, 30), () => world.change(`G3-${random.whole(1, size + 5)}`));
  times(random.whole(0, 10), () => world.breakOne(random.pick([10 * MINUTE, 3 * HOUR, 24 * HOUR])));
  times(random.whole(0, 2), () => {
    trace("OCC is down");
    world.down = true;
    scheduler.after(random.whole(1, 90) * MINUTE, undefined, () => void (world.down = false));
  });
  times(random.whole(0, 2), () => {
    trace("the database is away");
    conditions.refused = 1;
    scheduler.after(random.whole(1, 600) * 1000, undefined, () => void (conditions.refused = 0));
  });
  times(random.pick([0, 2, 20]), () => {
    for (const worker of workers) kill(simulation, worker);
  });
  times(random.pick([0, 1, 6]), () => {
    for (const worker of workers) {
      worker.frozenUntil = scheduler.now() + random.pick([5_000, 100_000, 400_000]);
      trace(`a worker stands still for ${(worker.frozenUntil - scheduler.now()) / 1000} s`);
    }
  });
  times(random.whole(0, 2), () => {
    trace("workers are told to shut down");
    for (const worker of workers) {
      worker.shutdown.abort(new Error("shutdown"));
      scheduler.after(random.whole(100, 10_000), undefined, () => kill(simulation, worker));
    }
  });
  times(random.whole(0, 2), () => invoke(simulation, "by hand", { body: random.pick(MANUAL_REQUESTS) }));
  times(random.whole(0, 2), () => operate(simulation));
}

const MANUAL_REQUESTS = [
  {},
  { since: "2026-02-25" },
  { since: "2026-03-02", force: true },
  { force: true },
  { applications: ["G3-1"] },
];

/** What people do to the tables. */
async function operate({ database, random, trace }: Simulation): Promise<void> {
  const statement = random.pick([
    "delete from public.tblsovereignapplicationssynclog",
    "delete from public.tblsovereignapplications where right(g3_application_number, 1) in ('1', '4')",
    "delete from public.tblsovereignapplications",
    "truncate public.tblsovereignapplications",
  ]);
  trace(`somebody runs: ${statement}`);
  await database.operate(statement);
}

function kill(simulation: Simulation, worker: Worker): void {
  if (!worker.alive) return;
  worker.alive = false;
  simulation.workers.delete(worker);
  simulation.kills++;
  simulation.trace("a worker is killed");
}

/** Calls the endpoint in a worker of its own. */
async function invoke(simulation: Simulation, what: string, init: { body: unknown }): Promise<void> {
  const { scheduler, world, database, conditions, workers, trace, budget } = simulation;
  const worker: Worker = { alive: true, frozenUntil: 0, shutdown: new AbortController() };
  workers.add(worker);
  const say = (line: string) => {
    if (worker.alive) trace(`${what}: ${line.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "<id>")}`);
  };
  const concurrency = createConcurrency(15);
  const handler = createHandler({
    secrets: () => [SECRET],
    sync: () => ({
      occ: world.connect(worker, () => kill(simulation, worker), concurrency.throttled),
      database: createSyncDatabase(database.client(worker, () => conditions), scheduler.clock(worker)),
      clock: scheduler.clock(worker),
      concurrency,
      log: say,
      budget,
      batchSize: 15,
      chunkSize: 100,
      shutdown: worker.shutdown.signal,
    }),
    recordRefused: () => Promise.resolve(),
    waitUntil: () => {},
    clock: scheduler.clock(worker),
    log: say,
  });
  const request = new Request("http://simulation/functions/v1/sync-applications", {
    method: "POST",
    headers: { authorization: `Bearer ${SECRET}`, "content-type": "application/json" },
    body: JSON.stringify(init.body),
  });
  handler(request).then((response) => {
    if (worker.alive) trace(`${what}: answers ${response.status}`);
    worker.alive = false;
    workers.delete(worker);
  });
  // The body arrives in real time, which must not let virtual time go by.
  for (let turn = 0; turn < 4; turn++) await comeToRest();
}

/** pg_net: sends what was queued; its tables are unlogged, so that some of it is lost. */
function deliverRequests(simulation: Simulation, requests: number): void {
  for (; requests > 0; requests--) {
    if (simulation.random.chance(0.1)) continue;
    simulation.scheduler.after(
      simulation.random.whole(10, 500),
      undefined,
      () => invoke(simulation, "next pass", { body: { trigger: "next_pass" } }),
    );
  }
}

async function isQuiet({ database, world, scheduler }: Simulation): Promise<boolean> {
  await comeToRest();
  const [row] = await database.at(scheduler.now(), "supabase_admin", (sql) =>
    sql`
    select
      exists (select from public.tblsovereignapplicationssynclog where status = 'running')
      or exists (select from public.sync_status where state <> 'synced') as busy`);
  return !row?.busy && (await findDifferences(database, world, scheduler.now())).length === 0;
}

/** When the next application is due. */
async function nextDue({ database, scheduler }: Simulation): Promise<number> {
  const [row] = await database.at(scheduler.now(), "supabase_admin", (sql) =>
    sql`
    select min(next_attempt_at) as due from public.sync_status where state <> 'synced'`);
  return row?.due ? Math.min(row.due.getTime(), scheduler.now() + 25 * HOUR) : scheduler.now();
}
