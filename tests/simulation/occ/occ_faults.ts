import type { Scheduler } from "../scheduler.ts";

/** What goes wrong at OCC as a whole, for a while. */
export type OccFault =
  | { kind: "details down" | "details time out" | "details 404" | "details rejected" | "list down" | "list times out" }
  | { kind: "list empty" | "list short" | "list repeats itself" }
  /** Of a share of the fetches. */
  | { kind: "partial outage" | "flaky" | "throttled"; share: number }
  /** Some of the replicas that serve details are behind. Milliseconds. */
  | { kind: "replicas lag"; share: number; lag: number }
  /** The list is behind; `flaps`: at times. */
  | { kind: "list lags"; lag: number; flaps: boolean }
  /** From before a date it cannot be had. */
  | { kind: "list too large"; before: string; as: "too large" | "413" | "time out" };

export type OccFaultKind = OccFault["kind"];

export const OCC_FAULT_KINDS: readonly OccFaultKind[] = [
  "details down",
  "details time out",
  "details 404",
  "details rejected",
  "list down",
  "list times out",
  "list empty",
  "list short",
  "list repeats itself",
  "partial outage",
  "flaky",
  "throttled",
  "replicas lag",
  "list lags",
  "list too large",
];

export interface OccFaults {
  add(fault: OccFault, from: number, to: number): void;
  /** Those of a kind that are on now. */
  on<K extends OccFaultKind>(kind: K): Extract<OccFault, { kind: K }>[];
  /** Whether the list is other than it should be. */
  anyOfList(): boolean;
  /** Whether details of many applications failed at some time from then to now. */
  anyOfDetailsSince(from: number): boolean;
  /** When one last began or ended, up to now. */
  changedAt(): number;
  /** Of replicas, at any time up to now. Milliseconds. */
  longestLag(): number;
  /** All end now. */
  heal(): void;
}

export function createOccFaults(scheduler: Scheduler): OccFaults {
  const all: { fault: OccFault; from: number; to: number }[] = [];
  return {
    add: (fault, from, to) => void all.push({ fault, from, to }),
    on<K extends OccFaultKind>(kind: K) {
      const now = scheduler.now();
      return all
        .filter(({ fault, from, to }) => fault.kind === kind && from <= now && now < to)
        .map(({ fault }) => fault as Extract<OccFault, { kind: K }>);
    },
    anyOfList() {
      const now = scheduler.now();
      return all.some(({ fault, from, to }) => /^list|flaky/.test(fault.kind) && from <= now && now < to);
    },
    anyOfDetailsSince(since) {
      const now = scheduler.now();
      return all.some(({ fault, from, to }) =>
        /^details|^partial|^flaky|^throttled/.test(fault.kind) && from <= now && since < to
      );
    },
    changedAt() {
      const now = scheduler.now();
      return Math.max(0, ...all.flatMap(({ from, to }) => [from, to]).filter((time) => time <= now));
    },
    longestLag() {
      const lags = all.map(({ fault, from }) =>
        fault.kind === "replicas lag" && from <= scheduler.now() ? fault.lag : 0
      );
      return Math.max(0, ...lags);
    },
    heal() {
      for (const each of all) each.to = Math.min(each.to, scheduler.now());
    },
  };
}
