import type { Random } from "../../support/random.ts";
import type { Scheduler } from "../scheduler.ts";
import type { DetailFault } from "./detail_faults.ts";

/** A state of an application, and since when OCC has it. */
export interface Version {
  /** Counted from 0; stored in `owner`, so that every state can be told. */
  k: number;
  at: number;
  /** Its lastSavedDateTime: mostly when it was saved, but OCC's dates may be anything. */
  saved: number;
}

/** Milliseconds since the epoch; without its end. */
export interface Window {
  from: number;
  to: number;
}

export interface SimApplication {
  id: string;
  versions: Version[];
  /** When OCC did not have it. */
  absences: Window[];
  /** When the list lacks it, whether OCC has it or not. */
  unlisted: Window[];
  /** Where it carries no date. */
  undated: "nowhere" | "list" | "details" | "everywhere";
  /** What each fetch of its details meets. */
  faults: ({ kind: DetailFault } & Window)[];
  /** Dates the list gives instead. */
  wrongDates: ({ saved: number } & Window)[];
}

/** How a change moves the date. */
export type Mode = "forward" | "back" | "far back" | "repeat" | "by the offset";

export interface Applications {
  all: Map<string, SimApplication>;
  /** When anything here last changed. */
  changedAt(): number;
  add(id: string, version: { at: number; saved: number }): SimApplication;
  change(id: string, mode: Mode): void;
  remove(id: string): void;
  /** OCC has it again, as it was. */
  restore(id: string): void;
  /** OCC's clock minus ours. Milliseconds. */
  skew: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function isWithin(windows: readonly Window[], time: number): boolean {
  return windows.some(({ from, to }) => from <= time && time < to);
}

/** The state OCC had at a time; undefined before it was made and while it was deleted. */
export function stateAt(application: SimApplication, time: number): Version | undefined {
  if (isWithin(application.absences, time)) return undefined;
  return application.versions.findLast(({ at }) => at <= time);
}

export function ownerOf({ k }: Version): string {
  return `owner ${k}`;
}

export function createApplications(scheduler: Scheduler, random: Random, offset: number): Applications {
  const all = new Map<string, SimApplication>();
  const skew = random.whole(-120, 120) * 1000;
  let changedAt = 0;

  function dateFor({ versions }: SimApplication, last: Version, mode: Mode): number {
    const now = scheduler.now() + skew;
    const moved = {
      forward: now,
      back: last.saved - random.whole(MINUTE, 20 * HOUR),
      "far back": Math.max(last.saved - random.whole(2, 20) * DAY, now - 28 * DAY),
      repeat: random.pick(versions).saved,
      "by the offset": last.saved + offset,
    }[mode];
    // The same date for another state can be told by nobody.
    if (moved === last.saved) return now;
    return mode === "repeat" ? moved : uniqueAmong(versions, moved);
  }

  return {
    all,
    skew,
    changedAt: () => changedAt,
    add(id, version) {
      changedAt = scheduler.now();
      const application: SimApplication = {
        id,
        versions: [{ k: 0, ...version }],
        absences: [],
        unlisted: [],
        undated: "nowhere",
        faults: [],
        wrongDates: [],
      };
      all.set(id, application);
      return application;
    },
    change(id, mode) {
      const application = all.get(id);
      const last = application?.versions.at(-1);
      if (!application || !last || isWithin(application.absences, scheduler.now())) return;
      changedAt = scheduler.now();
      const saved = dateFor(application, last, mode);
      application.versions.push({ k: last.k + 1, at: scheduler.now(), saved });
    },
    remove(id) {
      const application = all.get(id);
      if (!application || isWithin(application.absences, scheduler.now())) return;
      changedAt = scheduler.now();
      application.absences.push({ from: scheduler.now(), to: Infinity });
    },
    restore(id) {
      const absence = all.get(id)?.absences.at(-1);
      if (!absence) return;
      changedAt = scheduler.now();
      absence.to = Math.min(absence.to, scheduler.now());
    },
  };
}

/** OCC's clock has milliseconds; two saves in one are possible, and are told apart by nothing. */
function uniqueAmong(versions: Version[], saved: number): number {
  let date = saved;
  while (versions.some((version) => version.saved === date)) date++;
  return date;
}
