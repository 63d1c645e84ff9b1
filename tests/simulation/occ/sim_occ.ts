import type { LambdaAnswer, Occ } from "../../../supabase/functions/sync-applications/occ/invoke_occ.ts";
import type { AttemptGate } from "../../../supabase/functions/sync-applications/occ/lambda_invoker.ts";
import { createTimeZone } from "../../../supabase/functions/sync-applications/time_zone.ts";
import type { Random } from "../../support/random.ts";
import type { Clock } from "../../../supabase/functions/sync-applications/clock.ts";
import type { Owner, Scheduler } from "../scheduler.ts";
import type { See } from "../sightings.ts";
import { type Applications, createApplications, type SimApplication } from "./applications.ts";
import { answerDetail } from "./details.ts";
import type { Served } from "./detail_faults.ts";
import { answerList } from "./list.ts";
import { createOccFaults, type OccFaults } from "./occ_faults.ts";
import { createTimeWriter, type TimeStyle } from "./times.ts";

export interface SimOcc {
  applications: Applications;
  faults: OccFaults;
  write: (instant: number) => string;
  style: TimeStyle;
  offset: number;
  /** Calls of details: when each began. */
  fetches: Map<string, number[]>;
  /** Every state OCC ever answered with, as `id owner`. */
  answered: Set<string>;
  listCalls: number;
  /** Whether OCC has answered with older states of it for longer than the rules wait. */
  mayHaveStuck(application: SimApplication): boolean;
  /** OCC as a worker calls it. */
  connect(caller: Caller): Occ;
}

export interface Caller {
  worker: Owner;
  clock: Clock;
  kill: () => void;
  gate: AttemptGate;
  onFetch: (id: string) => void;
}

/** As long as an answer must be repeated to be believed. Milliseconds. */
const LONG_LAG_MS = 10 * 60_000;

interface Payload {
  functionName: string;
  changed_date_since?: string;
  application_external_number?: string;
}

export interface OccOptions {
  scheduler: Scheduler;
  random: Random;
  see: See;
  style: TimeStyle;
  /** Dates of details minus dates of the list. Milliseconds. */
  offset: number;
}

/** OCC: its applications, what is wrong with it, and what it answers, with latency from the seed. */
export function createSimOcc({ scheduler, random, see, style, offset }: OccOptions): SimOcc {
  const applications = createApplications(scheduler, random, offset);
  const faults = createOccFaults(scheduler);
  const write = createTimeWriter(style);
  const timeZone = createTimeZone(style.zone);
  const dependencies = { applications, faults, scheduler, random, see, write, offset };
  const fetches = new Map<string, number[]>();
  const answered = new Set<string>();

  function answer(payload: Payload): Served {
    if (payload.functionName === "by-date") {
      occ.listCalls++;
      return answerList(dependencies, payload.changed_date_since ?? "");
    }
    return answerDetail(dependencies, payload.application_external_number ?? "");
  }

  function invoke(payload: Payload, signal: AbortSignal, caller: Caller): Promise<LambdaAnswer> {
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
      if (signal.aborted) return reject(new DOMException("aborted", "AbortError"));
      const id = payload.application_external_number;
      if (id !== undefined) {
        const times = fetches.get(id) ?? [];
        times.push(scheduler.now());
        fetches.set(id, times);
        caller.onFetch(id);
      }
      // What a fetch sees is what was there when OCC read it, not when the answer arrives.
      scheduler.after(random.whole(100, 2000), caller.worker, () => {
        const served = answer(payload);
        if (id !== undefined) note(id, served);
        scheduler.after(random.whole(0, 1500), caller.worker, () => {
          if (served === "kills") return caller.kill();
          if (served === "hangs") return;
          if (!(served instanceof Error)) return resolve(served);
          if (served.name === "TooManyRequestsException") caller.gate.throttled();
          reject(served);
        });
      });
    });
  }

  function note(id: string, served: Served): void {
    if (typeof served === "string" || served instanceof Error) return;
    const owner = /"owner\\":\\"([^\\"]*)\\"/.exec(new TextDecoder().decode(served.payload))?.[1];
    if (owner !== undefined) answered.add(`${id} ${owner}`);
  }

  const occ: SimOcc = {
    applications,
    faults,
    write,
    style,
    offset,
    fetches,
    answered,
    listCalls: 0,
    mayHaveStuck: ({ faults: own }) =>
      own.some(({ kind }) => kind === "oldest state") || faults.longestLag() > LONG_LAG_MS,
    connect: (caller) => ({
      invokeLambda: (payload, signal) => caller.gate.attempt(() => invoke(JSON.parse(payload), signal, caller)),
      byDateFunction: "by-date",
      mediumFunction: "medium",
      clientNumber: "4711",
      timeZone,
      timeoutMs: 30_000,
      onThrottled: caller.gate.throttled,
      clock: caller.clock,
    }),
  };
  return occ;
}
