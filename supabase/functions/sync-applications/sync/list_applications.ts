import { daysBefore } from "../calendar.ts";
import type { Clock } from "../clock.ts";
import type { SyncRun } from "../database/sync_run.ts";
import { type ApplicationList, fetchApplicationsSinceData } from "../occ/fetch_applications_since_data.ts";
import type { Occ } from "../occ/invoke_occ.ts";
import { OccError } from "../occ/occ_error.ts";

/**
 * Today's list has at least this time, whatever the long one took: it is by it that fresh changes go on, also when a pass
 * has little time. Milliseconds.
 */
const TODAYS_LIST_MS = 10_000;
/** Keeps a call far inside the Data API's statement timeout. */
const LISTED_PER_CALL = 5000;

export interface ListDependencies {
  occ: Occ;
  clock: Clock;
  log: (line: string) => void;
  shutdown: AbortSignal;
}

export interface Listed {
  /** How many applications are due now, those of earlier runs among them. */
  due: number;
  warnings: string[];
  /** Why there is no list. What is due is fetched all the same. */
  failure?: string;
}

/**
 * Stores OCC's list in the queue, unless an earlier pass of the run has done so. Once it is stored the list is durable,
 * and the watermark may move before a single application is fetched. After `deadline`, milliseconds since the epoch, no
 * list longer than today's is tried: what is due needs its time too.
 *
 * @throws DatabaseError, or the reason of the shutdown
 */
export async function listApplications(
  dependencies: ListDependencies,
  run: SyncRun,
  deadline: number,
): Promise<Listed> {
  if (run.listed) return { due: run.due, warnings: [] };
  const signal = AbortSignal.any([dependencies.shutdown, run.lost]);
  let list: ApplicationList & { since: string };
  try {
    list = await fetchListThatFits(dependencies, run, deadline, signal);
  } catch (error) {
    if (!(error instanceof OccError)) throw error;
    return { due: run.due, warnings: [], failure: error.message };
  }
  const { applications, since, warnings } = list;
  dependencies.log(`[syncApplicationsSince] Found ${applications.length} changed applications`);
  let due = 0;
  for (let part = 0, complete = false; !complete; part++) {
    // What is stored need not be kept: there may be tens of thousands.
    const listed = applications.splice(0, LISTED_PER_CALL);
    complete = applications.length === 0;
    due = await run.enqueue(listed, { part, since, complete });
  }
  if (since > run.sinceDate) warnings.push(`OCC's list since ${run.sinceDate} cannot be had; listed since ${since}`);
  return { due, warnings };
}

/**
 * OCC's list since the run's date or, when OCC cannot give so long a list, the longest it can give. A date a person
 * asked for is not replaced by another one: the error then names a day that fits.
 */
async function fetchListThatFits(
  dependencies: ListDependencies,
  run: SyncRun,
  deadline: number,
  signal: AbortSignal,
): Promise<ApplicationList & { since: string }> {
  const { occ } = dependencies;
  try {
    return { ...await fetchApplicationsSinceData(occ, run.sinceDate, signal), since: run.sinceDate };
  } catch (error) {
    if (!(error instanceof OccError) || !["too large", "timed out"].includes(error.kind)) throw error;
    const shorter = await fetchLongestList(dependencies, run.sinceDate, deadline, signal);
    // When not even today's can be had it is OCC that fails, not the length of the list.
    if (!shorter) throw error;
    if (run.mayShorten) return shorter;
    throw new OccError(
      `list the applications changed since ${run.sinceDate}`,
      `${error.state}; since ${shorter.since} it fits`,
      error.kind,
    );
  }
}

/** Today's, then 1, 3, 7 … days back, as long as it fits and begins after `after`. */
async function fetchLongestList(
  { occ, clock }: ListDependencies,
  after: string,
  deadline: number,
  signal: AbortSignal,
): Promise<ApplicationList & { since: string } | undefined> {
  const today = occ.timeZone.dateAt(clock.now());
  const earliest = daysBefore(after, -1);
  let longest: ApplicationList & { since: string } | undefined;
  for (let back = 0;; back = back * 2 + 1) {
    const day = daysBefore(today, back);
    const since = day < earliest ? earliest : day;
    const timeLeft = Math.max(deadline - clock.now(), back === 0 ? TODAYS_LIST_MS : 0);
    if (since > today || since === longest?.since || timeLeft <= 0) return longest;
    const inTime = { ...occ, timeoutMs: Math.min(occ.timeoutMs, timeLeft) };
    try {
      longest = { ...await fetchApplicationsSinceData(inTime, since, signal), since };
    } catch (error) {
      if (!(error instanceof OccError)) throw error;
      return longest;
    }
  }
}
