import type { LambdaAnswer, Occ } from "../../supabase/functions/sync-applications/occ/invoke_occ.ts";
import { createTimeZone } from "../../supabase/functions/sync-applications/time_zone.ts";
import type { Random } from "../support/random.ts";
import type { Owner, Scheduler } from "./scheduler.ts";

/** What a detail meets; `killer` takes the worker that asked with it. */
const DETAIL_FAULTS = [
  "throttled",
  "service",
  "network",
  "hang",
  "crash",
  "empty",
  "not-json",
  "error",
  "not-found",
  "wrong-id",
  "wrong-shape",
  "too-large",
  "bad-date",
  "older",
  "poison",
  "killer",
] as const;
type DetailFault = typeof DETAIL_FAULTS[number];

export interface SimApplication {
  id: string;
  versions: { lastSaved: number; owner: string }[];
  /** While it lasts, every fetch meets it. */
  fault?: { kind: DetailFault; until: number };
}

export interface SimWorld {
  applications: Map<string, SimApplication>;
  /** OCC's clock minus ours. Milliseconds. */
  skew: number;
  /** Probability that a call fails by itself. */
  flakiness: number;
  down: boolean;
  /** Everything OCC serves is well from now on. */
  heal(): void;
  /** Saves an application again, now, or adds one. */
  change(id: string): void;
  breakOne(durationMs: number): void;
  /** OCC as a worker calls it. */
  connect(worker: Owner, kill: () => void, onThrottled: () => void): Occ;
}

export function newest({ versions }: SimApplication): { lastSaved: number; owner: string } {
  const version = versions.at(-1);
  if (!version) throw new Error("An application without a version");
  return version;
}

export function createSimWorld(scheduler: Scheduler, random: Random): SimWorld {
  const world: SimWorld = {
    applications: new Map(),
    skew: random.whole(-120, 120) * 1000,
    flakiness: random.pick([0, 0.02, 0.2]),
    down: false,
    heal() {
      world.flakiness = 0;
      world.down = false;
      for (const application of world.applications.values()) delete application.fault;
    },
    change(id) {
      const application = world.applications.get(id) ?? { id, versions: [] };
      // OCC's clock has milliseconds; two saves in one are possible, and are told apart by nothing.
      const lastSaved = Math.max(scheduler.now() + world.skew, (application.versions.at(-1)?.lastSaved ?? 0) + 1);
      application.versions.push({ lastSaved, owner: `owner ${application.versions.length}` });
      world.applications.set(id, application);
    },
    breakOne(durationMs) {
      const application = random.pick([...world.applications.values()]);
      application.fault = { kind: random.pick(DETAIL_FAULTS), until: scheduler.now() + durationMs };
    },
    connect: (worker, kill, onThrottled) => ({
      invokeLambda: (payload, signal) => invoke(JSON.parse(payload), signal, onThrottled, worker, kill),
      byDateFunction: "by-date",
      mediumFunction: "medium",
      clientNumber: "4711",
      timeZone: createTimeZone("UTC"),
      timeoutMs: 30_000,
      onThrottled,
      clock: scheduler.clock(worker),
    }),
  };

  function invoke(
    request: { functionName: string; changed_date_since?: string; application_external_number?: string },
    signal: AbortSignal,
    onThrottled: () => void,
    worker: Owner,
    kill: () => void,
  ): Promise<LambdaAnswer> {
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
      if (signal.aborted) return reject(new DOMException("aborted", "AbortError"));
      // What a fetch sees is what was there when OCC read it, not when the answer arrives.
      scheduler.after(random.whole(100, 2000), worker, () => {
        const application = world.applications.get(request.application_external_number ?? "");
        const respond = request.functionName === "by-date"
          ? list(request.changed_date_since ?? "")
          : detail(application, request.application_external_number ?? "");
        scheduler.after(random.whole(0, 1500), worker, () => {
          if (respond === "kill") return kill();
          if (respond === "hang") return;
          if (respond instanceof Error) return reject(respond);
          if (random.chance(world.flakiness)) onThrottled();
          resolve(respond);
        });
      });
    });
  }

  function list(since: string): LambdaAnswer | Error | "hang" {
    if (world.down || random.chance(world.flakiness)) return random.pick([serviceError(), networkError(), "hang"]);
    const start = Date.parse(`${since}T00:00:00Z`);
    const listed = [...world.applications.values()].filter((application) => newest(application).lastSaved >= start);
    return envelope(listed.flatMap((application) => {
      const entry = { type: "application", id: application.id, links: { self: "" } };
      const dated = { ...entry, attributes: { lastSavedDateTime: iso(newest(application).lastSaved) } };
      const [first] = application.versions;
      // A list may repeat itself, with an older date.
      return random.chance(0.05) && first
        ? [dated, { ...entry, attributes: { lastSavedDateTime: iso(first.lastSaved) } }]
        : [dated];
    }));
  }

  function detail(
    application: SimApplication | undefined,
    id: string,
  ): LambdaAnswer | Error | "hang" | "kill" {
    if (!application) return envelope("not found", 404);
    if (world.down) return serviceError();
    const { fault } = application;
    if (fault && fault.until > scheduler.now()) return faultyDetail(fault.kind, application);
    if (random.chance(world.flakiness)) {
      return faultyDetail(
        random.pick(["throttled", "service", "network", "hang", "crash", "empty", "not-json", "error"]),
        application,
      );
    }
    return record(id, newest(application));
  }

  function faultyDetail(kind: DetailFault, application: SimApplication) {
    const { lastSaved, owner } = newest(application);
    const { id } = application;
    switch (kind) {
      case "throttled":
        return named("TooManyRequestsException");
      case "service":
        return serviceError();
      case "network":
        return networkError();
      case "hang":
        return "hang";
      case "killer":
        return "kill";
      case "crash":
        return { ...bytes('{"errorType": "Runtime.ExitError"}'), functionError: "Unhandled" };
      case "empty":
        return bytes("");
      case "not-json":
        return bytes("<html>");
      case "error":
        return envelope("down", 500);
      case "not-found":
        return envelope("not found", 404);
      case "wrong-id":
        return record("G3-other", { lastSaved, owner });
      case "wrong-shape":
        return envelope({ application: id });
      case "too-large":
        return record(id, { lastSaved, owner: "x".repeat(20_000) });
      case "bad-date":
        return envelope({ type: "application", id, attributes: { owner, lastSavedDateTime: "yesterday" } });
      case "older":
        return record(id, application.versions[0] ?? { lastSaved, owner });
      case "poison":
        return record(id, { lastSaved, owner: "POISON" });
    }
  }

  return world;
}

function record(id: string, { lastSaved, owner }: { lastSaved: number; owner: string }) {
  return envelope({ type: "application", id, attributes: { owner, lastSavedDateTime: iso(lastSaved) } });
}

function envelope(body: unknown, statusCode = 200) {
  return bytes(JSON.stringify({ statusCode, body: typeof body === "string" ? body : JSON.stringify(body) }));
}

function bytes(text: string): LambdaAnswer {
  return { payload: new TextEncoder().encode(text) };
}

function named(name: string): Error {
  const error = new Error("of the simulation");
  error.name = name;
  return error;
}

function serviceError(): Error {
  return named("ServiceException");
}

function networkError(): Error {
  return new TypeError("connection reset");
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
