import { type Check, fail, ok } from "./check.ts";
import { hand, sql } from "./steps.ts";
import type { Subject } from "./subject.ts";

/** One of our jobs runs every minute. */
const CRON_SILENT_AFTER = "3 minutes";
/** pg_net looks for requests every second, and gives each 15 s. */
const NET_STUCK_AFTER = "1 minute";

/** Whether the two background workers live: pg_cron's, which runs the jobs, and pg_net's, which sends. */
export async function checkWorkers(subject: Subject): Promise<Check[]> {
  return [await checkCronWorker(subject), await checkNetWorker(subject)];
}

async function checkCronWorker({ sql: database, ref }: Subject): Promise<Check> {
  const [row] = await database`
    select
      max(d.start_time) > now() - ${CRON_SILENT_AFTER}::interval as runs,
      round(extract(epoch from now() - max(d.start_time)) / 60) as minutes,
      (select s.installed_at > now() - ${CRON_SILENT_AFTER}::interval from public.sync_settings as s) as is_new,
      exists (select from cron.job as j where j.jobname = 'watch-sync' and j.active) as is_due
    from cron.job_run_details as d join cron.job as j on j.jobid = d.jobid
    where j.jobname = 'watch-sync'`;
  if (row?.runs) return ok("pg_cron", "its worker runs the jobs");
  if (row?.is_new) return ok("pg_cron", "installed just now; the first job runs within a minute");
  if (!row?.is_due) return ok("pg_cron", "no job is due");
  const since = row.minutes === null ? "ever" : `for ${row.minutes} minutes`;
  const project = ref ? `https://supabase.com/dashboard/project/${ref}/settings/general` : "Project Settings, General";
  return fail("pg_cron", `has run no job ${since}: its worker is not there`, hand(`restart the database: ${project}`));
}

async function checkNetWorker({ sql: database }: Subject): Promise<Check> {
  const [row] = await database`
    select count(*)::integer as stuck, round(extract(epoch from now() - min(d.dispatched_at)) / 60) as minutes
    from public.sync_dispatches as d
    join net.http_request_queue as q on q.id = d.request_id
    where d.dispatched_at < now() - ${NET_STUCK_AFTER}::interval`;
  if (!row?.stuck) return ok("pg_net", "its worker sends what is queued");
  const detail = `has not sent ${row.stuck} of our requests, the oldest for ${row.minutes} minutes`;
  return fail("pg_net", detail, sql("select net.worker_restart();"));
}
