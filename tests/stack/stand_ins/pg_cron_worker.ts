import { setTimeout as delay } from "node:timers/promises";
import postgres from "postgres";
import { type CronJob, runJob } from "./run_cron_job.ts";

export interface PgCronWorker {
  stop(): Promise<void>;
}

/** A job as the worker sees it now: with how often it was to start in the minutes that have passed since. */
interface ActiveJob extends CronJob {
  seconds: number | null;
  reboot: boolean | null;
  due: number;
}

/** What the worker remembers of a job. */
interface Task {
  /** Runs that are still to start. */
  pending: number;
  startedAt: number;
  running?: AbortController;
}

const POLL_MS = 500;
const MINUTE_MS = 60_000;
/** Minutes in a row that are made up for; after a longer sleep only the present one counts. */
const MOST_MINUTES = 5;

/**
 * Runs the jobs of the stand-in for pg_cron, as pg_cron's launcher does: each in a session of its own as its user, no
 * job twice at once, what came due meanwhile right afterwards. Survives restarts of the database.
 */
export function startPgCronWorker(connectionUrl: string): PgCronWorker {
  const sql = postgres(connectionUrl, { max: 2, onnotice: () => {}, connect_timeout: 2 });
  const stopping = new AbortController();
  const done = run(sql, connectionUrl, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await done;
      await sql.end({ timeout: 1 });
    },
  };
}

async function run(sql: postgres.Sql, connectionUrl: string, stopping: AbortSignal): Promise<void> {
  const tasks = new Map<string, Task>();
  const runs = new Set<Promise<void>>();
  let server = "";
  let lastMinute = minuteOf(Date.now());
  while (!stopping.aborted) {
    try {
      const started = await serverStart(sql);
      const restarted = started !== server;
      if (restarted) {
        await failUnfinishedRuns(sql);
        tasks.clear();
        lastMinute = minuteOf(Date.now());
      }
      const minutes = minutesSince(lastMinute);
      const jobs = await activeJobs(sql, minutes);
      server = started;
      lastMinute = minutes.at(-1) ?? lastMinute;
      forget(tasks, jobs);
      for (const job of jobs) {
        const task = remember(tasks, job, restarted);
        if (task.running || task.pending === 0) continue;
        const done = start(sql, connectionUrl, job, task);
        runs.add(done);
        done.then(() => runs.delete(done));
      }
    } catch {
      // The database is away; its start tells when it is back.
    }
    await delay(Math.min(POLL_MS, MINUTE_MS - Date.now() % MINUTE_MS), undefined, { signal: stopping }).catch(() => {});
  }
  for (const task of tasks.values()) task.running?.abort();
  await Promise.all(runs);
}

async function serverStart(sql: postgres.Sql): Promise<string> {
  const [row] = await sql`select pg_postmaster_start_time()::text as started`;
  return row?.started;
}

async function failUnfinishedRuns(sql: postgres.Sql): Promise<void> {
  await sql`
    update cron.job_run_details set status = 'failed', return_message = 'server restarted'
    where status in ('starting', 'running')`;
}

function activeJobs(sql: postgres.Sql, minutes: number[]): Promise<ActiveJob[]> {
  const moments = minutes.map((minute) => new Date(minute).toISOString());
  return sql<ActiveJob[]>`
    select j.jobid, j.command, j.database, j.username, (e.entry).seconds, (e.entry).reboot,
      (select count(*)::integer from unnest(${moments}::timestamptz[]) as m(minute)
       where cron._runs_at(e.entry, m.minute)) as due
    from cron.job as j cross join lateral (select cron._read_schedule(j.schedule) as entry) as e
    where j.active order by j.jobid`;
}

/** Cancels what runs of jobs that are gone or no longer active, and forgets them. */
function forget(tasks: Map<string, Task>, jobs: ActiveJob[]): void {
  const active = new Set(jobs.map(({ jobid }) => jobid));
  for (const [jobid, task] of tasks) {
    if (active.has(jobid)) continue;
    task.running?.abort();
    tasks.delete(jobid);
  }
}

function remember(tasks: Map<string, Task>, job: ActiveJob, restarted: boolean): Task {
  // The first run of a job in seconds comes after the first interval.
  const task: Task = tasks.get(job.jobid) ?? { pending: restarted && job.reboot ? 1 : 0, startedAt: Date.now() };
  tasks.set(job.jobid, task);
  task.pending += job.due;
  const late = job.seconds !== null && Date.now() - task.startedAt >= job.seconds * 1000;
  if (late && task.pending === 0) task.pending = 1;
  return task;
}

async function start(sql: postgres.Sql, connectionUrl: string, job: ActiveJob, task: Task): Promise<void> {
  task.pending--;
  task.startedAt = Date.now();
  task.running = new AbortController();
  try {
    await runJob(sql, connectionUrl, job, task.running.signal);
  } catch {
    // The database is away, and with it the record of this run, which its restart mends.
  }
  delete task.running;
}

function minuteOf(time: number): number {
  return time - time % MINUTE_MS;
}

/** The minutes that have begun since one. */
function minutesSince(last: number): number[] {
  const now = minuteOf(Date.now());
  const passed = (now - last) / MINUTE_MS;
  if (passed > MOST_MINUTES || passed < 0) return [now];
  return Array.from({ length: passed }, (_, index) => last + (index + 1) * MINUTE_MS);
}
