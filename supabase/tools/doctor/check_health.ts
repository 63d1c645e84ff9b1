import { type Check, ok, type Step, warn } from "./check.ts";
import { hand, sql } from "./steps.ts";
import type { Subject } from "./subject.ts";

const SYNC = sql("select public.sync_now();");
/** No sync helps before. */
const DISK = hand(
  "enlarge the database's disk: Dashboard, Database, Settings; supabase/snippets/Sizes.sql says what fills it",
);
/** What ends a condition of sovereign_sync.sync_conditions(), where that is not a matter of time. */
const REMEDIES: Record<string, Step> = {
  "no completed run": SYNC,
  "failures in a row": SYNC,
  "dispatch failed": SYNC,
  "list too large": sql("select public.accept_gap();"),
  "applications parked": sql("select public.retry(everything => true);"),
  "stale applications": SYNC,
};

/** How the sync is by its own account. Thresholds are those of sync_settings: sovereign_sync.sync_conditions() knows them. */
export async function checkHealth({ sql: database }: Subject): Promise<Check[]> {
  const [settings] = await database`select paused_at from public.sync_settings`;
  const [gap] = await database`
    select from_date::text, (to_date - 1)::text as to_date from public.sync_gaps where closed_at is null`;
  return [
    settings?.paused_at
      ? warn("schedule", "paused", sql("select public.resume_sync();"))
      : ok("schedule", "not paused"),
    await checkLastRun(database),
    gap
      ? warn("gap", `OCC could not list ${gap.from_date} to ${gap.to_date}`, sql("select public.accept_gap();"))
      : ok("gap", "none is open"),
    await checkConditions(database),
  ];
}

async function checkLastRun(database: Subject["sql"]): Promise<Check> {
  const [run] = await database`
    select
      round(extract(epoch from now() - max(l.sync_completed_at) filter (where l.status = 'completed')) / 60) as minutes,
      coalesce(
        max(l.sync_completed_at) filter (where l.status = 'completed') < now() - max(s.alert_no_completed_run_after), true
      ) as is_late
    from public.sync_settings as s left join public.tblsovereignapplicationssynclog as l on true`;
  const [last] = await database`
    select status, outcome from public.sync_runs where status <> 'running' order by started_at desc limit 1`;
  if (last?.status === "failed") return warn("last run", `failed: ${last.outcome}`, SYNC);
  const completed = run?.minutes === null ? "none has completed yet" : `completed ${run?.minutes} minutes ago`;
  return run?.is_late ? warn("last run", completed, SYNC) : ok("last run", completed);
}

async function checkConditions(database: Subject["sql"]): Promise<Check> {
  const conditions = await database`select condition, message from sovereign_sync.sync_conditions()`;
  if (conditions.length === 0) return ok("health", "no condition of an alert holds");
  const detail = conditions.map(({ message }) => message).join(" ");
  if (/disk is full/.test(detail)) return warn("health", detail, DISK, SYNC);
  const remedies = new Set(
    conditions.map(({ condition }) => REMEDIES[condition] ?? sql("select * from public.sync_health;")),
  );
  // A sync fetches what was un-parked.
  const isRetried = conditions.some(({ condition }) => condition === "applications parked");
  return warn("health", detail, ...remedies, ...(isRetried && !remedies.has(SYNC) ? [SYNC] : []));
}
