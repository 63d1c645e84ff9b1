import { type Check, fail, ok, type Step, warn } from "./check.ts";
import { hand, identifier, sql } from "./steps.ts";
import type { Subject } from "./subject.ts";

interface Job {
  jobid: number;
  schedule: string;
  command: string;
  active: boolean;
  username: string;
  isSuper: boolean;
}

/** Each of the jobs is there once, as sovereign_sync.sync_jobs() has it. */
export async function checkJobs({ sql: database }: Subject): Promise<Check[]> {
  const rows = await database`
    select w.jobname, w.schedule, w.command, current_user::text as me, coalesce((
      select jsonb_agg(jsonb_build_object(
        'jobid', j.jobid, 'schedule', j.schedule, 'command', j.command, 'active', j.active, 'username', j.username,
        'isSuper', (select r.rolsuper from pg_roles as r where r.rolname = j.username)
      ) order by j.jobid)
      from cron.job as j where j.jobname = w.jobname
    ), '[]') as jobs
    from sovereign_sync.sync_jobs() as w order by w.jobname`;
  return rows.map(({ jobname, schedule, command, me, jobs }) =>
    checkJob(`job ${jobname}`, { schedule, command }, String(me), jobs)
  );
}

function checkJob(name: string, wanted: { schedule: string; command: string }, me: string, jobs: Job[]): Check {
  const own = jobs.find(({ username }) => username === me);
  const others = jobs.filter(({ username }) => username !== me);
  const schedule = sql("select sovereign_sync.schedule_sync();");
  const mend = [...others.map((job) => unschedule(job, me)), ...(own ? [] : [schedule])];
  if (jobs.length === 0) return fail(name, "not scheduled", schedule);
  if (jobs.length > 1) {
    return fail(name, `scheduled ${jobs.length} times, by ${jobs.map(({ username }) => username).join(", ")}`, ...mend);
  }
  if (!own) return fail(name, `scheduled by ${others[0]?.username}, not by ${me}`, ...mend);
  if (!own.active) return fail(name, "not active", schedule);
  if (own.command !== wanted.command) return fail(name, `runs something else than ${wanted.command}`, schedule);
  if (own.schedule !== wanted.schedule) return warn(name, `${own.schedule} instead of ${wanted.schedule}`, schedule);
  return ok(name, `${own.schedule}, as ${own.username}`);
}

/** Only its owner may. One statement after the other in one session. */
function unschedule({ jobid, username, isSuper }: Job, me: string): Step {
  if (isSuper) return hand(`as ${username}, a superuser: select cron.unschedule(${jobid});`);
  const [owner, own] = [identifier(username), identifier(me)];
  return sql(
    `grant ${owner} to ${own}; set role ${owner}; select cron.unschedule(${jobid}); reset role; ` +
      `revoke ${owner} from ${own};`,
  );
}
