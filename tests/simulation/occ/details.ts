import type { Random } from "../../support/random.ts";
import type { Scheduler } from "../scheduler.ts";
import type { See } from "../sightings.ts";
import { envelope, named, serviceError } from "./answers.ts";
import { type Applications, ownerOf, type SimApplication, stateAt, type Version } from "./applications.ts";
import { type Attributes, faultyDetail, FLAKY_FAULTS, record, type Served } from "./detail_faults.ts";
import type { OccFaults } from "./occ_faults.ts";

export interface DetailDependencies {
  applications: Applications;
  faults: OccFaults;
  scheduler: Scheduler;
  random: Random;
  see: See;
  write: (instant: number) => string;
  /** Dates of details minus dates of the list. Milliseconds. */
  offset: number;
}

/** OCC's answer to a fetch of one application's details. */
export function answerDetail(dependencies: DetailDependencies, id: string): Served {
  const { applications, faults, scheduler, random, see } = dependencies;
  const now = scheduler.now();
  const application = applications.all.get(id);
  const outage = outageOf(dependencies);
  if (outage) return outage;
  const fault = application?.faults.find(({ from, to }) => from <= now && now < to);
  const present = application && stateAt(application, now);
  if (application && fault && present) {
    see(`detail: ${fault.kind}`);
    const oldest = application.versions[0] ?? present;
    const state = (version: Version) => attributesOf(dependencies, application, version);
    return faultyDetail(fault.kind, id, state(present), state(oldest));
  }
  let lag = 0;
  for (const behind of faults.on("replicas lag")) {
    if (random.chance(behind.share)) lag = Math.max(lag, behind.lag);
  }
  const state = application && stateAt(application, now - lag);
  if (present && lag > 0) {
    see(state ? state === present ? "OCC: replicas lag" : "OCC: older state of a replica" : "OCC: 404 of a replica");
  }
  if (!application || !state) return envelope("not found", 404);
  const attributes = attributesOf(dependencies, application, state);
  if (faults.on("details rejected").length > 0) {
    see("OCC: details rejected");
    return faultyDetail("rejected by Postgres", id, attributes, attributes);
  }
  for (const { share } of faults.on("flaky")) {
    if (!random.chance(share)) continue;
    const kind = random.pick(FLAKY_FAULTS);
    see(`detail: ${kind}`);
    return faultyDetail(kind, id, attributes, attributes);
  }
  return record(id, attributes);
}

function outageOf({ faults, random, see }: DetailDependencies): Served | undefined {
  if (faults.on("details down").length > 0) return seen("details down", serviceError());
  if (faults.on("details time out").length > 0) return seen("details time out", "hangs");
  if (faults.on("details 404").length > 0) return seen("details 404", envelope("not found", 404));
  for (const { share } of faults.on("partial outage")) {
    if (random.chance(share)) return seen("partial outage", random.pick([serviceError(), envelope("down", 500)]));
  }
  for (const { share } of faults.on("throttled")) {
    if (random.chance(share)) return seen("throttled", named("TooManyRequestsException"));
  }
  return undefined;

  function seen(kind: string, answer: Served): Served {
    see(`OCC: ${kind}`);
    return answer;
  }
}

export function attributesOf(
  { write, offset }: Pick<DetailDependencies, "write" | "offset">,
  { undated }: SimApplication,
  version: Version,
): Attributes {
  const owner = ownerOf(version);
  if (undated === "details" || undated === "everywhere") return { owner };
  return { owner, lastSavedDateTime: write(version.saved + offset) };
}
