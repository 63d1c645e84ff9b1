import type { LambdaAnswer } from "../../../supabase/functions/sync-applications/occ/invoke_occ.ts";
import type { Random } from "../../support/random.ts";
import type { Scheduler } from "../scheduler.ts";
import type { See } from "../sightings.ts";
import { envelope, networkError, serviceError, tooLargeError } from "./answers.ts";
import { type Applications, isWithin, stateAt } from "./applications.ts";
import type { OccFaults } from "./occ_faults.ts";

export interface ListDependencies {
  applications: Applications;
  faults: OccFaults;
  scheduler: Scheduler;
  random: Random;
  see: See;
  /** Writes a time as OCC does. */
  write: (instant: number) => string;
}

/** OCC's list since a day, `YYYY-MM-DD`. */
export function answerList(dependencies: ListDependencies, since: string): LambdaAnswer | Error | "hangs" {
  const { faults, random, see } = dependencies;
  if (faults.on("list down").length > 0) return seen(see, "list down", random.pick([serviceError(), networkError()]));
  if (faults.on("list times out").length > 0) return seen(see, "list times out", "hangs");
  for (const { share } of faults.on("flaky")) {
    if (random.chance(share)) return seen(see, "flaky", random.pick([serviceError(), networkError(), "hangs"]));
  }
  for (const { before, as } of faults.on("list too large")) {
    if (since >= before) continue;
    see(`list too large: ${as}`);
    return seen(
      see,
      "list too large",
      { "too large": tooLargeError(), "413": envelope("", 413), "time out": "hangs" as const }[as],
    );
  }
  if (faults.on("list empty").length > 0) return seen(see, "list empty", envelope([]));
  let entries = listEntries(dependencies, since);
  if (faults.on("list short").length > 0) {
    entries = entries.filter(() => random.chance(0.4));
    see("OCC: list short");
  }
  return envelope(entries);
}

function listEntries({ applications, faults, scheduler, random, see, write }: ListDependencies, since: string) {
  const now = scheduler.now();
  let lag = 0;
  for (const fault of faults.on("list lags")) {
    if (fault.flaps && random.chance(0.5)) continue;
    lag = Math.max(lag, fault.lag);
    see("OCC: list lags");
  }
  const repeats = faults.on("list repeats itself").length > 0;
  return [...applications.all.values()].flatMap((application) => {
    const state = stateAt(application, now - lag);
    if (!state) return [];
    if (isWithin(application.unlisted, now)) {
      see("OCC: left out of the list");
      return [];
    }
    const wrong = application.wrongDates.find(({ from, to }) => from <= now && now < to);
    if (wrong) see("OCC: wrong date in the list");
    const text = write(wrong?.saved ?? state.saved);
    // It is local days that OCC is asked for.
    if (text.slice(0, 10) < since) return [];
    const entry = { type: "application", id: application.id, links: { self: "" } };
    if (application.undated === "list" || application.undated === "everywhere") {
      see("OCC: undated in the list");
      return [{ ...entry, attributes: {} }];
    }
    const dated = { ...entry, attributes: { lastSavedDateTime: text } };
    const [first] = application.versions;
    if (!repeats || !first || first.saved >= state.saved || !random.chance(0.5)) return [dated];
    see("OCC: list repeats itself");
    const older = { ...entry, attributes: { lastSavedDateTime: write(first.saved) } };
    return random.chance(0.5) ? [dated, older] : [older, dated];
  });
}

function seen<T>(see: See, kind: string, answer: T): T {
  see(`OCC: ${kind}`);
  return answer;
}
