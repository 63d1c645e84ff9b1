import { fillTables } from "../bench/fill_tables.ts";
import type { Sql } from "../support/database.ts";

/** How many of each there are; the first numbers are pending, those after them failed, and so on. */
export interface NotCurrentCounts {
  pending: number;
  failed: number;
  parked: number;
  gone: number;
}

/** So many stored applications, `G3-1` and on, of which the first are not current: failed for two causes, parked for a third. */
export async function createApplications(
  sql: Sql,
  { stored, pending, failed, parked, gone }: NotCurrentCounts & { stored: number },
): Promise<void> {
  await fillTables(sql, stored);
  await sql`
    update public.sync_status as s set
      state = n.state,
      attempts = n.attempts,
      stale_since = now() - n.attempts * interval '50 minutes' - interval '5 minutes',
      failing_since = case when n.attempts > 0 then now() - n.attempts * interval '50 minutes' end,
      next_attempt_at = case when n.state <> 'gone' then now() + n.attempts * interval '7 minutes' end,
      missing_since = case when n.state = 'gone' then now() - interval '2 days' end,
      gone_at = case when n.state = 'gone' then now() - interval '1 day' end,
      last_error = case
        when n.state = 'failed' and n.place % 3 = 0 then format('Cannot fetch application %s: OCC did not answer in time', n.id)
        when n.state = 'failed' then format('Cannot fetch application %s: OCC answered 503', n.id)
        when n.state = 'parked' then format('Cannot read application %s: type must be text, not a number', n.id)
        when n.state = 'gone' then format('Cannot fetch application %s: OCC answered 404', n.id)
      end,
      listed_last_saved = s.settled_last_saved + interval '40 minutes'
    from (
      select
        'G3-' || g.place as id,
        g.place,
        case
          when g.place <= ${pending}::integer then 'pending'
          when g.place <= ${pending + failed}::integer then 'failed'
          when g.place <= ${pending + failed + parked}::integer then 'parked'
          else 'gone'
        end as state,
        case when g.place <= ${pending}::integer then 0 else 1 + g.place % 8 end as attempts
      from generate_series(1, ${pending + failed + parked + gone}::integer) as g (place)
    ) as n
    where s.g3_application_number = n.id`;
  await sql`
    select sovereign_sync.note_errors(coalesce(jsonb_agg(jsonb_build_object('id', s.g3_application_number, 'error', s.last_error)), '[]'))
    from public.sync_status as s where s.last_error is not null`;
  await sql`analyze sovereign_sync.status`;
}

const LIFE = [
  ["DRAFT", "Draft"],
  ["SUBM", "Submitted"],
  ["COND", "Conditionally approved"],
  ["APP", "Approved"],
] as const;

/** The life of one application: another status every other day, the last one three hours ago. */
export async function createHistory(sql: Sql, id: string): Promise<void> {
  const [code, words] = LIFE.at(-1)!;
  await sql`
    update public.tblsovereignapplications
    set appstatuscode = ${code}, appstatusdesc = ${words} where g3_application_number = ${id}`;
  // That was a change too, but no part of this life.
  await sql`delete from sovereign_sync.changes where application = ${id}`;
  for (const [at, before] of LIFE.slice(0, -1).entries()) {
    const days = 2 * (LIFE.length - 2 - at);
    await sql`
      insert into sovereign_sync.changes (application, changed_at, attributes, old, new)
      values (
        ${id}, now() - make_interval(days => ${days}, hours => 3), '{appStatusCode,appStatusDesc}',
        ${[...before]}, ${[...LIFE[at + 1]!]}
      )`;
  }
}
