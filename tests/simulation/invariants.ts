import type { SimDatabase } from "./sim_database.ts";
import { newest, type SimWorld } from "./sim_occ.ts";

export interface Inspection {
  /** What must hold at every step and does not, in words. */
  problems: string[];
  /** What is stored, by id: an application's saved time may only grow. */
  stored: Map<string, { saved: number; owner: string }>;
  /** How many requests for a next pass were queued since the last inspection. */
  requests: number;
}

/** Looks at everything after a step, and takes over what pg_net was asked to send. */
export async function inspect(database: SimDatabase, now: number): Promise<Inspection> {
  const [row] = await database.at(now, "supabase_admin", (sql) =>
    sql`
    with requests as (delete from sim.requests returning id)
    select
      (select count(*) from requests)::int as requests,
      (
        select json_object_agg(m.g3_application_number, json_build_array(
          round(extract(epoch from m.lastsaveddatetime) * 1000), m.owner
        )) from public.tblsovereignapplications as m
      ) as stored,
      (select count(*) from public.tblsovereignapplicationssynclog where status = 'running')::int as running,
      (
        select string_agg(to_jsonb(l)::text, '; ') from public.tblsovereignapplicationssynclog as l
        where l.applications_found <> l.applications_unchanged + l.applications_enqueued
          or l.applications_fetched <> l.applications_upserted + l.upsert_failures
          or (l.status = 'running') <> (l.sync_completed_at is null)
          or l.status <> 'running' and l.lease is not null
          or least(l.applications_unchanged, l.applications_fetched, l.applications_upserted, l.fetch_failures) < 0
      ) as wrong_counts,
      (
        select string_agg(s.g3_application_number, ', ') from public.sync_status as s
        left join public.tblsovereignapplications as m using (g3_application_number)
        where s.state = 'synced' and (m.g3_application_number is null or m.lastsaveddatetime < s.listed_last_saved)
      ) as stale_synced,
      (
        select string_agg(s.g3_application_number, ', ') from public.sync_status as s
        where s.state = 'synced' and s.requested_at is not null
      ) as forgotten_requests,
      (
        select string_agg(s.g3_application_number, ', ') from public.sync_status as s
        where s.state <> 'synced' and s.next_attempt_at is null
          or s.state <> 'synced' and s.next_attempt_at > sim.now() + interval '25 hours'
      ) as never_due`);
  const problems: string[] = [];
  if (row?.running > 1) problems.push(`${row?.running} runs are running`);
  if (row?.wrong_counts) problems.push(`counts do not add up: ${row.wrong_counts}`);
  if (row?.stale_synced) problems.push(`synced, but older than listed: ${row.stale_synced}`);
  if (row?.forgotten_requests) problems.push(`synced, but asked for since: ${row.forgotten_requests}`);
  if (row?.never_due) problems.push(`stale without a due time: ${row.never_due}`);
  const rows: [string, [number, string]][] = Object.entries(row?.stored ?? {});
  return {
    problems,
    requests: row?.requests,
    stored: new Map(rows.map(([id, [saved, owner]]) => [id, { saved, owner }])),
  };
}

/** Where the table differs from OCC. */
export async function findDifferences(database: SimDatabase, world: SimWorld, now: number): Promise<string[]> {
  const { stored } = await inspect(database, now);
  const differences: string[] = [];
  for (const application of world.applications.values()) {
    const row = stored.get(application.id);
    const { lastSaved, owner } = newest(application);
    if (row?.saved !== lastSaved || row.owner !== owner) {
      const seen = row ? `${new Date(row.saved).toISOString()} ${row.owner}` : "nothing";
      differences.push(`${application.id} is ${new Date(lastSaved).toISOString()} ${owner} at OCC, stored is ${seen}`);
    }
  }
  return differences;
}
