import { createConcurrency } from "../../../supabase/functions/sync-applications/sync/concurrency.ts";
import { createSyncDatabase } from "../../../supabase/functions/sync-applications/database/sync_database.ts";
import { createHandler } from "../../../supabase/functions/sync-applications/http/handler.ts";
import { comeToRest } from "../scheduler.ts";
import type { Simulation } from "../simulation.ts";
import type { Worker } from "./worker.ts";

export interface Call {
  /** What calls, for the trace. */
  what: string;
  body: Record<string, unknown>;
  /** Wants its answer as soon as the run is open. */
  async?: boolean;
  onAnswer?: (status: number) => void;
}

const SECRET = "the-secret-of-the-simulation";

/** The platform ends a worker after this time, whatever it is doing. Milliseconds. */
export const PLATFORM_LIMIT_MS = 400_000;

/** Calls the endpoint in a worker of its own. */
export async function invoke(simulation: Simulation, { what, body, async: later, onAnswer }: Call): Promise<void> {
  const { scheduler, workers, trace, see } = simulation;
  const worker: Worker = {
    alive: true,
    frozenUntil: 0,
    startedAt: scheduler.now(),
    canaries: 0,
    frozenFor: 0,
    shutdown: new AbortController(),
    what,
  };
  workers.add(worker);
  const pending: Promise<unknown>[] = [];
  const handler = createWorkerHandler(simulation, worker, (work) => void pending.push(work));
  const request = new Request("http://simulation/functions/v1/sync-applications", {
    method: "POST",
    headers: {
      authorization: `Bearer ${SECRET}`,
      "content-type": "application/json",
      ...(later ? { prefer: "respond-async" } : {}),
    },
    body: JSON.stringify(body),
  });
  handler(request).then(async (response) => {
    if (worker.alive) {
      trace(`${what}: answers ${response.status}`);
      see(`the endpoint answers ${response.status}`);
      onAnswer?.(response.status);
    }
    await Promise.allSettled(pending);
    worker.alive = false;
    workers.delete(worker);
  });
  scheduler.after(PLATFORM_LIMIT_MS + worker.frozenFor, worker, () => {
    if (worker.frozenFor === 0) {
      simulation.problems.push(`${what}: a worker is still there after ${PLATFORM_LIMIT_MS / 1000} s`);
    }
    kill(simulation, worker);
  });
  // The body arrives in real time, which must not let virtual time go by.
  for (let turn = 0; turn < 4; turn++) await comeToRest();
}

function createWorkerHandler(simulation: Simulation, worker: Worker, waitUntil: (work: Promise<unknown>) => void) {
  const { scheduler, occ, dataApi, budget, profile, trace } = simulation;
  const clock = scheduler.clock(worker, simulation.skew);
  const concurrency = createConcurrency(profile.batchSize ?? 15);
  const log = (line: string) => {
    if (worker.alive) trace(`${worker.what}: ${line.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "<id>")}`);
  };
  return createHandler({
    secrets: () => [SECRET],
    sync: () => ({
      occ: occ.connect({
        worker,
        clock,
        kill: () => kill(simulation, worker),
        gate: concurrency,
        onFetch: (id) => noteFetch(simulation, worker, id),
      }),
      database: createSyncDatabase(dataApi.client(worker), clock),
      clock,
      concurrency,
      log,
      budget,
      batchSize: profile.batchSize ?? 15,
      chunkSize: profile.chunkSize ?? 100,
      shutdown: worker.shutdown.signal,
    }),
    recordRefused: () => Promise.resolve(),
    waitUntil,
    clock,
    log,
  });
}

/** At most three at the beginning of a pass and three at its end. */
const MAX_CANARIES = 6;

function noteFetch({ now, problems, profile, see }: Simulation, worker: Worker, id: string): void {
  if (now.statuses.some((status) => status.id === id && status.claimed)) return;
  worker.canaries++;
  see("a canary is asked");
  // One whose run was taken from it may go on for a moment.
  if (
    worker.canaries > MAX_CANARIES && profile.trouble.freezes === undefined &&
    profile.trouble["log deleted"] === undefined
  ) {
    problems.push(`${worker.what}: asks for ${worker.canaries} applications without a claim`);
  }
}

export function kill(simulation: Simulation, worker: Worker): void {
  if (!worker.alive) return;
  worker.alive = false;
  simulation.workers.delete(worker);
  simulation.kills++;
  simulation.see("worker killed");
  simulation.trace(`${worker.what}: its worker is killed`);
}

/** The worker stands still, and then goes on as if nothing had happened. */
export function freeze(simulation: Simulation, worker: Worker, ms: number): void {
  worker.frozenUntil = simulation.scheduler.now() + ms;
  worker.frozenFor += ms;
  simulation.see("worker frozen");
  simulation.trace(`${worker.what}: its worker stands still for ${ms / 1000} s`);
}

/** The platform announces the end, and then ends the worker. */
export function shutDown(simulation: Simulation, worker: Worker, graceMs: number): void {
  worker.shutdown.abort(new Error("shutdown"));
  simulation.see("worker shut down");
  simulation.trace(`${worker.what}: its worker is told to shut down`);
  simulation.scheduler.after(graceMs, undefined, () => kill(simulation, worker));
}
