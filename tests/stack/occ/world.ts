import { randomOf } from "../../support/random.ts";

export interface WorldApplication {
  id: string;
  /** ISO 8601, UTC. */
  lastSavedDateTime: string;
  /** How often it changed since the world began. */
  version: number;
}

/** The applications OCC holds. All of them are made up. */
export interface World {
  applications: Map<string, WorldApplication>;
  /** Adds so many applications, saved now. */
  add(count: number): string[];
  /** Saves applications again, now: one id, or so many of them. */
  touch(target: string | number): string[];
  /** Deletes an application, or brings it back as it was. */
  remove(id: string): void;
  restore(id: string): void;
  /** What OCC's detail says of an application. */
  attributes(application: WorldApplication): Record<string, string>;
}

const FIRST_NUMBER = 100_001;
const SPREAD_MS = 6 * 86_400_000;
const STATUSES = [
  ["APP", "Approved"],
  ["DRAFT", "Draft"],
  ["DECL", "Declined"],
  ["SETT", "Settled"],
  ["COND", "Conditionally approved"],
] as const;
const BRANCHES = ["Northern", "Harbour", "Central", "Southern", "Online"] as const;
const CHANNELS = ["Branch", "Broker", "Web", "Phone"] as const;
const PURPOSES = ["Home loan", "Car loan", "Personal loan", "Top-up", "Refinance"] as const;
const OWNERS = ["Lending team A", "Lending team B", "Lending team C"] as const;

/** A seeded world: `count` applications, last saved over the past six days, the newest a moment ago. */
export function createWorld(count: number, seed: number, now: () => number = Date.now): World {
  const applications = new Map<string, WorldApplication>();
  const removed = new Map<string, WorldApplication>();
  const start = now();

  function put(index: number, savedAt: number): string {
    const id = `G3-${FIRST_NUMBER + index}`;
    applications.set(id, { id, lastSavedDateTime: new Date(savedAt).toISOString(), version: 0 });
    return id;
  }
  for (let index = 0; index < count; index++) put(index, start - 1000 - randomOf(seed, "saved", index) * SPREAD_MS);

  return {
    applications,
    add: (more) => Array.from({ length: more }, () => put(applications.size + removed.size, now())),
    touch(target) {
      const chosen = typeof target === "string"
        ? [applications.get(target)]
        : [...applications.values()].slice(0, target);
      const changed = chosen.filter((application) => application !== undefined);
      for (const application of changed) {
        application.lastSavedDateTime = new Date(now()).toISOString();
        application.version++;
      }
      return changed.map(({ id }) => id);
    },
    remove(id) {
      move(id, applications, removed);
    },
    restore(id) {
      move(id, removed, applications);
    },
    attributes({ id, lastSavedDateTime, version }) {
      const [appStatusCode, appStatusDesc] = pick(STATUSES, seed, id, "status", version);
      return {
        applicationInternalNumber: String(5_000_000 + Math.floor(randomOf(seed, id, "internal") * 1_000_000)),
        applicationName: `${pick(PURPOSES, seed, id, "purpose")} ${id.slice(3)}`,
        clientApplication: pick(["Y", "N"], seed, id, "client"),
        loadedByClientNumber: String(4_000 + Math.floor(randomOf(seed, id, "loaded") * 1_000)),
        owner: pick(OWNERS, seed, id, "owner"),
        applicationTitle: pick(PURPOSES, seed, id, "purpose"),
        tradingBranch: pick(BRANCHES, seed, id, "branch"),
        salesChannel: pick(CHANNELS, seed, id, "channel"),
        subPrime: pick(["N", "N", "N", "Y"], seed, id, "sub-prime"),
        comparisonRatesSupplied: pick(["Y", "N"], seed, id, "rates"),
        paymentMethod: pick(["Direct debit", "Automatic payment", ""], seed, id, "payment"),
        type: pick(["Consumer", "Commercial"], seed, id, "type"),
        appStatusDesc,
        appStatusCode,
        currentTaskWith: pick(OWNERS, seed, id, "task", version),
        lastSavedDateTime,
      };
    },
  };
}

function move<T>(id: string, from: Map<string, T>, to: Map<string, T>): void {
  const one = from.get(id);
  if (one === undefined) return;
  from.delete(id);
  to.set(id, one);
}

/** One of the choices, always the same one for the same parts. */
function pick<T extends readonly [unknown, ...unknown[]]>(choices: T, ...parts: (string | number)[]): T[number] {
  return choices[Math.floor(randomOf(...parts) * choices.length)] ?? choices[0];
}
