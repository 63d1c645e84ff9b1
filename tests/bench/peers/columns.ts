/** What is compared: less is better in all of them. */
export interface Column {
  key: string;
  title: string;
  /** Why ours is not ahead, where it is not. */
  reason?: string;
  /** No two runs measure the same: who is behind by less than 5 % is not behind. */
  noisy: boolean;
}

export const COLUMNS = [
  { key: "timeToLimit", title: "time, x the limit", noisy: true },
  {
    key: "timeToLimitAt20Ms",
    title: "the same at 20 ms",
    noisy: true,
    reason:
      "at most 15 calls begin in any 100 ms: the specification's pause, kept as a rate; OCC never answers in 20 ms",
  },
  { key: "lambdaCallsADay", title: "Lambda calls a day", noisy: false },
  {
    key: "databaseCalls",
    title: "database calls",
    noisy: false,
    reason: "the specification alone makes fewer: it stores when all is fetched, without claims or heartbeat",
  },
  {
    key: "walBytes",
    title: "WAL, bytes",
    noisy: true,
    reason:
      "each application keeps a row of its own: versions, attempts, last error. Jobs of 15 have a fifteenth of one",
  },
  { key: "walADay", title: "WAL of a day, MB", noisy: true },
  {
    key: "cpuMs",
    title: "CPU, ms",
    noisy: true,
    reason: "queueing, claiming, judging and a heartbeat come on top of the fetch: once a change, not once a tick",
  },
  {
    key: "postgresCpuMs",
    title: "CPU of Postgres, ms",
    noisy: true,
    reason: "the same row of its own, and each answer judged before it is stored",
  },
  {
    key: "rowsADay",
    title: "rows left by a day",
    noisy: false,
    reason: "the log the specification asks for, its dispatches, and the row of each new application",
  },
  {
    key: "fetchedAgain",
    title: "killed: fetched again",
    noisy: false,
    reason: "rows are stored 100 at a time, as specified, or after 5 s: what is fetched and not stored is lost",
  },
  {
    key: "waiting",
    title: "killed: left waiting",
    noisy: false,
    reason: "nobody restarts an Edge Function: all that is left waits for a tick, where a queue's worker is restarted",
  },
  {
    key: "minutesWaiting",
    title: "... at most, minutes",
    noisy: false,
    reason: "a lease of 90 s, and the next tick after it",
  },
] as const satisfies readonly Column[];

/** Every figure by column and contender. */
export type Comparison = Record<typeof COLUMNS[number]["key"], Record<string, number>>;

export function createComparison(): Comparison {
  return Object.fromEntries(COLUMNS.map(({ key }) => [key, {}])) as Comparison;
}

const TOLERANCE = 1.05;

/** The columns in which somebody is ahead of `us`. */
export function columnsBehind(comparison: Comparison, us: string): Column[] {
  return COLUMNS.filter(({ key, noisy }) => {
    const { [us]: ours = Infinity, ...others } = comparison[key];
    return ours > Math.min(...Object.values(others)) * (noisy ? TOLERANCE : 1);
  });
}
